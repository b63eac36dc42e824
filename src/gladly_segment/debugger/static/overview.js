// The overview: kept up to date while it is seen, with pause and resume, and an own time in the reader's zone.

import { say, showTimes } from "./debugger.js";
import { drawCharts, isLeaving } from "./overview_charts.js";

const REFRESH_MS = 5_000;
const REST = 4; // times as long as an answer took, at least

// Fresh numbers.
const told = document.getElementById("fresh");
let asking = null;
let restUntil = 0;

const reachable = (within) => [...within.querySelectorAll("a[href], button")];

/** Put what is fresh in the place of what was there; focus and the selected row stay where they are. */
function replace(old, made) {
  const place = reachable(old).indexOf(document.activeElement);
  const { id } = document.activeElement;
  const selected = old.querySelector('[aria-selected="true"]')?.id;
  showTimes(made);
  old.replaceWith(made);
  if (selected) document.getElementById(selected)?.setAttribute("aria-selected", "true");
  if (place >= 0) (document.getElementById(id) ?? reachable(made)[place])?.focus({ preventScroll: true });
}

/** Ask for the page again, and take over what is fresh in it. */
async function refresh() {
  if (document.hidden || asking || isLeaving() || !getSelection().isCollapsed) return;
  const mine = new AbortController();
  const began = performance.now();
  asking = mine;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: mine.signal });
    if (answer.redirected) {
      location.reload();
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.getElementById("fresh")?.dataset.kind !== told.dataset.kind) {
      location.reload();
      return;
    }
    for (const old of document.querySelectorAll("[data-fresh]")) {
      const made = page.getElementById(old.id);
      if (made) replace(old, document.importNode(made, true));
    }
    updateCharts();
    told.textContent = "";
  } catch (error) {
    if (error.name !== "AbortError") told.textContent = "The service does not answer; these numbers are not up to date.";
  } finally {
    if (asking === mine) asking = null;
    restUntil = performance.now() + REST * (performance.now() - began);
  }
}

// Pause and resume without leaving the page.
document.addEventListener("submit", async (event) => {
  if (!event.target.matches("[data-turn]")) return;
  event.preventDefault();
  const form = event.target;
  const headers = { Accept: "application/json", "X-Form-Token": form.elements.form_token.value };
  try {
    const answer = await fetch(form.action, { method: "POST", headers });
    const told = await answer.json();
    say(answer.ok ? `${told.name} is ${told.paused ? "paused" : "active"}` : told.error.message);
    asking?.abort();
    asking = null;
    await refresh();
  } catch {
    say("The service does not answer");
  }
});

// An own time: in the reader's zone on the page, in UTC in the address.
const choice = document.getElementById("choice");
function local(date) {
  const shifted = new Date(date - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
for (const input of choice?.querySelectorAll('input[name="since"], input[name="until"]') ?? []) {
  const isSet = input.value !== "";
  input.type = "datetime-local";
  input.value = isSet && input.dataset.at ? local(new Date(input.dataset.at)) : "";
}
choice?.addEventListener("formdata", (event) => {
  const { formData } = event;
  for (const name of ["since", "until"]) {
    const value = formData.get(name);
    if (value) formData.set(name, new Date(value).toISOString().replace(":00.000Z", ":00Z"));
    else formData.delete(name);
  }
  if (formData.has("since") || formData.has("until")) formData.delete("range");
  if (!formData.get("organization")) formData.delete("organization");
});

for (const each of document.querySelectorAll(".scripted")) each.hidden = false;
const updateCharts = drawCharts();
setInterval(() => { if (performance.now() >= restUntil) refresh(); }, REFRESH_MS);
document.addEventListener("visibilitychange", refresh);
