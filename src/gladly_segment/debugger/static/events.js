// The list of events as it comes: what is new enters above, what changed changes where it stands.

import { say, showTimes } from "/static/debugger.js";

const KEPT = 500;
const TOP = 80;
const AGAIN_AFTER_MS = [1_000, 2_000, 5_000, 10_000];

const list = document.getElementById("events");
const live = document.getElementById("live");
const liveState = document.getElementById("live-state");
const pause = document.getElementById("pause");
const fresh = document.getElementById("fresh");
const empty = document.getElementById("empty");
const total = document.getElementById("total");

const rows = new Map();
const held = new Map();
let floor = 0; // Of what is below, nothing is shown any more.
let heldCount = 0;
let revision = Number(live.dataset.revision);
let paused = "paused" in live.dataset;
let stale = false; // The reader was too far behind: the list is to be read anew.
let source = null;
let failures = 0;
let signedOut = false;
let frame = 0;

const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
const many = (count, more) => `${grouped(count)}${more ? "+" : ""} ${count === 1 && !more ? "event" : "events"}`;

function adopt() {
  rows.clear();
  for (const row of list.rows) rows.set(Number(row.dataset.number), row);
  // Rows that come later and belong further down than a page shows are on the pages behind it.
  floor = "more" in list.dataset && rows.size ? Math.min(...rows.keys()) : 0;
}

// Where the reader looks.
const isAway = () => scrollY > TOP || list.querySelector('[aria-selected="true"]') !== null;
const holds = () => paused || isAway();

function tell() {
  const is = signedOut ? "out" : paused ? "paused" : source?.readyState === EventSource.OPEN ? "live" : "off";
  if (live.dataset.is !== is) {
    live.dataset.is = is;
    liveState.textContent = { live: "live", paused: "paused", off: "connecting", out: "signed out: load the page again" }[is];
  }
  pause.textContent = paused ? "Resume" : "Pause";
  pause.setAttribute("aria-pressed", String(paused));
  fresh.hidden = !(heldCount || stale);
  fresh.toggleAttribute("data-away", scrollY > TOP);
  fresh.textContent = stale ? "Many new ↑" : `${grouped(heldCount)} new ↑`;
}

// What came.
function take(message) {
  const made = document.createElement("template");
  made.innerHTML = message.html; // Made by the service, with everything in it escaped.
  for (const row of [...made.content.children]) {
    const seq = Number(row.dataset.number);
    if (seq < floor && !rows.has(seq)) continue;
    if (!rows.has(seq) && !held.has(seq)) heldCount += 1;
    held.set(seq, row);
  }
  for (const seq of message.gone) {
    if (held.has(seq) && !rows.has(seq)) heldCount -= 1;
    if (rows.has(seq)) held.set(seq, null);
    else held.delete(seq);
  }
  if (held.size < KEPT) frame ||= requestAnimationFrame(show);
  else if (holds()) bound();
  else show(); // So many at once: nothing is dropped that nobody has seen.
}

function bound() {
  frame ||= requestAnimationFrame(show);
  const fromNewest = [...held.keys()].filter((seq) => held.get(seq) !== null && !rows.has(seq)).sort((a, b) => b - a);
  for (const seq of fromNewest.slice(KEPT)) held.delete(seq);
  if (fromNewest.length >= KEPT) floor = Math.max(floor, fromNewest[KEPT - 1]);
}

function show() {
  frame = 0;
  if (!paused) changeInPlace();
  if (stale && !holds()) showFresh();
  else if (!holds()) enter();
  tell();
}

function changeInPlace() {
  for (const [seq, row] of held) {
    const there = rows.get(seq);
    if (!there || row === null) continue;
    const isFocused = there.contains(document.activeElement);
    there.replaceChildren(...row.children);
    showTimes(there);
    if (isFocused) there.querySelector("a").focus({ preventScroll: true });
    held.delete(seq);
  }
}

