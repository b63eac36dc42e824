// What all screens do: theme, times in the reader's zone, copying, keys.

const root = document.documentElement;
const said = document.getElementById("said");

/** Tell something to everybody, readers of screens included. */
export function say(text) {
  said.textContent = text;
  said.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.classList.remove("shown"), 2_500);
}

// Theme: the system's, until somebody chooses.
function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing shows the page all the same.
  }
}

const theme = remembered("theme");
if (theme === "light" || theme === "dark") {
  root.dataset.theme = theme;
}
document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  remember("theme", root.dataset.theme);
});

// Times.
const whole = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  fractionalSecondDigits: 3, hour12: false,
});
const short = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});
const minutes = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});
const brief = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });

/** Say how long a number of seconds is, shortly. */
export function span(seconds) {
  const s = Math.max(0, seconds);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** Show all times within an element in the reader's zone. */
export function showTimes(within = document) {
  for (const each of within.querySelectorAll("time[datetime]")) {
    const at = new Date(each.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    each.title = `${each.dateTime.replace("T", " ").replace("Z", " UTC")}`;
    const written = { minute: minutes, short, brief }[Object.keys(each.dataset)[0]] ?? whole;
    each.textContent = "age" in each.dataset ? span((Date.now() - at) / 1_000) : written.format(at);
  }
}

showTimes();
setInterval(() => {
  for (const each of document.querySelectorAll("time[data-age]")) {
    each.textContent = span((Date.now() - new Date(each.dateTime)) / 1_000);
  }
}, 1_000);
for (const each of document.querySelectorAll("[data-zone]")) {
  each.textContent = zone.formatToParts(new Date()).find((part) => part.type === "timeZoneName")?.value ?? "";
}

// Copying: a text, or what stands in another element.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy], [data-copy-from]");
  if (!button) return;
  const from = button.dataset.copyFrom;
  const text = from ? document.getElementById(from).textContent : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("The browser does not allow copying here");
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
});

// A form, or a button of one, with `data-confirm="id"` asks in the dialog of that id first.
document.addEventListener("submit", (event) => {
  const dialog = document.getElementById(event.submitter?.dataset.confirm ?? event.target.dataset?.confirm ?? "");
  if (!dialog || event.target.dataset.confirmed) return;
  event.preventDefault();
  const { target, submitter } = event;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    target.dataset.confirmed = "yes";
    target.requestSubmit(submitter);
  }, { once: true });
  dialog.dispatchEvent(new CustomEvent("asked", { detail: { form: target, submitter } }));
  dialog.showModal();
});

// Keys.
const keys = document.getElementById("keys");
document.querySelector("[data-keys-open]")?.addEventListener("click", () => keys.showModal());

function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
}

// What says that a row is the one: in a list nothing can be selected.
function markOf(row) {
  return row.matches("tr") ? "aria-selected" : "aria-current";
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.getAttribute(markOf(row)) === "true");
  all[at]?.setAttribute(markOf(all[at]), "false");
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  next.setAttribute(markOf(next), "true");
  next.scrollIntoView({ block: "nearest" });
  (next.matches("a, button") ? next : next.querySelector("a[href]"))?.focus({ preventScroll: true });
}

let went = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key === "Escape" && field) {
    field.blur();
    return;
  }
  if (field || document.querySelector("dialog[open]")) return;
  const goes = went && Date.now() - went < 1_500;
  went = 0;
  if (goes) {
    document.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
    return;
  }
  const found = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    w: () => document.querySelector("[data-why]")?.focus(),
    "?": () => keys.showModal(),
    j: () => step(1),
    k: () => step(-1),
    g: () => { went = Date.now(); },
  }[event.key];
  if (found) {
    event.preventDefault();
    found();
  }
});
