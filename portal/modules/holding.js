// The page /constancia/, the answer: what the holder does with the certificate, how it stands, what to do next.

import { banner, startAsking } from "./asking.js";
import { element, factList } from "./elements.js";
import { handingOut } from "./handing-out.js";
import { holdersLog } from "./holders-log.js";
import { transcriptView } from "./transcript.js";
import { sayDay, sayMoment } from "./wording.js";

const STATES = {
  valid: ({ certificate }) => ["Tu constancia es válida", `La emitió el Ministerio de Educación el ${sayDay(certificate.issued_at)}.`],
  superseded: ({ superseded_on: on }) => ["Tu constancia fue reemplazada", `El ${sayDay(on)} se emitió otra que dice algo distinto. Esta es auténtica, pero quien la verifique leerá que hay una más reciente.`],
  annulled: ({ annulled_on: on, annulment_reason: why }) => ["Tu constancia está anulada", `Se anuló el ${sayDay(on)} y no tiene validez.`, `Motivo: ${why}`],
};
const NOT_FOUND = ["No encontramos esa constancia", "No hay ninguna constancia con ese código y ese DNI. El código está en el correo que recibiste y arriba a la derecha de la constancia. El DNI es el del estudiante."];
const ASK = "Solicitar constancia";

/** How a wrong mark is pointed out: only who has shown who they are can do so, and here nobody has. */
const wrongMark = () => element("p", { class: "note" }, element("strong", {}, "¿Ves una nota equivocada? "),
  element("a", { href: "/solicitar/" }, "Empieza una solicitud"), " y señálala al revisar las notas, antes de emitir. Es gratis.");

/** What to do next, as sentences and whether to ask for a certificate. */
function nextOf({ status, successor_status: successor, newer_copy_on: copy, records_changed_on: changed }) {
  if (status === "annulled") return [["Puedes solicitar otra, es gratis.", "Si tienes dudas, llama al (511)\u00a0615-5800 o acércate a la UGEL, la oficina de educación de tu zona."], true];
  if (status === "superseded") {
    return [[successor === "annulled" ? "La que la reemplazó está anulada. Solicita una nueva, es gratis."
      : "Entrega la nueva. Su enlace llegó al correo con el que se pidió. Si no la tienes, solicítala: te ofreceremos descargarla otra vez."], true];
  }
  if (changed) return [[`El ${sayDay(changed)} cambiaron las notas en los registros. Esta constancia sigue siendo válida: muestra las de antes.`, "Si necesitas las de ahora, solicita una nueva: reemplazará a esta."], true];
  return [["Guarda el PDF y entrégalo, impreso o por internet, donde te lo pidan.",
    "Quien lo reciba lo comprueba con el código QR, o con el código virtual y el DNI del estudiante.",
    ...(copy ? [`El ${sayDay(copy)} se emitió otra igual. Las dos son válidas.`] : [])], false];
}

/** Returns the call that opens the certificate of what stands in the form: see `startAsking`. */
export function startVerifying(page) {
  function render(found, again) {
    const { status, certificate, transcript, pdf_url: link } = found;
    const [sentences, toAsk] = nextOf(found);
    const facts = [["Código virtual", certificate.virtual_code], ["N.°", certificate.serial_number], ["Emitida", sayMoment(certificate.issued_at)]];
    page.result.querySelector("#state").replaceChildren(banner(status, STATES[status](found)));
    page.result.querySelector("#details").replaceChildren(
      link ? handingOut(certificate.virtual_code, link, again.link) : "",
      element("h2", {}, "Qué sigue"),
      element("ul", {}, sentences.map((sentence) => element("li", {}, sentence))),
      toAsk ? element("div", { class: "actions" }, element("a", { class: "button second", href: "/solicitar/" }, ASK)) : "",
      holdersLog(again.history, {
        title: "¿Cuándo se verificó?",
        intro: "Puedes ver qué días se verificó y qué se respondió. De las instituciones registradas se ve el nombre; de otras personas no guardamos quién fue. Tus propias visitas a esta página no cuentan.",
      }),
      element("h2", {}, "La constancia"),
      ...(transcript ? [...transcriptView(transcript, facts), wrongMark()] : [factList(facts)]));
  }

  return startAsking(page, NOT_FOUND, render);
}
