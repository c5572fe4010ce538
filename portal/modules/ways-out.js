// What to tell a person when the service says no: no code is a dead end. The API says what happened; here is what it
// cannot know, and the words for failures that never reached it. What only a request is told is in `request-ways.js`.

import { KEPT, NO_CONNECTION, OUR_FAULT } from "./failures.js";
import { sayWait, sayWhen } from "./wording.js";

export const HELP = "Si se repite, llama al (511)\u00a0615-5800 o acércate a la UGEL, la oficina de educación de tu zona.";
const AGAIN = "Intentar otra vez";
export const LONG = 3600; // seconds: nobody keeps a page open for longer
const A_MOMENT = 10; // seconds: a shorter wait passes while reading

/** Answers are said to be kept only where somebody would wait for it at the page. */
export function wait({ retryAfter = 60 }) {
  return {
    advice: [`Podrás intentar otra vez ${sayWhen(retryAfter)}`, retryAfter < LONG ? KEPT : "Puedes cerrar esta página y volver entonces. Tendrás que escribir tus datos otra vez."],
    retry: retryAfter < LONG && AGAIN,
  };
}

/**
 * By code: `advice` (sentences), `change` (steps worth a visit), `levels` (to ask for instead), `retry` (the label of a
 * button that tries again); `title` and `detail` for when the API gave none.
 */
const WAYS = {
  too_many_attempts: wait,
  temporarily_unavailable: ({ retryAfter = 5 }) => ({
    title: "El servicio no responde en este momento",
    detail: KEPT,
    advice: [retryAfter > A_MOMENT && `Espera ${sayWait(retryAfter)}.`, HELP],
    retry: AGAIN,
  }),
  too_busy: ({ retryAfter = 300 }) => ({
    title: "Llegaron demasiadas solicitudes desde tu conexión",
    detail: `Espera ${sayWait(retryAfter)} e intenta otra vez. En una red que usan muchos, como la de un colegio o una cabina, prueba con los datos de tu celular.`,
    advice: [KEPT, HELP],
    retry: AGAIN,
  }),
  blocked: () => ({
    title: "La solicitud no llegó al servicio",
    detail: "Un filtro de seguridad no la dejó pasar. Intenta otra vez, o prueba con otra conexión u otro navegador.",
    advice: [KEPT, HELP],
    retry: AGAIN,
  }),
  no_connection: () => ({
    title: NO_CONNECTION,
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
  cross_site_request: () => ({ advice: [KEPT], retry: AGAIN }),
  unsupported_media_type: () => ({ advice: [KEPT, HELP], retry: AGAIN }),
};

const SOMETHING_FAILED = () => ({
  title: OUR_FAULT,
  advice: [KEPT, "Intenta otra vez en unos minutos.", HELP],
  retry: AGAIN,
});

/** Everything to show for `problem`; `own` are the ways of who asks, by code, and `level` the one that was asked for. */
export function wayOut(problem, own = {}, level = undefined) {
  const way = (own[problem.code] ?? WAYS[problem.code] ?? SOMETHING_FAILED)(problem, level);
  return {
    title: problem.title ?? way.title,
    sentences: [problem.detail ?? way.detail, ...(way.advice ?? [])].filter(Boolean),
    levels: way.levels ?? [],
    change: way.change ?? [],
    retry: way.retry,
  };
}
