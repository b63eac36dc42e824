// Dead letters: checking them, and asking before what cannot be undone.

const letters = document.getElementById("letters");
const dialog = document.getElementById("confirm-drop");

function count(number) {
  return number === 1 ? "1 dead letter" : `${number} dead letters`;
}

function boxes() {
  return [...(letters?.querySelectorAll("input[name=letters]") ?? [])];
}

function checked() {
  return boxes().filter((box) => box.checked);
}

function show() {
  const chosen = checked();
  const all = letters.querySelector("[data-check-all]");
  all.checked = chosen.length === boxes().length;
  all.indeterminate = chosen.length > 0 && !all.checked;
  letters.querySelector("[data-checked]").textContent = chosen.length ? `${chosen.length} checked` : "none checked";
  for (const button of letters.querySelectorAll("[data-needs-letters]")) {
    button.disabled = chosen.length === 0;
  }
  const lab = letters.querySelector("[data-lab]");
  const place = new URL(lab.href);
  place.searchParams.delete("letters");
  for (const box of chosen) {
    place.searchParams.append("letters", box.value);
  }
  lab.href = place.href;
}

if (letters) {
  letters.addEventListener("change", (event) => {
    if (event.target.matches("[data-check-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    show();
  });
  // A page that comes back from the browser's memory keeps what was checked.
  window.addEventListener("pageshow", show);
  show();
}

dialog.addEventListener("asked", (event) => {
  const { form, submitter } = event.detail;
  if (!form.elements.confirmed) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "true" });
    form.append(field);
  }
  const number = Number(submitter.dataset.letters ?? checked().length);
  dialog.querySelector("[data-letters]").textContent = count(number);
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
