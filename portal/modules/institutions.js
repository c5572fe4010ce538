// The page /instituciones/: the form. What reads the file, and what asks the service, is fetched when it is needed. The key
// stands in its field and nowhere else, so a page that is loaded again has forgotten it.

import { whileBusy } from "./busy.js";
import { element } from "./elements.js";
import { showFailure } from "./failures.js";
import { answerTo, clearMistakes, complaintAbout, questionsOf, showMistakes } from "./questions.js";

const byId = (id) => document.getElementById(id);
const [form, result, findings, status] = ["list", "resultado", "findings", "file-status"].map(byId);
const [keyQuestion, , answerQuestion] = questionsOf(form);
const [file, key] = ["file", "key"].map(byId);

let rows; // of the chosen list; undefined where there is none that can be read
let listBefore; // the file that stays where the dialog is closed without a choice
let reading; // of the list that was chosen last
let run; // begun with what stands in the form, until that is changed

form.querySelector("button:not([type])").disabled = false; // until here a press would have sent the form natively
form.addEventListener("submit", (event) => {
  event.preventDefault();
  whileBusy(form, "Empezando…", verify);
});
file.addEventListener("click", () => {
  [listBefore] = file.files;
  file.value = ""; // the same file, corrected and chosen again, is a change
});
file.addEventListener("cancel", () => {
  const kept = new DataTransfer();
  if (listBefore) kept.items.add(listBefore);
  file.files = kept.files;
});
file.addEventListener("change", take);
answerQuestion.addEventListener("change", () => { run = undefined; });
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // its fragment is no page
  document.querySelector("main").focus();
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.body.addEventListener(kind, (event) => {
    event.preventDefault(); // a browser would open the file in place of the page
    document.body.classList.toggle("over", kind === "dragover");
    if (kind !== "drop" || form.hidden || !event.dataTransfer.files.length) return;
    file.files = event.dataTransfer.files;
    take();
  });
}
if (file.files.length) take(); // chosen before this had come

function take() {
  reading = read(file.files[0]).catch(fail);
}

function fail(error) {
  status.textContent = "";
  showFailure(form, error, element("p", {}, "Si sigue así, vuelve a cargar la página."));
}

/** Reads a chosen file and says what was found in it; one that is no list is a mistake of its field. */
async function read(chosen) {
  rows = run = undefined;
  file.setCustomValidity("");
  findings.replaceChildren();
  status.textContent = chosen ? "Leyendo el archivo…" : "";
  if (!chosen) return;
  const [{ readList, settleZeros }, words] = await Promise.all([import("./list-file.js"), import("./list-findings.js")]);
  const list = await readList(chosen);
  if (chosen !== file.files[0]) return; // another one was chosen meanwhile
  if (list.mistake) {
    amiss(list.mistake);
    status.textContent = list.mistake;
  } else tellFindings(list.rows, settleZeros, words);
}

/** Says what of a list can be asked about, and follows the choice about missing zeros. */
function tellFindings(written, settleZeros, { complaintsAbout, summaryOf, zerosChoice }) {
  const complaints = element("div");
  const follow = (agreed) => {
    run = undefined;
    rows = settleZeros(written, agreed);
    status.textContent = `«${file.files[0].name}»: ${summaryOf(rows)}`;
    complaints.replaceChildren(complaintsAbout(rows));
    amiss(rows.every((row) => row.complaint) ? "Ninguna fila de la lista se puede verificar" : "");
  };
  findings.replaceChildren(zerosChoice(written, follow), complaints);
  follow(false);
}

/** What is wrong with the chosen file, or nothing. */
function amiss(words) {
  file.setCustomValidity(words);
  file.dataset.wrong = words;
}

async function verify() {
  clearMistakes(form);
  await reading;
  if (!rows && file.validity.valid) take(); // what reads a file had not come
  await reading;
  const mistakes = questionsOf(form).map((question) => ({ question, message: complaintAbout(question) })).filter(({ message }) => message);
  if (mistakes.length) {
    showMistakes(form, mistakes);
    return;
  }
  if (!rows) return; // it has not come again, and that was said
  try {
    const { startRun } = await import("./list-run.js");
    run ??= startRun(result, {
      rows, answer: answerTo(answerQuestion), named: file.files[0].name.replace(/\.[^.]*$/, ""),
      key: () => key.value.trim(), refused, another,
    });
  } catch (error) {
    fail(error);
    return;
  }
  turnTo(result);
  run();
}

function turnTo(part) {
  form.hidden = part !== form;
  result.hidden = part !== result;
}

/** The key opens nothing: the person mends it, and the list goes on where it stood. */
function refused(words) {
  turnTo(form);
  showMistakes(form, [{ question: keyQuestion, message: words }]);
}

function another() {
  file.value = "";
  take();
  clearMistakes(form);
  turnTo(form);
  form.querySelector("h1").focus();
  scrollTo(0, 0);
}
