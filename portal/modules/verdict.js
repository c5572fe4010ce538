// The answer to a verification: one unmistakable banner, what to compare with the paper, the PDF, the check of a file.

import { Problem, post } from "./api.js";
import { whileBusy } from "./busy.js";
import { downloadLink } from "./download.js";
import { element } from "./elements.js";
import { fileCheck } from "./file-check.js";
import { holdersLog } from "./holders-log.js";
import { humanCheck } from "./human-check.js";
import { answersTo, clearMistakes, showProblem } from "./questions.js";
import { transcriptView } from "./transcript.js";
import { KEPT, wayOut } from "./ways-out.js";
import { sayDay, sayMoment } from "./wording.js";

const VERIFICATIONS = "/api/verifications";

const STATES = {
  valid: ({ certificate }) => ["Constancia válida", `Es auténtica. La emitió el Ministerio de Educación el ${sayDay(certificate.issued_at)}.`],
  superseded: ({ superseded_on: on }) => ["Constancia reemplazada", `Es auténtica, pero el ${sayDay(on)} se emitió otra más reciente. Pide la nueva.`],
  annulled: ({ annulled_on: on, annulment_reason: why }) => ["Constancia anulada", `Se anuló el ${sayDay(on)} y no tiene validez. Motivo: ${why}`],
};
const NOT_FOUND = ["No encontramos esa constancia", "No hay ninguna constancia con ese código y ese DNI. Revisa los dos: el código tiene 8 letras y números, y el DNI es el del estudiante."];
const UNKNOWN = ["No se pudo comprobar", "No sabemos todavía si la constancia es auténtica o no. Intenta otra vez."];

const paragraphs = (sentences) => sentences.map((sentence) => element("p", {}, sentence));

const banner = (state, [title, text], heading) =>
  element("div", { class: `banner ${state}` }, element("div", {}, element(heading, { tabindex: "-1" }, title), element("p", {}, text)));

/** Only a valid certificate says so: of the other states the banner has already said what to do. */
const correctionNote = ({ status, records_changed_on: on }) =>
  status === "valid" && on && element("div", { class: "note" },
    element("h2", {}, "Los registros cambiaron después de la emisión"),
    element("p", {}, `Esta constancia sigue siendo válida: muestra lo que estaba registrado cuando se emitió. El ${sayDay(on)} cambiaron los registros. Una constancia nueva mostrará los datos de ahora.`),
    element("p", {}, element("a", { href: "/solicitar/" }, "Solicitar una constancia nueva")));

/** Returns the call that verifies what stands in `form`; it resolves to true once `result` is filled. */
export function startVerifying({ form, result, answer, tellFields }) {
  const spendProof = humanCheck(form.querySelector("[data-field=captcha]"), "verification");
  const ask = (question, path) => spendProof((captcha) => post(path, { ...question, captcha }));

  /** What is wrong with a field goes to the field; all else is an answer of its own, never mistaken for "falsa". */
  function tell(problem) {
    if (tellFields(problem.errors ?? [])) return;
    if (problem.code === "certificate_not_found") {
      answer.replaceChildren(banner("not-found", NOT_FOUND, "h2"));
    } else {
      const { title, sentences } = wayOut(problem);
      answer.replaceChildren(banner("unknown", UNKNOWN, "h2"),
        element("div", { class: "note" }, element("p", {}, element("strong", {}, title)), paragraphs(sentences)));
    }
    const heading = answer.querySelector("h2");
    document.title = `${heading.textContent} - Verificar constancia`;
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
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        // The box that could be ticked again is on the other page, and a new proof needs no tick.
        const { title, sentences } = wayOut(problem.code === "captcha_failed" ? new Problem("human_check_failed") : problem);
        showProblem(place, title, ...paragraphs(sentences.filter((sentence) => sentence !== KEPT)));
      }
    });
    return found;
  }

  function render(found, question) {
    const { status, certificate, transcript, pdf_url: link } = found;
    result.querySelector("#state").replaceChildren(banner(status, STATES[status](found), "h1"), correctionNote(found) || "");
    result.querySelector("#details").replaceChildren(
      element("section", { class: "screen-only" },
        element("h2", {}, "¿Te dieron un archivo PDF?"),
        element("p", {}, "Comprueba si es el mismo que se emitió. El archivo no sale de tu equipo."),
        fileCheck(certificate.sha256)),
      element("h2", {}, "Compara con el documento que te dieron"),
      element("p", {}, "El nombre, los años y todas las notas tienen que ser los mismos. Si algo es distinto, el documento puede haber sido alterado y no tiene validez."),
      ...transcriptView(transcript, [
        ["Código virtual", certificate.virtual_code], ["N.°", certificate.serial_number], ["Emitida", sayMoment(certificate.issued_at)],
      ]),
      element("div", { class: "actions" },
        downloadLink(link, async () => (await askAgain(question, VERIFICATIONS, result, "Preparando la descarga…"))?.pdf_url),
        element("button", { type: "button", class: "button second", click: () => print() }, "Imprimir"),
        element("a", { href: "/verificar/" }, "Verificar otra constancia")),
      holdersLog((place) => askAgain(question, `${VERIFICATIONS}/history`, place, "Buscando…")));
  }

  return async function verify() {
    try {
      const question = answersTo([form]); // as asked: the form may be changed while the answer stands
      render(await ask(question, VERIFICATIONS), question);
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      tell(problem);
      return false;
    }
  };
}
