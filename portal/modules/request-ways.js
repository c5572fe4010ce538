// What only somebody who asks for a certificate is told when the service says no: see `wayOut`.

import { KEPT } from "./failures.js";
import { HELP, LONG, wait } from "./ways-out.js";
import { gradeOf, sayWhen } from "./wording.js";

const FEW_LEFT = 3; // failures after which the limit is spoken of

export const REQUEST_WAYS = {
  identity_not_confirmed: ({ tries }) => ({
    advice: [
      tries >= FEW_LEFT && `Llevas ${tries} intentos sin coincidir. Hay un límite al día: si sigues sin coincidir, tendrás que esperar hasta mañana. Antes, consulta los datos.`,
      "Escribe todos los nombres del papá y de la mamá, como en el acta de nacimiento. Si en el Reniec no figura alguno, marca «No registra».",
      "Si todo está bien y sigue sin coincidir, consulta en el Reniec cómo están registrados los datos.",
    ],
    change: ["tus-datos", "estudiante"],
  }),
  guardian_required: () => ({
    advice: ["Puede hacerlo desde aquí mismo, con sus datos y los tuyos."],
    change: ["quien", "tus-datos"],
  }),
  student_must_apply: () => ({ change: ["quien", "estudiante"] }),
  guardian_must_be_adult: () => ({ advice: ["Revisa si tu fecha de nacimiento está bien escrita."], change: ["tus-datos", "quien"] }),
  modality_not_covered: () => ({ change: ["nivel"] }),
  no_records: ({ available_levels: levels }) => ({ levels, change: ["nivel"] }),
  record_under_review: ({ grade }, level) => ({
    advice: [`El acta es el registro oficial de las notas de un año. La que falta es la de ${gradeOf(level, grade)}. Si necesitas otro nivel, puedes pedirlo ahora.`],
    change: ["nivel"],
  }),
  too_many_certificates: wait,
  too_many_corrections: () => ({}),
  no_current_certificate: () => ({ retry: "Ver las notas" }),
  request_not_found: () => ({ advice: ["No hace falta que escribas todo otra vez: tus respuestas siguen aquí."], change: ["revision"] }),
  code_wrong: () => ({
    detail: "Ya no quedan intentos con ese código.",
    advice: ["Envía la solicitud otra vez y te llegará otro código. Tus respuestas siguen aquí."],
    change: ["revision"],
  }),
  too_many_codes: ({ retryAfter }) => (retryAfter
    ? { advice: [`Podrás pedir otro ${sayWhen(retryAfter)}`, retryAfter < LONG && KEPT, HELP] }
    : { advice: ["Escribe el último que te llegó. Si no llegó ninguno, envía la solicitud otra vez.", HELP], change: ["revision"] }),
  transcript_not_confirmed: () => ({ retry: "Ver las notas" }),
};
