// Questions of a form: `data-field` names the API's field, HTML's own constraints say what is plainly missing or wrong.
// What is wrong is shown in a summary at the top that takes the focus, in the same words beside each field, and in the title.

import { element } from "./elements.js";

const PREFIX = "Error: ";

addEventListener("input", ({ target }) => { // copied texts bring characters that nobody sees
  if (/\p{Cf}/u.test(target.value)) target.value = target.value.replace(/\p{Cf}/gu, "");
}, true);

/** The questions of a form that are being asked now. */
export const questionsOf = (form) => [...form.querySelectorAll("[data-field]")].filter((question) => !question.hidden);

export const controlsOf = (question) => [...question.querySelectorAll("input, select")];

const isDate = (question) => question.dataset.kind === "date";

/** The answer as the API takes it: text, true or false, null for "no registra"; undefined when there is none. */
export function answerTo(question) {
  const [first] = controlsOf(question);
  if (isDate(question)) return isoDate(controlsOf(question).map((part) => part.value.trim()));
  if (first.type === "radio") return question.querySelector(":checked")?.value;
  if (first.type === "checkbox") return first.checked;
  if (question.querySelector("[data-none]")?.checked) return null;
  const text = first.value.trim();
  return (first.inputMode === "numeric" ? text.replace(/\s/g, "") : text) || undefined;
}

const isoDate = ([day, month, year]) => [year.padStart(4, "0"), month.padStart(2, "0"), day.padStart(2, "0")].join("-");

/** What to tell the person about this question, or undefined when nothing is plainly missing or wrong. */
export function complaintAbout(question) {
  const amiss = amissIn(question);
  if (amiss) return amiss.validity.valueMissing ? question.dataset.missing : amiss.dataset.wrong ?? question.dataset.wrong;
  return isDate(question) && !isRealDate(answerTo(question)) ? question.dataset.wrong : undefined;
}

const amissIn = (question) => controlsOf(question).find((control) => !control.disabled && !control.validity.valid);

/** Where a link to this question leads. */
const entryTo = (question) => amissIn(question) ?? question.querySelector("input:checked") ?? controlsOf(question)[0];

function isRealDate(iso) {
  const date = new Date(`${iso}T00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso); // 31 February rolls over into March
}

/** All answers of the forms as one object, dotted fields nested. */
export function answersTo(forms) {
  const body = {};
  for (const question of forms.flatMap(questionsOf)) {
    const path = question.dataset.field.split(".");
    const name = path.pop();
    const holder = path.reduce((parent, key) => (parent[key] ??= {}), body);
    holder[name] = answerTo(question);
  }
  return body;
}

/** What stands in the controls, by their id; `fillIn` puts it back. */
export const contentOf = (forms) =>
  Object.fromEntries(inputs(forms).map((input) => [input.id, isTick(input) ? input.checked : input.value]));

export function fillIn(forms, content = {}) {
  for (const input of inputs(forms)) {
    if (!(input.id in content)) continue;
    if (isTick(input)) input.checked = content[input.id];
    else input.value = content[input.id];
  }
}

const inputs = (forms) => forms.flatMap((form) => [...form.querySelectorAll("input")]);
export const isTick = (input) => input.type === "radio" || input.type === "checkbox";

/** Questions that hang on another answer: a ticked "no registra" closes its name, "otra cosa" opens its detail. */
export function settleDependants() {
  for (const none of document.querySelectorAll("[data-none]")) {
    const [name] = controlsOf(none.closest("[data-field]"));
    name.disabled = none.checked;
  }
  for (const question of document.querySelectorAll("[data-shown-by]")) {
    question.hidden = !document.getElementById(question.dataset.shownBy).checked;
  }
}

/** `mistakes` is a list of `{question, message}`, in the order of the page. */
export function showMistakes(form, mistakes) {
  clearMistakes(form);
  for (const { question, message } of mistakes) mark(question, message);
  showSummary(form, "Hay un problema", element("ul", {}, mistakes.map(({ question, message }) => {
    const target = entryTo(question);
    const follow = (event) => { event.preventDefault(); target.focus(); }; // the address is the step's: it stays
    return element("li", {}, element("a", { href: `#${target.id}`, click: follow }, message));
  })));
}

/** A problem that is no field's: what happened, what to do, and the ways on. */
export function showProblem(form, title, ...content) {
  clearMistakes(form);
  showSummary(form, title, ...content);
}

function showSummary(form, title, ...content) {
  const summary = element("div", { class: "problem", role: "alert", tabindex: "-1" }, element("h2", {}, title), ...content);
  form.prepend(summary);
  document.title = PREFIX + document.title;
  summary.focus();
  summary.scrollIntoView();
}

function mark(question, message) {
  const note = element("p", { class: "error", id: `error-${question.dataset.field}` },
    element("span", { class: "unseen" }, PREFIX), message);
  const heading = question.querySelector(":scope > .hint") ?? question.querySelector(":scope > :is(label, legend)");
  if (heading) heading.after(note);
  else question.prepend(note);
  question.classList.add("wrong");
  const described = question.matches("fieldset") ? question : entryTo(question);
  described.setAttribute("aria-describedby", `${described.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
  for (const control of question.querySelectorAll("select, input:not([data-none])")) control.setAttribute("aria-invalid", "true");
}

export function clearMistakes(form) {
  form.querySelector(".problem")?.remove();
  if (document.title.startsWith(PREFIX)) document.title = document.title.slice(PREFIX.length);
  for (const note of form.querySelectorAll(".error")) {
    for (const described of form.querySelectorAll(`[aria-describedby~="${note.id}"]`)) {
      const kept = described.getAttribute("aria-describedby").split(" ").filter((id) => id !== note.id);
      if (kept.length) described.setAttribute("aria-describedby", kept.join(" "));
      else described.removeAttribute("aria-describedby");
    }
    note.remove();
  }
  for (const question of form.querySelectorAll(".wrong")) question.classList.remove("wrong");
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}
