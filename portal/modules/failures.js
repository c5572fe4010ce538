// What went wrong outside the service's answers: a part of the page that did not come, or a mistake of ours.

import { element } from "./elements.js";
import { showProblem } from "./questions.js";

export const KEPT = "No perdiste nada: tus respuestas siguen aquí.";
export const NO_CONNECTION = "No hay conexión";
export const OUR_FAULT = "Algo falló de nuestro lado";

/** Every browser reports a module that did not come as a TypeError that speaks of it. */
const isModuleThatDidNotCome = (error) => error instanceof TypeError && /\bmodule\b/.test(error.message);

/** Shows in `form` why the next part of the page cannot be used, and the `waysOn`. Any other `error` is our mistake. */
export function showFailure(form, error, ...waysOn) {
  const unloaded = isModuleThatDidNotCome(error);
  if (!unloaded) console.error(error);
  showProblem(form, unloaded ? NO_CONNECTION : OUR_FAULT,
    element("p", {}, `${unloaded ? "No pudimos cargar lo que sigue. Revisa tu internet e intenta otra vez." : "Intenta otra vez en unos minutos."} ${KEPT}`),
    ...waysOn);
}
