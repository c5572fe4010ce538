// "¿Quién verificó esta constancia?": the days on which it was verified and what was answered, without who.

import { element } from "./elements.js";
import { sayDay } from "./wording.js";

const MOST = 50; // the service tells the newest ones, no more than these

const OUTCOMES = { valid: "válida", superseded: "reemplazada", annulled: "anulada" };

/** A form that `ask(form)` answers: it resolves to the service's answer, or to nothing when it could not and has said so itself. */
export function holdersLog(ask) {
  const open = element("button", { class: "button second" }, "Ver las verificaciones");
  const found = element("div");
  const form = element("form", { method: "post", class: "screen-only", "aria-labelledby": "log" },
    element("h2", { id: "log" }, "¿Quién verificó esta constancia?"),
    element("p", {}, "Si la constancia es tuya, puedes ver qué días se verificó y qué se respondió. No guardamos quién la verificó."),
    found,
    open,
    element("p", { class: "status busy", role: "status" }));

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await ask(form);
    if (!answer) return;
    const title = element("h3", { tabindex: "-1" }, titleOf(answer.verifications.length));
    found.replaceChildren(title, ...listOf(answer.verifications));
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

function listOf(verifications) {
  const times = new Map(); // "day outcome" → how often, in the order of the answer: the newest first
  for (const { on, outcome } of verifications) times.set(`${on} ${outcome}`, (times.get(`${on} ${outcome}`) ?? 0) + 1);
  if (!times.size) return [];
  return [
    element("p", {}, "También cuenta la verificación que acabas de hacer."),
    element("ul", { class: "years" }, [...times].map(([key, count]) => {
      const [on, outcome] = key.split(" ");
      return element("li", {},
        element("strong", {}, sayDay(on)),
        element("span", {}, `${count === 1 ? "Una vez" : `${count} veces`}. Respuesta: ${OUTCOMES[outcome]}.`));
    })),
  ];
}
