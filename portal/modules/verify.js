// The page /verificar/: the form. The answer to it (`verdict.js`) is fetched while the person fills it in.

import { whileBusy } from "./busy.js";
import { element } from "./elements.js";
import { clearMistakes, complaintAbout, questionsOf, showMistakes, showProblem } from "./questions.js";

const RESULT = "#resultado";

const form = document.getElementById("verification");
const result = document.getElementById("resultado");
const answer = document.getElementById("answer"); // what is said above the form
const titleOfForm = document.title;
let verdict;

const code = document.getElementById("code");
code.value ||= new URLSearchParams(location.search).get("codigo") ?? ""; // what was typed before this was loaded stays
if (location.hash) history.replaceState(null, "", location.pathname + location.search); // a result does not outlive its page
form.querySelector("button").disabled = false; // until here a press would have sent the form natively

form.addEventListener("input", () => whatFollows().catch(() => {})); // told when it is needed
form.addEventListener("submit", (event) => {
  event.preventDefault();
  verify();
});
addEventListener("hashchange", show);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its fragment is no page
  document.querySelector("main").focus();
});

/** Form or result, as the address says. */
function show() {
  const showsResult = location.hash === RESULT && result.querySelector("h1") !== null;
  form.hidden = showsResult;
  result.hidden = !showsResult;
  const heading = (showsResult ? result : form).querySelector("h1");
  document.title = showsResult ? `${heading.textContent} - Verificar constancia` : titleOfForm;
  heading.focus();
  scrollTo(0, 0);
}

function whatFollows() {
  verdict ??= import("./verdict.js").then(({ startVerifying }) => startVerifying({ form, result, answer, tellFields }));
  verdict.catch(() => { verdict = undefined; });
  return verdict;
}

function verify() {
  answer.replaceChildren();
  document.title = titleOfForm;
  clearMistakes(form);
  if (tellFields(questionsOf(form).map((question) => ({ field: question.dataset.field, detail: complaintAbout(question) })))) return undefined;
  return whileBusy(form, "Verificando…", async () => {
    let ask;
    try {
      ask = await whatFollows();
    } catch {
      return showProblem(form, "No hay conexión", element("p", {}, "Revisa tu internet e intenta otra vez. Si sigue así, vuelve a cargar la página."));
    }
    if (await ask()) location.hash = RESULT;
    return undefined;
  });
}

/** Shows what is wrong with the fields named; false when it is none of ours. */
function tellFields(errors) {
  const mistakes = errors
    .map(({ field, detail }) => ({ question: questionsOf(form).find((known) => known.dataset.field === field), message: detail }))
    .filter(({ question, message }) => question && message);
  if (mistakes.length) showMistakes(form, mistakes);
  return mistakes.length > 0;
}
