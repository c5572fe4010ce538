// The tables of marks in a file: where its columns stand, and the words of its rows. A table may go on on the next page, and
// one with many years is followed by another.

import { CONTINUES, FINAL_STATUS, VERIFICATION, YEAR } from "./paper-words.js";
import { linesOf, phrase } from "./word-order.js";

const HEADING = 3; // lines of a heading: year, grade, school
const SAME_PLACE = 5; // points: words of one cell of the heading, where one was written over another
const WIDEST = 64; // points, of a column that stands alone

const middle = ({ left, right }) => (left + right) / 2;

/**
 * Splits the words of a page: `{parts, around, foot}`; `parts` of tables, each `{centres, heading, labels, cells, ended}`.
 * `heading` are `[{label, cells}]` of its three lines; `cells` are lists of words by column; `ended` says whether the final
 * status was in it.
 */
export function splitPage(words) {
  const lines = linesOf(words);
  const end = lines.findIndex((line) => phrase(line).includes(VERIFICATION));
  const flowing = end < 0 ? lines : lines.slice(0, end);
  const split = { parts: [], around: [], foot: end < 0 ? [] : lines.slice(end).flat() };
  let part;
  for (const line of flowing) {
    const [text, first] = [phrase(line), line[0]];
    if (text.startsWith(`${YEAR} `) && line.length > 2) split.parts.push(part = opened(line));
    else if (part?.ended && first.left < part.edge) part = undefined; // what follows a table begins at the left again
    if (!part || text === CONTINUES) split.around.push(...text === CONTINUES ? [] : line);
    else take(part, line);
  }
  return split;
}

function opened(line) {
  const centres = [];
  for (const word of line.slice(2)) if (!centres.length || middle(word) - centres.at(-1) > SAME_PLACE) centres.push(middle(word));
  const width = Math.min(WIDEST, ...centres.slice(1).map((centre, place) => centre - centres[place]));
  return { centres, edge: centres[0] - width / 2, heading: [], labels: [], cells: centres.map(() => []), ended: false };
}

function take(part, line) {
  const label = line.filter((word) => middle(word) < part.edge);
  const cells = part.centres.map(() => []);
  for (const word of line) if (middle(word) >= part.edge) cells[nearest(part.centres, middle(word))].push(word);
  if (part.heading.length < HEADING) {
    part.heading.push({ label, cells });
    return;
  }
  part.labels.push(...label);
  cells.forEach((words, column) => part.cells[column].push(...words));
  part.ended ||= phrase(label).startsWith(FINAL_STATUS);
}

/** The place of the number that is nearest to `value`. */
export function nearest(numbers, value) {
  const distances = numbers.map((number) => Math.abs(number - value));
  return distances.indexOf(Math.min(...distances));
}

/** The tables, of whose parts each goes on with the one before that had not ended. */
export function joined(parts) {
  const tables = [];
  for (const part of parts) {
    const last = tables.at(-1);
    if (last && !last.at(-1).ended && last[0].centres.length === part.centres.length) last.push(part);
    else tables.push([part]);
  }
  return tables;
}
