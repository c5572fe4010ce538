// What was found in a list before anything of it is sent: rows that cannot be asked about, and zeros that are missing.

import { element } from "./elements.js";
import { sayNumber } from "./wording.js";

const MOST = 100; // row numbers that are told of one complaint

/** "filas 4, 9 y 23", in the words of a sentence. */
function sayRows(numbers) {
  if (numbers.length === 1) return `fila ${numbers[0]}`;
  const told = numbers.slice(0, MOST);
  const last = numbers.length > MOST ? `${sayNumber(numbers.length - MOST)} más` : told.pop();
  return `filas ${told.join(", ")} y ${last}`;
}

/** How many rows are asked about, in a sentence. */
export function summaryOf(rows) {
  const asked = rows.filter((row) => !row.complaint).length;
  if (asked === rows.length) return asked === 1 ? "Una fila, lista para verificar." : `${sayNumber(asked)} filas, listas para verificar.`;
  return `${sayNumber(rows.length)} ${rows.length === 1 ? "fila" : "filas"}. Se pueden verificar ${sayNumber(asked)}.`;
}

/** The rows that cannot be asked about, by why not; nothing where there are none. */
export function complaintsAbout(rows) {
  const wrong = rows.filter((row) => row.complaint);
  if (!wrong.length) return "";
  const numbers = new Map(wrong.map(({ complaint }) => [complaint, []]));
  for (const { complaint, number } of wrong) numbers.get(complaint).push(number);
  return element("div", { class: "note" },
    element("h2", {}, wrong.length === 1 ? "Una fila no se puede verificar" : `${sayNumber(wrong.length)} filas no se pueden verificar`),
    element("ul", {}, [...numbers].map(([complaint, found]) => element("li", {}, `${complaint}: ${sayRows(found)}.`))),
    element("p", {}, "Corrige tu lista y elígela otra vez, o sigue sin ellas."));
}

/** The choice to put back the zeros that a spreadsheet took off; nothing where none are missing. `changed` is told. */
export function zerosChoice(rows, changed) {
  const short = rows.filter((row) => row.shortened);
  if (!short.length) return "";
  const [{ number, dni }] = short;
  const box = element("input", { type: "checkbox", id: "zeros", "aria-describedby": "zeros-hint" });
  box.addEventListener("change", () => changed(box.checked));
  return element("fieldset", { class: "question" },
    element("legend", {}, short.length === 1 ? "A un DNI le faltan ceros" : `A ${sayNumber(short.length)} DNI les faltan ceros`),
    element("p", { class: "hint", id: "zeros-hint" }, `Excel quitó los ceros de la izquierda. Por ejemplo, en la fila ${number}: ${dni} → ${dni.padStart(8, "0")}.`),
    element("div", { class: "choice boxed" }, box, element("label", { for: "zeros" }, "Completar los ceros")));
}
