// The answers to a list as they are seen: how many of each state, and the first hundred rows of the one that is chosen.

import { STATES } from "./list-answers.js";
import { element } from "./elements.js";
import { sayNumber } from "./wording.js";

const ALL = "";

/** The choice of a state and the table, of what `kept` holds; `draw()` follows it. */
export function answersTable(kept) {
  const labels = new Map(); // state → the label of its choice
  const choices = element("div", { class: "filter" });
  const filter = element("fieldset", { class: "question" }, element("legend", {}, "Mostrar"), choices);
  const caption = element("caption");
  const body = element("tbody", { role: "rowgroup" });
  // Roles are spelled out because narrow screens fold the rows, and some browsers then forget the table.
  const table = element("table", { class: "answers", role: "table", "aria-label": "Respuestas" }, caption,
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
      ["Fila", "Referencia", "Código", "Estado"].map((heading) => element("th", { role: "columnheader", scope: "col" }, heading)))),
    body);
  let state = ALL;
  let drawn = 0;

  filter.addEventListener("change", ({ target }) => {
    state = target.value;
    body.replaceChildren();
    drawn = 0;
    drawRows();
  });

  function drawRows() {
    const rows = kept.first(state);
    body.append(...rows.slice(drawn).map(viewOf));
    drawn = rows.length;
    const count = kept.count(state);
    caption.textContent = count > drawn ? `Las primeras ${drawn} de ${sayNumber(count)}. En el archivo están todas.` : "";
    caption.hidden = !caption.textContent;
  }

  /** A choice for each state that came up, in the order of `STATES`, with how many there are. */
  function drawChoices() {
    for (const one of [ALL, ...Object.keys(STATES)]) {
      const count = kept.count(one);
      if (!count) continue;
      if (!labels.has(one)) {
        labels.set(one, element("label", { for: `state-${one}` }));
        const choice = element("div", { class: "choice" },
          element("input", { type: "radio", name: "state", id: `state-${one}`, value: one, checked: one === state }), labels.get(one));
        choices.insertBefore(choice, nextOf(one));
      }
      const name = one === ALL ? "Todas" : STATES[one][count === 1 ? 0 : 1];
      labels.get(one).textContent = `${name}: ${sayNumber(count)}`;
    }
  }

  /** The choice that stands after that of a state, or null. */
  function nextOf(one) {
    const order = [ALL, ...Object.keys(STATES)];
    const after = order.slice(order.indexOf(one) + 1).find((other) => labels.has(other));
    return after ? labels.get(after).parentNode : null;
  }

  return {
    nodes: [filter, table],
    draw() {
      drawChoices();
      drawRows();
    },
  };
}

const viewOf = ({ number, reference, code, state, words }) => element("tr", { role: "row" },
  element("th", { role: "rowheader", scope: "row" }, `${number}`),
  element("td", { role: "cell" }, reference),
  element("td", { role: "cell" }, code),
  element("td", { role: "cell" }, element("strong", {}, words ? `${state}.` : state), words && ` ${words}`));
