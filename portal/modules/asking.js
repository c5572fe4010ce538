// Asks the service about a certificate, for who verifies it and for its holder; what goes wrong is told as what it is.

import { Problem, post, problemOf } from "./api.js";
import { whileBusy } from "./busy.js";
import { element } from "./elements.js";
import { KEPT } from "./failures.js";
import { humanCheck } from "./human-check.js";
import { answersTo, clearMistakes, showProblem } from "./questions.js";
import { wayOut } from "./ways-out.js";

const VERIFICATIONS = "/api/verifications";
const UNREACHED = ["no_connection", "no_answer", "unexpected_answer"]; // it was not the service that spoke
const UNKNOWN = ["No se pudo comprobar", "No sabemos todavía si la constancia es auténtica o no. Intenta otra vez."];

const paragraphs = (sentences) => sentences.map((sentence) => element("p", {}, sentence));

/** The answer in one unmistakable band; `text` may be several sentences or elements, each a paragraph. */
export const banner = (state, [title, ...text], heading = "h1") =>
  element("div", { class: `banner ${state}` }, element("div", {}, element(heading, { tabindex: "-1" }, title), paragraphs(text)));

/**
 * Returns the call that asks what stands in `form`; it resolves to true once `render(found, again)` has shown the
 * answer, where `again.link()` is a fresh address of the PDF and `again.history(place)` the holder's log. `answer` is
 * the place for what is no answer, `notFound` the words for a code and DNI that belong to nothing. Where the service is
 * not reached, `renderAlone()` may show in the answer's place what is known without it, and resolves to whether it did.
 */
export function startAsking({ form, result, answer, tellFields }, notFound, render, renderAlone = async () => false) {
  const spendProof = humanCheck(form.querySelector("[data-field=captcha]"), "verification");
  form.addEventListener("reset", spendProof.ahead);
  spendProof.ahead();
  const ask = (question, path) => spendProof((captcha) => post(path, { ...question, captcha }));

  /** What is wrong with a field goes to the field; all else is an answer of its own, never mistaken for "falsa". */
  function tell(problem) {
    if (tellFields(problem.errors ?? [])) return;
    if (problem.code === "certificate_not_found") {
      answer.replaceChildren(banner("not-found", notFound, "h2"));
    } else {
      const { title, sentences } = wayOut(problem);
      answer.replaceChildren(banner("unknown", UNKNOWN, "h2"),
        element("div", { class: "note" }, element("p", {}, element("strong", {}, title)), paragraphs(sentences)));
    }
    const heading = answer.querySelector("h2");
    document.title = `${heading.textContent} - ${form.querySelector("h1").textContent}`;
    heading.focus();
    scrollTo(0, 0);
  }

  /** Asks once more from the page of the answer; what goes wrong is shown in `place`. Undefined when it did, or while busy. */
  async function askAgain(question, path, place, says) {
    let found;
    await whileBusy(place, says, async () => {
      clearMistakes(place);
      try {
        found = await ask(question, path);
      } catch (error) {
        const problem = problemOf(error);
        // The box that could be ticked again is on the other page, and a new proof needs no tick.
        const { title, sentences } = wayOut(problem.code === "captcha_failed" ? new Problem("human_check_failed") : problem);
        showProblem(place, title, ...paragraphs(sentences.filter((sentence) => sentence !== KEPT)));
      }
    });
    return found;
  }

  return async function verify() {
    try {
      const question = answersTo([form]); // as asked: the form may be changed while the answer stands
      await render(await ask(question, VERIFICATIONS), {
        link: async () => (await askAgain(question, VERIFICATIONS, result, "Preparando la descarga…"))?.pdf_url,
        history: (place) => askAgain(question, `${VERIFICATIONS}/history`, place, "Buscando…"),
      });
      return true;
    } catch (error) {
      const problem = problemOf(error);
      if (UNREACHED.includes(problem.code) && await renderAlone().catch(() => false)) return true;
      tell(problem);
      return false;
    }
  };
}
