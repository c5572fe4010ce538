// What to tell a person when the service says no: no code is a dead end. Titles and details come from the API; here is
// what they cannot know, the steps of this portal, and the words for failures that never reached the API.

import { LEVELS, gradeOf, sayWait } from "./wording.js";

const HELP = "Si se repite, llama al (511) 615-5800 o acércate a tu UGEL.";
const KEPT = "No perdiste nada: tus respuestas siguen aquí.";
const CERTIFICATE_OF_STUDIES = "Para los años anteriores a 2013, pide el certificado de estudios en el colegio o en la UGEL.";

const clock = new Intl.DateTimeFormat("es-PE", { timeStyle: "short" });

/** By code: `advice` (sentences), `change` (steps worth a visit), `levels` (to ask for instead), `retry` (worth it). */
const WAYS = {
  identity_not_confirmed: () => ({
    advice: [
      "Revisa los números de DNI y las fechas de nacimiento.",
      "Escribe todos los nombres del papá y de la mamá, sin apellidos, como en el acta de nacimiento.",
      "Si en el Reniec no figura el papá o la mamá, marca «No registra».",
      "Si eres apoderado, tienes que figurar en el registro como mamá, papá o tutor legal del estudiante.",
      "Si todo está bien y sigue sin coincidir, consulta en el Reniec cómo están registrados los datos.",
    ],
    change: ["tus-datos", "estudiante"],
  }),
  guardian_required: () => ({
    advice: ["Pídele a tu mamá, tu papá o tu apoderado que la solicite. Puede hacerlo desde aquí mismo, con sus datos y los tuyos."],
    change: ["quien", "tus-datos"],
  }),
  student_must_apply: () => ({
    advice: ["El estudiante puede pedirla con la opción «a título personal»."],
    change: ["quien", "estudiante"],
  }),
  guardian_must_be_adult: () => ({
    advice: ["Revisa tu fecha de nacimiento. Si es correcta, tiene que pedirla la mamá, el papá o un apoderado mayor de edad."],
    change: ["tus-datos", "quien"],
  }),
  modality_not_covered: () => ({
    advice: ["Pregunta por el certificado de estudios en tu centro educativo o en la UGEL."],
    change: ["nivel"],
  }),
  no_records: ({ available_levels: levels = [], earlier_years: earlier }) => ({
    advice: [
      earlier && CERTIFICATE_OF_STUDIES,
      !earlier && !levels.length && "Si estudió desde 2013 y no aparece, pide al colegio o a la UGEL que registren sus notas.",
    ],
    levels,
    change: ["nivel"],
  }),
  record_under_review: ({ school_name: school, year, grade }, level) => ({
    advice: [
      `El acta que se está corrigiendo es la de ${year}, ${gradeOf(level, grade)}${level === "initial" ? "" : " grado"}, de ${school}.`,
      "Pregunta en ese colegio cuándo terminan. Después vuelve a pedir la constancia.",
    ],
    change: ["nivel"],
  }),
  too_many_attempts: ({ retryAfter = 60 }) => ({
    advice: [`Puedes intentar otra vez en ${sayWait(retryAfter)}, a las ${clock.format(Date.now() + retryAfter * 1000)}.`, KEPT],
    retry: true,
  }),
  temporarily_unavailable: ({ retryAfter = 5 }) => ({
    title: "El servicio no responde en este momento",
    advice: [`Espera ${sayWait(retryAfter)} e intenta otra vez.`, KEPT, HELP],
    retry: true,
  }),
  no_connection: () => ({
    title: "No hay conexión",
    advice: ["No pudimos llegar al servicio. Revisa tu internet e intenta otra vez.", KEPT],
    retry: true,
  }),
  no_answer: () => ({
    title: "El servicio está tardando demasiado",
    advice: ["Puede ser tu conexión o el servicio. Intenta otra vez.", KEPT],
    retry: true,
  }),
  captcha_failed: () => ({
    title: "No pudimos comprobar que eres una persona",
    advice: ["Intenta otra vez. Si se repite, prueba con otro navegador.", KEPT],
    retry: true,
  }),
  request_not_found: () => ({ advice: [KEPT], change: ["revision"] }),
  transcript_not_confirmed: () => ({ advice: ["Mira otra vez las notas antes de aceptar."], retry: true }),
};

const SOMETHING_FAILED = () => ({
  title: "Algo falló de nuestro lado",
  advice: ["Intenta otra vez en unos minutos.", KEPT, HELP],
  retry: true,
});

const SAME_WORDS = { human_check_failed: "captcha_failed" };

/** Everything to show for `problem`; `level` is the one that was asked for. */
export function wayOut(problem, level) {
  if (!(problem.code in WAYS || problem.code in SAME_WORDS || "detail" in problem)) console.warn(problem);
  const way = (WAYS[SAME_WORDS[problem.code] ?? problem.code] ?? SOMETHING_FAILED)(problem, level);
  return {
    title: problem.title ?? way.title,
    sentences: [problem.detail, ...way.advice].filter(Boolean),
    levels: (way.levels ?? []).map((code) => ({ code, name: LEVELS[code] })),
    change: way.change ?? [],
    retry: way.retry ?? false,
  };
}
