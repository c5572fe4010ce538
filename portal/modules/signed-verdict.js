// The verdict without the service: what the signature alone proves, and what the last list says. It is never the green one.

import { banner } from "./asking.js";
import { agrees } from "./attestation.js";
import { element } from "./elements.js";
import { lookUp } from "./status-list.js";
import { transcriptView } from "./transcript.js";
import { whose, withoutMarks } from "./verdict.js";
import { sayDay, sayMoment } from "./wording.js";

const ONLY_QR = "El código QR no trae los nombres de los colegios ni las observaciones.";
const NO_MARKS = "Las notas no caben en el código QR. Compruébalas con el archivo PDF, o cuando tengas internet.";
const OTHER_DATA = ["Los datos de este archivo no son los que firmó el Ministerio", "No aceptes el documento: alguien pudo cambiarlo."];

/** The banner and what follows it. `claims` were signed, as this device found; `file` is what they were read from, if any. */
export async function signedVerdict(claims, file) {
  const issued = new Date(claims.issued_at * 1000).toISOString();
  const certificate = { virtual_code: claims.virtual_code, serial_number: claims.serial_number, issued_at: issued };
  const found = file?.found ?? []; // a scan brings none, and the QR beside it may be what was signed
  if (!await allAgree(claims, found)) return [banner("contradicted", OTHER_DATA)];
  const listed = await lookUp(Number(claims.serial_number), claims.issued_at);
  const [state, title, ...text] = stateOf(listed, issued);
  const said = banner(state, [title, whose(claims), ...text]);
  if (state === "annulled") return [said, ...withoutMarks(certificate)];
  return [
    said,
    element("h2", {}, "Compara con el documento que te dieron"),
    element("p", {}, "El nombre, los años y todas las notas tienen que ser los mismos. Si algo es distinto, el documento puede haber sido alterado y no tiene validez."),
    ...(found.length ? [] : [element("p", {}, claims.groups ? ONLY_QR : NO_MARKS)]),
    ...transcriptView(found[0]?.transcript ?? { ...claims, groups: claims.groups ?? [], observations: [] }, [
      ["Código virtual", claims.virtual_code], ["N.°", claims.serial_number], ["Emitida", sayMoment(issued)],
      ["Firma", "Comprobada en tu equipo: estos son los datos que firmó el Ministerio."],
    ]),
  ];
}

/** Whether a file says nowhere anything else than what was signed. */
async function allAgree(claims, found) {
  for (const { certificate, transcript } of found) {
    if (!await agrees(claims, certificate, transcript)) return false;
  }
  return true;
}

/** The state of the banner and its words: what is known, and since when nothing is. */
function stateOf(listed, issued) {
  if (!listed) {
    return ["signed", "Firma válida, sin conexión", `El Ministerio firmó estos datos el ${sayDay(issued)}.`,
      "Si fue anulada o reemplazada después de ese día solo se sabe en línea."];
  }
  const list = `Según la lista del ${sayMoment(listed.moment)}`;
  if (listed.annulled) return ["annulled", "Constancia anulada", `${list}, está anulada y no tiene validez.`, "No la aceptes. El estudiante puede solicitar otra, es gratis."];
  if (listed.superseded) return ["superseded", "Constancia reemplazada", `${list}, se emitió otra más reciente, que dice algo distinto. Pide la nueva.`];
  return ["signed", "Firma válida, sin conexión", `El Ministerio firmó estos datos el ${sayDay(issued)}.`,
    listed.knowsSuperseded ? `${list}: no está anulada ni reemplazada. Si lo fue después solo se sabe en línea.`
      : `${list}: no está anulada. Si fue reemplazada, o anulada después, solo se sabe en línea.`];
}