function enter() {
  for (const [seq, row] of [...held].sort(([a], [b]) => a - b)) {
    if (row === null) {
      rows.get(seq)?.remove();
      rows.delete(seq);
    } else {
      showTimes(row);
      place(seq, row);
      rows.set(seq, row);
    }
  }
  held.clear();
  heldCount = 0;
  while (rows.size > KEPT) {
    const last = list.lastElementChild;
    rows.delete(Number(last.dataset.number));
    last.remove();
    floor = Number(list.lastElementChild.dataset.number);
  }
  tellEmpty();
}

function tellEmpty() {
  empty.hidden = rows.size > 0;
  list.parentElement.hidden = rows.size === 0;
}

function place(seq, row) {
  // Nearly always it is the newest.
  let next = list.firstElementChild;
  while (next && Number(next.dataset.number) > seq) next = next.nextElementSibling;
  list.insertBefore(row, next);
}

async function readAnew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("live");
  list.replaceChildren(...page.getElementById("events").children);
  if (page.getElementById("events").hasAttribute("data-more")) list.dataset.more = "";
  else delete list.dataset.more;
  total.textContent = page.getElementById("total").textContent;
  revision = Number(now.dataset.revision);
  held.clear();
  heldCount = 0;
  adopt();
  showTimes(list);
  tellEmpty();
}

// The connection.
const address = () => `${live.dataset.stream}${live.dataset.stream.includes("?") ? "&" : "?"}rows=true&after=${revision}`;

function connect() {
  source?.close();
  source = new EventSource(address());
  source.addEventListener("open", () => { failures = 0; tell(); });
  source.addEventListener("events", (event) => {
    revision = Number(event.lastEventId);
    take(JSON.parse(event.data));
  });
  source.addEventListener("count", (event) => {
    const count = JSON.parse(event.data);
    total.textContent = many(count.total, count.atLeast);
  });
  source.addEventListener("reset", () => {
    source.close();
    stale = true;
    show();
  });
  source.addEventListener("error", () => {
    failures += 1;
    // The browser comes again by itself where the connection was cut, but not where the service refused.
    if (source.readyState === EventSource.CLOSED) askWhy();
    tell();
  });
}

async function askWhy() {
  const answer = await fetch(address(), { method: "HEAD" }).catch(() => null);
  signedOut = answer?.status === 401;
  if (!signedOut) connectLater();
  tell();
}

function connectLater() {
  clearTimeout(connectLater.timer);
  connectLater.timer = setTimeout(connect, AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length) - 1] ?? 1_000);
}

async function showFresh() {
  list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
  scrollTo({ top: 0 });
  if (stale) {
    stale = false;
    try {
      await readAnew();
      connect();
    } catch {
      stale = true;
      askWhy();
    }
  }
  changeInPlace();
  enter();
  tell();
}

function setPaused(wish) {
  paused = wish;
  const here = new URL(location.href);
  if (paused) here.searchParams.set("live", "false");
  else here.searchParams.delete("live");
  history.replaceState(null, "", here);
  if (!paused) showFresh();
  tell();
}

pause.addEventListener("click", () => setPaused(!paused));
fresh.addEventListener("click", () => (paused ? setPaused(false) : showFresh()));
addEventListener("scroll", () => {
  if (held.size || stale) frame ||= requestAnimationFrame(show);
}, { passive: true });

document.querySelector("[data-copy-address]").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(location.href);
    say("Link copied");
  } catch {
    say("The browser does not allow copying here");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, select, textarea, button, summary, [contenteditable]") || pause.hidden) return;
  if (event.key === " ") {
    event.preventDefault();
    setPaused(!paused);
  } else if (event.key === "n" && !fresh.hidden) {
    fresh.click();
  } else if (event.key === "Escape") {
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    document.activeElement?.blur();
    show();
  }
});

adopt();
if (!("older" in live.dataset)) {
  live.hidden = false;
  pause.hidden = false;
  connect();
  tell();
  // A browser gives an address few connections: who does not look leaves them to others.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source.close();
    else if (!stale) connect();
    tell();
  });
}
