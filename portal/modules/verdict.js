// The answer to a verification: one unmistakable banner with whose certificate it is, what to compare with the paper, the
// PDF, the check of a file. The service's word is held against the signed data, and a file against the one issued.

import { banner, startAsking } from "./asking.js";
import { agrees, fromBase64url, signedAmong } from "./attestation.js";
import { downloadLink } from "./download.js";
import { element, factList } from "./elements.js";
import { fileCheck } from "./file-check.js";
import { holdersLog } from "./holders-log.js";
import { transcriptView } from "./transcript.js";
import { sayDay, sayMoment } from "./wording.js";

const STATES = {
  valid: ({ certificate }) => ["Constancia válida", `Es auténtica. La emitió el Ministerio de Educación el ${sayDay(certificate.issued_at)}.`],
  superseded: ({ superseded_on: on, successor_status: successor }) => ["Constancia reemplazada", `Es auténtica, pero el ${sayDay(on)} se emitió otra más reciente, que dice algo distinto. ${successor === "annulled" ? "Esa otra está anulada: pide que soliciten una nueva." : "Pide la nueva."}`],
  annulled: ({ annulled_on: on, annulment_reason: why }) => ["Constancia anulada", `Se anuló el ${sayDay(on)} y no tiene validez. Motivo: ${why}`, "No la aceptes. El estudiante puede solicitar otra, es gratis."],
};
const NOT_FOUND = ["No encontramos esa constancia", "No hay ninguna constancia con ese código y ese DNI. Revisa los dos: el código tiene 8 letras y números, y el DNI es el del estudiante. Si los copiaste bien, no la aceptes: el Ministerio no la emitió."];
const CONTRADICTION = ["No se puede confiar en esta respuesta", "Lo que respondió el servicio no es lo que firmó el Ministerio al emitir la constancia. No la aceptes todavía.", "Llama al (511)\u00a0615-5800 y cuenta lo que viste."];
const NOT_LOGGED = ["No se puede confiar en esta respuesta", "El registro público, que nadie puede cambiar sin que se note, no tiene esta constancia tal como la mostró el servicio. No la aceptes todavía.", "Llama al (511)\u00a0615-5800 y cuenta lo que viste."];
const OTHER_FILE = {
  valid: "El código es válido, pero este archivo no es el que emitimos",
  superseded: "El código es de una constancia reemplazada, y este archivo no es el que emitimos",
};
const WHY_OTHER = "Puede haber sido alterado, o ser una copia. Vale lo que dice esta página: descarga el archivo verdadero.";

/** Says the same, so nothing is wrong with the one at hand. */
const copyNote = ({ newer_copy_on: on }) =>
  on && element("div", { class: "note" }, element("p", {}, `El ${sayDay(on)} se emitió otra constancia igual. Las dos son válidas.`));

/** Only a valid certificate says so: of the other states the banner has already said what to do. */
const correctionNote = ({ status, records_changed_on: on }) =>
  status === "valid" && on && element("div", { class: "note" },
    element("h2", {}, "Los registros cambiaron después de la emisión"),
    element("p", {}, `Esta constancia sigue siendo válida: muestra lo que estaba registrado cuando se emitió. El ${sayDay(on)} cambiaron los registros. Una constancia nueva mostrará los datos de ahora.`),
    element("p", {}, element("a", { href: "/solicitar/" }, "Solicitar una constancia nueva")));

/** Of an annulled certificate nothing is shown but which one it is. */
export const withoutMarks = (certificate) => [
  factList([["Código virtual", certificate.virtual_code], ["N.°", certificate.serial_number], ["Emitida", sayMoment(certificate.issued_at)]]),
  element("p", {}, "Una constancia anulada no muestra notas ni se puede descargar."),
];

/** Whose certificate it is: a true code on another person's paper is the commonest fraud. */
export const whose = ({ student }) => element("strong", { class: "whose" }, student.full_name, " ", element("span", {}, `DNI ${student.document_number}`));

/** What is said of what was found, beside a file that was read here or none. Green stands only beside the file issued. */
function bannersOf(found, file) {
  const { status, certificate, transcript } = found;
  if (!transcript) return [banner(status, STATES[status](found))];
  if (file && file.sha256 !== certificate.sha256) return [banner("altered", [OTHER_FILE[status], whose(transcript), WHY_OTHER]), comparison(file, found)];
  const [title, ...text] = STATES[status](found);
  return [banner(status, [title, whose(transcript), ...text, ...(file ? ["Este archivo es el que emitimos, sin ningún cambio."] : [])])];
}

/** What another file says otherwise; the banner stands without it. */
function comparison(file, found) {
  const place = element("section", { role: "status" });
  import("./altered-file.js").then(({ tellDifferences }) => tellDifferences(place, file, found), () => {});
  return place;
}

/**
 * Whether the answer says what the ministry signed: "yes"; "no"; or "unknown", where the certificate is older than
 * attestations, is annulled, or the keys did not come.
 */
