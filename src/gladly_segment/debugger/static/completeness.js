// Completeness: kept up to date while it is seen, and a form that is on its way is not sent again.

import { showTimes } from "./debugger.js";

const REFRESH_MS = 5_000;
const UNDER_WAY_MS = 1_500;
const told = document.getElementById("fresh");
let isLeaving = false;

document.getElementById("hour")?.scrollIntoView({ block: "nearest" });

/** Where the focus is within a part, so that it can be there again. */
function place(part) {
  return [...part.querySelectorAll("a[href], button, summary, input")].indexOf(document.activeElement);
}

/** Put what is fresh in the place of what was there, unless somebody is about to use it. */
function replace(old, made) {
  const focus = place(old);
  const open = [...old.querySelectorAll("details")].map((each) => each.open);
  made.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
  showTimes(made);
  old.replaceWith(made);
  if (focus >= 0) made.querySelectorAll("a[href], button, summary, input")[focus]?.focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden || isLeaving || !getSelection().isCollapsed) return;
  try {
    const answer = await fetch(told.dataset.page, { headers: { Accept: "text/html" } });
    if (answer.redirected || isLeaving) return;
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-fresh]")) {
      const made = page.getElementById(old.id);
      if (made) replace(old, document.importNode(made, true));
    }
    told.toggleAttribute("data-under-way", page.getElementById("fresh").hasAttribute("data-under-way"));
    told.textContent = "";
  } catch {
    if (!isLeaving) told.textContent = "The service does not answer; what is shown is not up to date.";
  }
}

function follow() {
  setTimeout(async () => {
    await refresh();
    follow();
  }, told.hasAttribute("data-under-way") ? UNDER_WAY_MS : REFRESH_MS);
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  isLeaving = true;
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener("visibilitychange", refresh);
if (told) follow();
