// What a file that is not the one issued says otherwise, under the amber banner: each cell, name and number by its own name.

import { element } from "./elements.js";
import { differencesOf } from "./file-differences.js";
import { NoReader, textOf, withAccents } from "./pdf-text.js";

const COMPARE = "Compáralo tú con los datos de esta página.";
const NOTHING_READ = ["No se puede leer este archivo", `No trae texto que podamos leer: puede ser una copia escaneada, una foto o un archivo dañado. ${COMPARE}`];
const NO_READER = ["No podemos comparar el texto de este archivo", `Falta la parte que lee archivos PDF. ${COMPARE}`];
const FAILED = ["Algo falló de nuestro lado", `No pudimos comparar el texto de este archivo. ${COMPARE}`];
const ANOTHER_TEXT = ["El texto de este archivo no es el de una constancia", `No encontramos en él la tabla de notas. ${COMPARE}`];
const SAME_TEXT = ["El texto de este archivo es el mismo", `Dice lo que dice la constancia emitida, pero cambió algo que no es texto: cómo se guardó, o quizá una imagen puesta encima. ${COMPARE}`];

/** Fills `place` with what `file` (of `readFile`) says otherwise than `found`, the answer of the service. */
export async function tellDifferences(place, file, found) {
  place.className = "note";
  place.textContent = "Comparamos su texto con el de la constancia emitida…";
  let said = note(FAILED);
  try {
    said = await saidOf(file, found);
  } finally {
    place.replaceChildren(...said);
  }
}

async function saidOf(file, found) {
  let pages;
  try {
    pages = await textOf(file.bytes);
  } catch (error) {
    return note(error instanceof NoReader ? NO_READER : NOTHING_READ);
  }
  if (!pages.flat().length) return note(NOTHING_READ);
  const address = `${location.origin}/verificar/?codigo=${found.certificate.virtual_code}`;
  const differences = differencesOf(pages, found, address) ?? differencesOf(withAccents(pages), found, address);
  if (!differences) return note(ANOTHER_TEXT);
  if (!differences.length) return note(SAME_TEXT);
  const title = differences.length === 1 ? "Este archivo dice algo distinto" : `Este archivo dice ${differences.length} cosas distintas`;
  return [element("h2", {}, title), element("ul", { class: "years" }, differences.map(line))];
}

const note = ([title, text]) => [element("h2", {}, title), element("p", {}, text)];

function line({ place, file, issued }) {
  return element("li", {}, element("strong", {}, `${place}:`),
    ...(file ? [" el archivo dice ", element("b", {}, file)] : [" el archivo no lo dice"]),
    ...(issued ? [", la constancia emitida dice ", element("b", {}, issued)] : [", la constancia emitida no lo dice"]), ".");
}
