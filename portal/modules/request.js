// The page /solicitar/: the questions. What follows them (`issuing.js`) is fetched while the person answers.

import { suggestionFor } from "./address-check.js";
import { element } from "./elements.js";
import { mistakeIn, refusalOf } from "./eligibility.js";
import { showFailure } from "./failures.js";
import { answersTo, complaintAbout, contentOf, controlsOf, fillIn, isTick, questionsOf, settleDependants, showMistakes, showProblem } from "./questions.js";
import { followSteps } from "./steps.js";
import { forgetAll, forgetRequest, recall, remember } from "./tab-memory.js";

const byId = (id) => document.getElementById(id);
const [who, applicant, student, level, contact, review, code, marks, correction, done] = [
  "quien", "tus-datos", "estudiante", "nivel", "contacto", "revision", "codigo", "notas", "correccion", "constancia",
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

/** What to say about a question; undefined when nothing is wrong with its answer. */
const complaintOf = (question) =>
  refused.get(question) ?? complaintAbout(question) ?? mistakeIn(question.dataset.field, answersTo(asked()));

/** Why the answers of `form` can lead to no certificate, if they cannot. */
const refusalAt = (form) => questionsOf(form).filter((question) => !complaintOf(question))
  .map((question) => refusalOf(question.dataset.field, answersTo(asked()))).find(Boolean);

const isSettled = (form) => !questionsOf(form).some(complaintOf) && !refusalAt(form);
const unsettled = () => asked().find((form) => !isSettled(form));

/** The code is asked only of who has a contact on record. */
const path = () => [...asked(), review, ...(recall("confirmation") ? [code] : []), marks, correction, done].map((form) => form.id);

function reachable(name) {
  if (recall("issued")) return done.id;
  const steps = path();
  const open = unsettled()?.id ?? afterReview();
  const last = open === marks.id ? correction.id : open; // a wrong mark is pointed out where marks can be seen
  return steps.includes(name) && steps.indexOf(name) <= steps.indexOf(last) ? name : open;
}

function afterReview() {
  if (!recall("request")) return review.id;
  return recall("confirmation") ? code.id : marks.id;
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
        await (await whatFollows())(form);
      } catch (error) {
        showFailure(form, error, reload());
      }
    }
    if (questionsOf(form).some((question) => refused.has(question))) allRight(form);
  },
});

for (const form of everyQuestion) {
  form.querySelector("button").disabled = false; // until here a press would have sent the form natively
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form === contact && isMistyped()) return;
    if (!allRight(form)) return;
    if (form === who) settleWhoAsks();
    const steps = path();
    go(returning ? unsettled()?.id ?? review.id : steps[steps.indexOf(form.id) + 1]);
  });
}

document.addEventListener("input", ({ target }) => {
  whatFollows().catch(() => {}); // shown when it is needed
  refused.delete(target.closest("[data-field]"));
  settleDependants();
  if (everyQuestion.includes(target.closest("form"))) keepAnswers();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-change]")) returning = true;
});

function keepAnswers() {
  remember("content", contentOf(everyQuestion));
  forgetRequest(); // what was sent is not what stands here any more
}

const kindAsked = () => (byId("applicant-student").checked ? "student" : "guardian");

/** The student's data stay the student's when it is somebody else who asks: what stands at the two steps changes place. */
function exchangePeople() {
  if (kindAsked() === "student" && !byId("student-dni").value) return; // no student yet: what was typed is the person's own
  const [theirs, other] = [applicant, student].map((form) => questionsOf(form).flatMap(controlsOf));
  theirs.forEach((input, place) => {
    const content = isTick(input) ? "checked" : "value";
    [input[content], other[place][content]] = [other[place][content], input[content]];
  });
  for (const question of [applicant, student].flatMap(questionsOf)) refused.delete(question);
  settleDependants();
}

function settleWhoAsks() {
  if ((recall("kind") ?? kindAsked()) !== kindAsked()) exchangePeople();
  remember("kind", kindAsked());
  remember("content", contentOf(everyQuestion));
}

function askInstead(kind) {
  byId(`applicant-${kind}`).checked = true;
  exchangePeople();
  remember("kind", kind);
  keepAnswers();
  go((unsettled() ?? review).id);
}

function whatFollows() {
  issuing ??= import("./issuing.js").then(({ startIssuing }) => startIssuing({ asked, allRight, refuse, keepAnswers, go }));
  issuing.catch(() => { issuing = undefined; });
  return issuing;
}

/** The retry that works everywhere: some browsers remember that a module did not come. */
const reload = () => element("div", { class: "actions" },
  element("button", { type: "button", class: "button", click: () => location.reload() }, "Intentar otra vez"));

/** Shows what is missing or wrong in `form`, or why nothing could come of it, if so. */
function allRight(form) {
  const refusal = refusalAt(form);
  const mistakes = questionsOf(form).map((question) => ({ question, message: complaintOf(question) })).filter(({ message }) => message);
  if (refusal) tellRefusal(form, refusal);
  else if (mistakes.length) showMistakes(form, mistakes);
  return !refusal && !mistakes.length;
}

function tellRefusal(form, { title, sentences, instead }) {
  showProblem(form, title, ...sentences.map((sentence) => element("p", {}, sentence)),
    instead && element("div", { class: "actions" },
      element("button", { type: "button", class: "button", click: () => askInstead(instead.kind) }, instead.label)));
}

let taken; // a strange address that the person said is right

/** Asks about an address that is probably mistyped, once. */
function isMistyped() {
  const email = byId("email");
  const written = email.value.trim();
  const meant = written !== taken && suggestionFor(written);
  if (!meant) return false;
  const answer = (label, kind, value) => element("button", {
    type: "button", class: `button ${kind}`, click: () => {
      email.value = taken = value;
      keepAnswers();
      contact.requestSubmit();
    },
  }, label);
  showProblem(contact, "¿Está bien escrito tu correo?", element("p", {}, `Escribiste ${written}. ¿Quisiste decir ${meant}?`),
    element("div", { class: "actions" }, answer(`Usar ${meant}`, "", meant),
      written.includes(".", written.indexOf("@")) && answer("Está bien como lo escribí", "second", written)));
  return true;
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
