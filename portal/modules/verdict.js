// The answer to a verification: one unmistakable banner, what to compare with the paper, the PDF, the check of a file.

import { Problem, post } from "./api.js";
import { whileBusy } from "./busy.js";
import { downloadLink } from "./download.js";
import { element } from "./elements.js";
import { fileCheck } from "./file-check.js";
import { humanCheck } from "./human-check.js";
import { answersTo, clearMistakes, showProblem } from "./questions.js";
import { transcriptView } from "./transcript.js";
import { wayOut } from "./ways-out.js";
import { sayDay, sayMoment } from "./wording.js";

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

/** Returns the call that verifies what stands in `form`; it resolves to true once `result` is filled. */
export function startVerifying({ form, result, answer, tellFields }) {
  const spendProof = humanCheck(form.querySelector("[data-field=captcha]"), "verification");
  const ask = () => spendProof((captcha) => post("/api/verifications", { ...answersTo([form]), captcha }));

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

  async function freshLink() {
    let link;
    await whileBusy(result, "Preparando la descarga…", async () => {
      clearMistakes(result);
      try {
        ({ pdf_url: link } = await ask());
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const { title, sentences } = wayOut(problem);
        showProblem(result, title, ...paragraphs(sentences));
      }
    });
    return link;
  }

  function render(found) {
    const { status, certificate, transcript, pdf_url: link } = found;
    result.querySelector("#state").replaceChildren(banner(status, STATES[status](found), "h1"));
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
        downloadLink(link, freshLink),
        element("button", { type: "button", class: "button second", click: () => print() }, "Imprimir"),
        element("a", { href: "/verificar/" }, "Verificar otra constancia")));
  }

  return async function verify() {
    try {
      render(await ask());
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      tell(problem);
      return false;
    }
  };
}
