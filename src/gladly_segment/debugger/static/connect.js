// The wizard without a wait in the dark: a form says that it is busy, and a run is followed to its end.

const EVERY_MS = 400;

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button");
    button.textContent = form.dataset.busy;
    button.setAttribute("aria-busy", "true");
  });
}

// A page that the browser kept comes back with its forms as they were sent.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const run = document.getElementById("run");

/** Put the page in the place of what is shown, if it tells more. */
async function look() {
  const answer = await fetch(run.dataset.run, { headers: { Accept: "text/html" } });
  if (!answer.ok) {
    location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("run");
  const log = run.querySelector("[role=log]");
  const lines = fresh.querySelector("[role=log]");
  if (fresh.dataset.state !== run.dataset.state) {
    run.replaceChildren(...fresh.childNodes);
    run.dataset.state = fresh.dataset.state;
  } else if (lines.querySelectorAll("li").length !== log.querySelectorAll("li").length) {
    log.replaceChildren(...lines.childNodes);
  }
}

async function follow() {
  while (run.dataset.state === "under_way") {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    try {
      await look();
    } catch {
      // The service may be starting anew; the next look tells.
    }
  }
}

if (run) follow();
