// The mapping lab: what a trial costs, how far it is, and that a form is sent once.

const options = document.getElementById("options");

document.getElementById("problem")?.focus();

// A property is either left out or hashed.
options?.addEventListener("change", (event) => {
  const { either } = event.target.dataset;
  if (!either || !event.target.checked) return;
  for (const other of options.querySelectorAll(`[data-either="${CSS.escape(either)}"]`)) {
    if (other !== event.target) other.checked = false;
  }
});

// Two requests for an event, and one for the list of agents.
options?.querySelector("[data-sample]")?.addEventListener("input", (event) => {
  const events = event.target.valueAsNumber;
  if (Number.isInteger(events) && event.target.checkValidity()) {
    options.querySelector("[data-calls]").textContent = 2 * events + 1;
  }
});

// A form that is on its way is not sent again.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !event.target.matches("[data-once]")) return;
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button")) button.disabled = true;
  });
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// How far a trial is: whoever does not ask any more lets it end.
const running = document.querySelector("[data-running]");

async function follow() {
  const query = new URLSearchParams({ organization: running.dataset.organization, run: running.dataset.running });
  let run;
  try {
    const response = await fetch(`/lab.json?${query}`, { headers: { Accept: "application/json" } });
    if (response.ok) ({ run } = await response.json());
  } catch {
    // The service is away for a moment.
  }
  if (run && run.state !== "running") {
    location.reload();
    return;
  }
  if (run) {
    running.querySelector("[data-looked]").textContent = run.looked_at;
    running.querySelector("[data-events]").textContent = run.events;
    const bar = running.querySelector("progress");
    bar.max = run.events || 1;
    bar.value = run.looked_at;
  }
  setTimeout(follow, 500);
}

if (running) follow();
