// "Revisa tus respuestas": what was answered, step by step, each with its "Cambiar".

import { element, factList } from "./elements.js";
import { answerTo, controlsOf, questionsOf } from "./questions.js";
import { sayDay } from "./wording.js";

/** One card a form, with a link that leads to it. */
export function reviewOf(forms) {
  return forms.map((form) => {
    const name = form.querySelector("h1").lastChild.textContent;
    return element("section", { class: "card" },
      element("header", {}, element("h2", {}, name),
        element("a", { href: `#${form.id}`, "data-change": true }, "Cambiar", element("span", { class: "unseen" }, ` ${name}`))),
      factList(questionsOf(form).map((question) => [question.dataset.summary, said(question)])));
  });
}

function said(question) {
  const answer = answerTo(question);
  if (answer === null) return "No registra";
  if (answer === undefined) return "Sin responder";
  if (question.dataset.kind === "date") return sayDay(answer);
  const chosen = controlsOf(question).find((control) => control.type === "radio" && control.checked);
  return chosen ? chosen.labels[0].textContent : answer;
}
