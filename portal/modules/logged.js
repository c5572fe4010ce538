// One quiet line: whether the public log has what the service says of a certificate. A proof that fails is no quiet line.

import { element } from "./elements.js";
import { ProofFailed, canCheck, issueOf, proveLogged } from "./public-log.js";
import { sayNumber } from "./wording.js";

const SOON = 5 * 60_000; // milliseconds in which an event comes into the log, with room to spare

/** A place for the line, which is filled in when the log has answered. `distrust` is called where it proves a lie. */
export function loggedLine(found, distrust) {
  const line = element("p", { class: "hint screen-only", role: "status" });
  say(found).then((words) => { line.textContent = words; }, (error) => {
    if (error instanceof ProofFailed && error.message !== "unreachable") distrust();
    else line.textContent = "Ahora no se pudo consultar el registro público.";
  });
  return line;
}

async function say({ status, certificate, log, state_log: ofState }) {
  const annulled = status === "annulled";
  const entry = annulled ? ofState : log;
  if (!entry && Date.now() - new Date(certificate.issued_at) < SOON) return "En un minuto constará en el registro público.";
  if (!entry) return annulled ? "La anulación todavía no consta en el registro público." : "Todavía no consta en el registro público.";
  if (!await canCheck()) return "";
  const number = await proveLogged(entry, annulled ? null : issueOf(certificate), read);
  if (!number) return "En un minuto constará en el registro público.";
  return `${annulled ? "La anulación consta" : "Consta"} en el registro público (n.º\u00a0${sayNumber(number)}).`;
}

/** A file of the log as bytes, or null where there is none. */
async function read(path) {
  const answer = await fetch(`/${path}`);
  if (!answer.ok && answer.status !== 404) throw new TypeError("no log");
  return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
}
