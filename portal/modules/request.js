// The page /solicitar/: the questions. What follows them (`issuing.js`) is fetched while the person answers.

import { element } from "./elements.js";
import {
  complaintAbout, contentOf, fillIn, isAnswered, questionsOf, settleDependants, showMistakes, showProblem,
} from "./questions.js";
import { followSteps } from "./steps.js";
import { forgetAll, recall, remember } from "./tab-memory.js";

const byId = (id) => document.getElementById(id);
const [who, applicant, student, level, contact, review, marks, done] = [
  "quien", "tus-datos", "estudiante", "nivel", "contacto", "revision", "notas", "constancia",
].map(byId);
const everyQuestion = [who, applicant, student, level, contact];

const refused = new Map(); // question → what the service said about the answer that still stands there
let returning = false; // came from the review to change something, and goes back to it
let issuing;

if (!location.hash && recall("issued")) forgetAll(); // a new visit in the same tab begins anew
fillIn(everyQuestion, recall("content"));
settleDependants();

/** A student who asks alone has given their data as the applicant's. */
const asked = () => everyQuestion.filter((form) => form !== student || !byId("applicant-student").checked);

const path = () => [...asked(), review, marks, done].map((form) => form.id);

function reachable(name) {
  if (recall("issued")) return done.id;
  const steps = path();
  const open = asked().find((form) => !isAnswered(form))?.id ?? (recall("request") ? marks.id : review.id);
  return steps.includes(name) && steps.indexOf(name) <= steps.indexOf(open) ? name : open;
}

const go = followSteps({
  path,
  reachable,
  numbered: () => asked().length + 1,
  async arrived(name) {
    const form = byId(name);
    if (form === review) returning = false;
    if (!everyQuestion.includes(form)) {
      try {
        (await whatFollows())(form);
      } catch {
        tellUnloaded(form);
      }
    }
    if (questionsOf(form).some((question) => refused.has(question))) allRight(form);
  },
});

for (const form of everyQuestion) {
  form.querySelector("button").disabled = false; // until here a press would have sent the form natively
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!allRight(form)) return;
    const steps = path();
    go(returning ? unsettled()?.id ?? review.id : steps[steps.indexOf(form.id) + 1]);
  });
}

document.addEventListener("input", ({ target }) => {
  whatFollows().catch(() => {}); // told when it is needed
  refused.delete(target.closest("[data-field]"));
  settleDependants();
  if (everyQuestion.includes(target.closest("form"))) keepAnswers();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-change]")) returning = true;
});

function keepAnswers() {
  remember("content", contentOf(everyQuestion));
  remember("request", undefined); // what was sent is not what stands here any more
}

function whatFollows() {
  issuing ??= import("./issuing.js").then(({ startIssuing }) => startIssuing({ asked, allRight, refuse, keepAnswers, go }));
  issuing.catch(() => { issuing = undefined; });
  return issuing;
}

/** A reload is the retry that works everywhere: some browsers remember that a module did not come. */
function tellUnloaded(form) {
  showProblem(form, "No hay conexión",
    element("p", {}, "No pudimos cargar lo que sigue. Revisa tu internet e intenta otra vez. No perdiste nada: tus respuestas siguen aquí."),
    element("div", { class: "actions" },
      element("button", { type: "button", class: "button", click: () => location.reload() }, "Intentar otra vez")));
}

const unsettled = () => asked().find((form) => !isAnswered(form) || questionsOf(form).some((question) => refused.has(question)));

/** Shows what is missing or wrong in `form`, if anything. */
function allRight(form) {
  const mistakes = questionsOf(form)
    .map((question) => ({ question, message: refused.get(question) ?? complaintAbout(question) }))
    .filter(({ message }) => message);
  if (mistakes.length) showMistakes(form, mistakes);
  return !mistakes.length;
}

/** Takes the person to the first field that the service refused; false when it named none that is asked here. */
function refuse(errors) {
  for (const { field, detail } of errors) {
    const question = [...asked(), review].flatMap(questionsOf).find((known) => known.dataset.field === field);
    if (question) refused.set(question, detail);
  }
  if (!refused.size) return false;
  returning = true;
  go((unsettled() ?? review).id);
  return true;
}
