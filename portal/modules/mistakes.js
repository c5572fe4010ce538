// Shows what is wrong: a summary at the top that takes the focus, the same words beside each field, and the title says so.

import { element } from "./elements.js";
import { entryTo } from "./questions.js";

const PREFIX = "Error: ";

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
  for (const control of question.querySelectorAll("input:not([data-none])")) control.setAttribute("aria-invalid", "true");
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
