// While the service works: the button says so, and a slow link is named.

const SLOW = 6_000; // milliseconds

/** Runs `task` with `form` shown as busy; a call while it runs is ignored. */
export async function whileBusy(form, says, task) {
  if (form.ariaBusy === "true") return;
  const button = form.querySelector("form:scope button:not([type])"); // the one that submits; a section has none of its own
  const status = form.querySelector(".busy");
  const label = button?.textContent;
  form.ariaBusy = "true";
  button?.setAttribute("aria-disabled", "true"); // not `disabled`: that would drop the keyboard's place
  if (button) button.textContent = says;
  status.textContent = says;
  status.classList.toggle("unseen", button !== null); // the button says it to the eye
  const timer = setTimeout(() => {
    status.classList.remove("unseen");
    status.textContent = "La conexión está lenta. Seguimos intentando; no cierres esta página.";
  }, SLOW);
  try {
    await task();
  } finally {
    clearTimeout(timer);
    form.ariaBusy = null;
    button?.removeAttribute("aria-disabled");
    if (button) button.textContent = label;
    status.textContent = "";
  }
}
