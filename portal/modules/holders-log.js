// When a certificate was verified: the days, what was answered, and which institution asked; of others not who.

import { element } from "./elements.js";
import { sayDay } from "./wording.js";

const MOST = 50; // the service tells the newest ones, no more than these

const OUTCOMES = { valid: "válida", superseded: "reemplazada", annulled: "anulada" };

/**
 * A form that `ask(form)` answers: it resolves to the service's answer, or to nothing when it could not and has said so
 * itself. `own` says how the visit itself counts, where it does.
 */
export function holdersLog(ask, { title: heading, intro, own }) {
  const open = element("button", { class: "button second" }, "Ver las verificaciones");
  const found = element("div");
  const form = element("form", { method: "post", class: "screen-only", "aria-labelledby": "log" },
    element("h2", { id: "log" }, heading),
    element("p", {}, intro),
    found,
    open,
    element("p", { class: "status busy", role: "status" }));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await ask(form);
    if (!answer) return;
    const title = element("h3", { tabindex: "-1" }, titleOf(answer.verifications.length));
    found.replaceChildren(title, ...listOf(answer.verifications, own));
    open.textContent = "Actualizar";
    title.focus();
  });
  return form;
}

function titleOf(count) {
  if (count === 0) return "Todavía no hay verificaciones registradas";
  if (count === MOST) return `Las ${MOST} verificaciones más recientes`;
  return count === 1 ? "Se verificó una vez" : `Se verificó ${count} veces`;
}

function listOf(verifications, own) {
  const times = new Map(); // [day, outcome, institution] as JSON → how often, in the order of the answer: the newest first
  for (const { on, outcome, institution } of verifications) {
    const key = JSON.stringify([on, outcome, institution]);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  if (!times.size) return [];
  return [
    own ? element("p", {}, own) : "",
    element("ul", { class: "years" }, [...times].map(([key, count]) => {
      const [on, outcome, institution] = JSON.parse(key);
      return element("li", {},
        element("strong", {}, sayDay(on)),
        element("span", {}, `${count === 1 ? "Una vez" : `${count} veces`}. Respuesta: ${OUTCOMES[outcome]}.`,
          institution ? ` Consultó: ${institution}.` : ""));
    })),
  ];
}