async function isSigned({ certificate, transcript }) {
  if (!certificate.attestation || !transcript) return "unknown";
  const { claims, forged } = await signedAmong([() => fromBase64url(certificate.attestation)]);
  if (!claims) return forged ? "no" : "unknown";
  return await agrees(claims, certificate, transcript) ? "yes" : "no";
}

/** Returns the call that verifies what stands in the form: see `startAsking`. */
export function startVerifying(page) {
  const state = page.result.querySelector("#state");
  const details = page.result.querySelector("#details");
  const another = () => element("a", { href: "/verificar/", click: (event) => { event.preventDefault(); page.another(); } }, "Verificar otra constancia");

  const list = document.getElementById("session-list");
  const verified = new Map(); // by the moment of the question; the page keeps it no longer than it stands
  let asked; // code and moment of the question
  let given; // what a file or a QR had brought by then, or the file checked beside the answer

  list.addEventListener("toggle", fillList);

  /** Puts what a banner says into the list of this session, which opens from the second one on. */
  function note(place) {
    const said = place.querySelector(".banner");
    if (!said) return;
    const [title, whose] = ["h1, h2", ".whose"].map((part) => said.querySelector(part)?.textContent ?? "");
    verified.set(asked.at, { ...asked, title, whose });
    list.hidden = false;
    if (list.open) fillList();
    else list.open = verified.size > 1;
  }

  function fillList() {
    if (list.open) import("./session-list.js").then(({ showList }) => showList(list, verified), () => { list.open = false; });
  }

  const printing = () => element("button", { type: "button", class: "button second", click: () => print() }, "Imprimir");

  async function render(found, again) {
    const signed = await isSigned(found);
    if (signed === "no") {
      distrust(CONTRADICTION);
      return;
    }
    showState(found, again);
    details.replaceChildren(...(found.transcript ? detailsOf(found, signed, again) : withoutMarks(found.certificate)));
    tellLogged(found, details.firstChild).catch(() => {}); // without it the answer stands as it is
  }

  /** Without the service: what the signature proves that was checked here, if one was. */
  async function renderAlone() {
    const { signed, file } = given ?? {};
    if (!signed) return false;
    const { signedVerdict } = await import("./signed-verdict.js");
    const [said, ...shown] = await signedVerdict(signed, file);
    state.replaceChildren(said, element("div", { class: "actions" }, another(), printing()));
    details.replaceChildren(...shown);
    return true;
  }

  /** The line about the public log follows; the answer does not wait for it. `shown` is what stands beneath it. */
  async function tellLogged(found, shown) {
    const { loggedLine } = await import("./logged.js");
    if (!shown.isConnected) return; // another certificate is shown by now
    shown.before(loggedLine(found, () => {
      if (!shown.isConnected) return;
      distrust(NOT_LOGGED);
      page.retitle();
    }));
  }

  function distrust(words) {
    state.replaceChildren(banner("contradicted", words), element("div", { class: "actions" }, another()));
    details.replaceChildren();
    note(state);
  }

  function showState(found, again) {
    state.replaceChildren(
      ...bannersOf(found, given?.file),
      element("div", { class: "actions" },
        another(),
        found.pdf_url && downloadLink(found.pdf_url, again.link),
        found.transcript && printing()),
      correctionNote(found) || "",
      copyNote(found) || "");
  }

  function detailsOf(found, signed, again) {
    const { certificate, transcript } = found;
    const checked = (file) => {
      given = { ...given, file };
      showState(found, again);
      note(state);
      page.retitle();
    };
    return [
      element("h2", {}, "Compara con el documento que te dieron"),
      element("p", {}, "El nombre, los años y todas las notas tienen que ser los mismos. Si algo es distinto, el documento puede haber sido alterado y no tiene validez."),
      ...transcriptView(transcript, [
        ["Código virtual", certificate.virtual_code], ["N.°", certificate.serial_number], ["Emitida", sayMoment(certificate.issued_at)],
        ["Firma", signed === "yes" ? "Comprobada en tu equipo: estos son los datos que firmó el Ministerio." : null],
      ]),
      element("section", { class: "screen-only" },
        element("h2", {}, "¿Te dieron un archivo PDF?"),
        element("p", {}, "Comprueba si es el mismo que se emitió. El archivo no sale de tu equipo."),
        fileCheck(page, certificate.sha256, checked)),
      holdersLog(again.history, {
        title: "¿Quién verificó esta constancia?",
        intro: "Si la constancia es tuya, puedes ver qué días se verificó y qué se respondió. De las instituciones registradas se ve el nombre; de otras personas no guardamos quién la verificó.",
        own: "También cuenta la verificación que acabas de hacer.",
      }),
    ];
  }

  const ask = startAsking(page, NOT_FOUND, render, renderAlone);
  return async function verify() {
    asked = { code: page.form.querySelector("#code").value, at: Date.now() };
    given = page.given;
    const shown = await ask();
    if (shown && page.given) page.given.settled = true;
    note(shown ? state : page.answer);
    return shown;
  };
}
