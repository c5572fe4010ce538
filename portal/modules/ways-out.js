// What to tell a person when the service says no: no code is a dead end. The API says what happened; here is what it
// cannot know, the steps and buttons of this portal, and the words for failures that never reached it.

import { LEVELS, gradeOf, sayWait } from "./wording.js";

const HELP = "Si se repite, llama al (511)\u00a0615-5800 o acércate a tu UGEL.";
export const KEPT = "No perdiste nada: tus respuestas siguen aquí.";
const AGAIN = "Intentar otra vez";
const A_MOMENT = 10; // seconds: a shorter wait passes while reading

const clock = new Intl.DateTimeFormat("es-PE", { timeStyle: "short" });

/**
 * By code: `advice` (sentences), `change` (steps worth a visit), `levels` (to ask for instead), `retry` (the label of a
 * button that tries again); `title` and `detail` for when the API gave none.
 */
const WAYS = {
  identity_not_confirmed: () => ({
    advice: [
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
    advice: [`Es el acta de ${gradeOf(level, grade)}. Si necesitas otro nivel, puedes pedirlo ahora.`],
    change: ["nivel"],
  }),
  too_many_attempts: ({ retryAfter = 60 }) => ({
    advice: [`Podrás intentar otra vez en ${sayWait(retryAfter)}: a las ${clock.format(Date.now() + retryAfter * 1000)}`, KEPT],
    retry: AGAIN,
  }),
  temporarily_unavailable: ({ retryAfter = 5 }) => ({
    title: "El servicio no responde en este momento",
    detail: KEPT,
    advice: [retryAfter > A_MOMENT && `Espera ${sayWait(retryAfter)}.`, HELP],
    retry: AGAIN,
  }),
  no_connection: () => ({
    title: "No hay conexión",
    detail: "No pudimos llegar al servicio. Revisa tu internet e intenta otra vez.",
    advice: [KEPT],
    retry: AGAIN,
  }),
  no_answer: () => ({
    title: "El servicio está tardando demasiado",
    detail: "Puede ser tu conexión o el servicio. Intenta otra vez.",
    advice: [KEPT],
    retry: AGAIN,
  }),
  human_check_failed: () => ({
    title: "No pudimos comprobar que eres una persona",
    detail: "Tu navegador no pudo hacer la comprobación. Intenta otra vez o prueba con otro navegador.",
    advice: [KEPT],
    retry: AGAIN,
  }),
  request_not_found: () => ({ advice: ["No hace falta que escribas todo otra vez: tus respuestas siguen aquí."], change: ["revision"] }),
  transcript_not_confirmed: () => ({ retry: "Ver las notas" }),
};

const SOMETHING_FAILED = () => ({
  title: "Algo falló de nuestro lado",
  advice: [KEPT, "Intenta otra vez en unos minutos.", HELP],
  retry: AGAIN,
});

/** Everything to show for `problem`; `level` is the one that was asked for. */
export function wayOut(problem, level) {
  const way = (WAYS[problem.code] ?? SOMETHING_FAILED)(problem, level);
  return {
    title: problem.title ?? way.title,
    sentences: [problem.detail ?? way.detail, ...(way.advice ?? [])].filter(Boolean),
    levels: (way.levels ?? []).map((code) => ({ code, name: LEVELS[code] })),
    change: way.change ?? [],
    retry: way.retry,
  };
}
