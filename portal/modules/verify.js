// The pages /verificar/ and /constancia/: the form. The answer to it (the module that the form names) is fetched while
// the person fills it in.

import { whileBusy } from "./busy.js";
import { element } from "./elements.js";
import { showFailure } from "./failures.js";
import { clearMistakes, complaintAbout, questionsOf, showMistakes } from "./questions.js";

const RESULT = "#resultado";

const form = document.getElementById("verification");
const result = document.getElementById("resultado");
const answer = document.getElementById("answer"); // what is said above the form
const titleOfForm = document.title;
const page = { form, result, answer, tellFields, retitle, another, verify, given: undefined }; // given: what a file or a QR brought
let verdict;

const code = document.getElementById("code");
const number = /^#\d{99,}$/.test(location.hash) && location.hash.slice(1); // the signed data of a QR, never sent anywhere
code.value ||= new URLSearchParams(location.search).get("codigo") ?? ""; // what was typed before this was loaded stays
if (location.hash) history.replaceState(null, "", location.pathname + location.search); // a result does not outlive its page
form.querySelector("button:not([type])").disabled = false; // until here a press would have sent the form

form.addEventListener("input", () => whatFollows().catch(() => {})); // shown when it is needed
form.addEventListener("submit", (event) => {
  event.preventDefault();
  verify();
});
addEventListener("popstate", () => setTimeout(show)); // the fragment takes the focus first; "hashchange" misses some ways back
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its fragment is no page
  document.querySelector("main").focus();
});
if (document.getElementById("given")) {
  takeWhatIsGiven();
  addEventListener("load", keepThisPage);
}

/** Form or result, as the address says. */
function show() {
  const showsResult = location.hash === RESULT && result.querySelector("h1") !== null;
  form.hidden = showsResult;
  result.hidden = !showsResult;
  retitle();
  (showsResult ? result : form).querySelector("h1").focus();
  scrollTo(0, 0);
}

function retitle() {
  document.title = form.hidden ? `${result.querySelector("h1").textContent} - ${form.querySelector("h1").textContent}` : titleOfForm;
}

/** An empty form, with the focus in its first field. */
function another() {
  form.reset();
  forgetGiven();
  answer.replaceChildren();
  clearMistakes(form);
  history.pushState(null, "", location.pathname + (document.documentElement.lang === "en" ? "?lang=en" : ""));
  show();
  code.focus();
}

function forgetGiven() {
  page.given = undefined;
  document.getElementById("given-status").textContent = "";
}

/** A file that is chosen or dropped, a QR before the camera, the signed data in the address. */
function takeWhatIsGiven() {
  const file = document.getElementById("pdf");
  const scan = document.getElementById("scan");
  const take = (way, what) => {
    if (form.ariaBusy === "true") return; // one at a time
    whatFollows().catch(() => {}); // both are on their way at once
    import("./given.js").then((given) => given[way](page, what)).catch((error) => showFailure(form, error));
  };
  scan.hidden = !navigator.mediaDevices;
  for (const field of [code, document.getElementById("dni")]) {
    field.addEventListener("input", () => { if (page.given?.settled) forgetGiven(); }); // another certificate is meant
  }
  scan.addEventListener("click", () => take("takeFromCamera"));
  file.addEventListener("change", () => {
    take("takeFile", file.files[0]);
    file.value = ""; // chosen again it is a change
  });
  const { body } = document; // a drop beside the form is meant for it
  for (const kind of ["dragover", "dragleave", "drop"]) {
    body.addEventListener(kind, (event) => {
      event.preventDefault(); // a browser would open the file in place of the page
      body.classList.toggle("over", kind === "dragover");
      const dropped = kind === "drop" && event.dataTransfer.files[0];
      if (dropped && form.hidden) page.check?.(dropped);
      else if (dropped) take("takeFile", dropped);
    });
  }
  if (file.files[0]) take("takeFile", file.files[0]); // chosen before this had come
  else if (number) take("takeNumber", number);
}

/** Keeps the page for when there is no network. Where workers or storage are blocked, all is as it would be without. */
async function keepThisPage() {
  try {
    await navigator.serviceWorker.register("/verificar/worker.js");
  } catch { /* blocked, or a browser that has none */ }
}

function whatFollows() {
  verdict ??= import(form.dataset.answer).then(({ startVerifying }) => startVerifying(page));
  verdict.catch(() => { verdict = undefined; });
  return verdict;
}

function verify() {
  answer.replaceChildren();
  document.title = titleOfForm;
  clearMistakes(form);
  if (tellFields(questionsOf(form).map((question) => ({ field: question.dataset.field, detail: complaintAbout(question) })))) return undefined;
  return whileBusy(form, form.dataset.busy, async () => {
    let ask;
    try {
      ask = await whatFollows();
    } catch (error) {
      return showFailure(form, error, element("p", {}, "Si sigue así, vuelve a cargar la página."));
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
