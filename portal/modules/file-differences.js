// What the text of a file says that the certificate does not: every cell, name and number by its own name.

import { joined, nearest, splitPage } from "./file-table.js";
import * as paper from "./paper-words.js";
import { align, clean, phrase, same, split, withoutAddedLines } from "./word-order.js";

const PAGE = 100_000; // points: further down than any page reaches
const MOST_WORDS = 6_000; // a certificate of four pages has 1,500
const LONG = 9; // words of a text of which only what differs is told
const AROUND = 2; // words that are told before and after it

/**
 * The differences, each `{place, file, issued}` in the words of the paper, "" where it says nothing; in the order of the
 * paper. Undefined where the text is not that of a certificate. `pages` are those of `textOf`, `found` is the answer of
 * the service, `address` the one that the certificate says it is verified at.
 */
export function differencesOf(pages, found, address) {
  if (pages.flat().length > MOST_WORDS) return undefined;
  const stated = /Página 1 de (\d+)/.exec(phrase(pages[0] ?? []));
  const count = Number(stated?.[1]) || pages.length;
  const read = pages.slice(0, count).map((page, number) => splitPage(page.map((word) => ({ ...word, text: clean(word.text), down: number * PAGE - word.y }))));
  const tables = joined(read.flatMap(({ parts }) => parts));
  if (!tables.length) return undefined;
  const heads = read.map(({ around }, number) => (number ? headEnd(around) : 0));
  const above = paper.textAbove(found);
  const around = byField([...above, ...paper.textBelow(found)], read.flatMap((page, number) => withoutTitles(page.around.slice(heads[number]))));
  return distinct([
    ...(pages.length === count ? [] : [{ place: "Páginas", file: `${pages.length}`, issued: `${count}` }]),
    ...around.slice(0, above.length).flat(),
    ...tableDifferences(tables, found.transcript),
    ...around.slice(above.length).flat(),
    ...read.flatMap((page, number) => [
      ...(number ? byField(paper.headAgain(found), page.around.slice(0, heads[number])).flat() : []),
      ...footDifferences(page.foot, found, address, number + 1, count),
    ].map((difference) => ({ ...difference, page: number + 1 }))),
  ]);
}

/** What several pages say alike is told once; what a further page alone says is told with its number. */
function distinct(differences) {
  const seen = new Set();
  return differences.filter(({ place, file, issued }) => {
    const text = JSON.stringify([place, file, issued]);
    return !seen.has(text) && seen.add(text);
  }).map(({ place, file, issued, page = 1 }) => ({ place: page > 1 ? `${place}, página ${page}` : place, file, issued }));
}

/** Where the head of a further page ends: behind the line with the DNI. */
function headEnd(words) {
  const start = words.findIndex(({ text }) => text === "DNI");
  if (start < 0) return 0;
  const end = words.findIndex(({ down }, place) => place > start && down > words[start].down + 2);
  return end < 0 ? words.length : end;
}

/** Without the titles that stand once more above what goes on from the page before. */
function withoutTitles(words) {
  const title = paper.CONTINUED.find((text) => phrase(words).startsWith(`${text} `));
  return title ? words.slice(title.split(" ").length) : words;
}

/** For each of the `fields`, `[place, text]`, the differences from the words in its stead; then those of added lines. */
function byField(fields, words) {
  const expected = fields.flatMap(([, text], field) => split(text).map((word) => ({ word, field })));
  const { belonging, lines } = withoutAddedLines(align(expected.map(({ word }) => word), words));
  const instead = fields.map(() => []);
  for (const { word, place } of belonging) instead[expected[place].field].push(word);
  return [
    ...fields.map(([place, text], field) => differing(place, phrase(instead[field]), split(text).join(" "))),
    lines.map((line) => ({ place: "Texto añadido", file: phrase(line), issued: "" })),
  ];
}

const differing = (place, file, issued) => (same(file, issued) ? [] : [{ place, ...narrowed(file, issued) }]);

/** Of long texts only what differs, with a few words around it. */
function narrowed(file, issued) {
  const [one, other] = [file.split(" "), issued.split(" ")];
  if (!file || Math.max(one.length, other.length) < LONG) return { file, issued };
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const cut = (words) => [
    ...(start > AROUND ? ["…"] : []), ...words.slice(Math.max(0, start - AROUND), words.length - Math.max(0, end - AROUND)), ...(end > AROUND ? ["…"] : []),
  ].join(" ");
  return { file: cut(one), issued: cut(other) };
}

/** The number stands beneath the QR, beside the text: it is read after it. */
function footDifferences(words, found, address, page, pages) {
  const [title] = words;
  if (!title) return byField(paper.foot(found, address, false, page, pages), []).flat();
  const lowest = Math.max(...words.map(({ down }) => down));
  const beneath = (word) => word.right < title.left && word.down < lowest - 3;
  const ordered = [...words.filter((word) => !beneath(word)), ...words.filter(beneath)];
  const byDigest = words.some(({ text }) => text === paper.DIGEST);
  return byField(paper.foot(found, address, byDigest, page, pages), ordered).flat();
}

// --- tables

const HEADING_LINES = 3;
const [ROWS, COLUMNS] = ["Filas de la tabla", "Columnas de la tabla"];

function tableDifferences(tables, transcript) {
  const { columns, level } = transcript;
  const read = tables.flatMap((table) => columnsOf(table, transcript));
  const places = placesOf(read, columns);
  const missing = columns.filter((_, place) => !places.includes(place)).map((column) => ({ place: COLUMNS, file: "", issued: columnName(column, level) }));
  const added = read.filter((_, number) => places[number] === undefined).map(({ year }) => ({ place: COLUMNS, file: year, issued: "" }));
  const cells = read.flatMap((column, number) => (places[number] === undefined ? [] : column.cells.map((cell) => ({ ...cell, place: places[number] }))));
  cells.sort((one, other) => one.line - other.line); // as a table is read: stable, so years stay in their order
  return [
    ...missing, ...added, ...tables.flatMap((table) => labelDifferences(table, transcript)),
    ...cells.flatMap(({ row, words, place }) => cellDifference(row, words, columns[place], place, level)),
  ];
}

/** For each column of the file the place of the one that it stands for, undefined for one that was added. */
function placesOf(read, columns) {
  const years = columns.map(({ year }) => `${year}`);
  if (read.length === years.length) return years.map((_, place) => place);
  const places = align(years, read.map(({ year }) => ({ text: year, down: 0 })));
  const taken = new Set();
  return places.map(({ place, exact }) => {
    if (!exact || taken.has(place)) return undefined;
    taken.add(place);
    return place;
  });
}

function headingRows(level) {
  return [{ text: paper.YEAR, year: true }, { text: paper.gradeLabel(level), grade: true }, { text: paper.SCHOOL_CODE, school: true }];
}

function labelDifferences(table, transcript) {
  const headings = table.flatMap(({ heading }) => headingRows(transcript.level).flatMap(({ text }, line) =>
    differing("Encabezado de la tabla", phrase(heading[line]?.label ?? []), text)));
  return [...headings, ...placedRows(table, transcript).flatMap(({ text, words, added }) => {
    if (added) return [{ place: ROWS, file: phrase(words), issued: "" }];
    return words.length ? differing(sentenceCase(text), phrase(words), text) : [{ place: ROWS, file: "", issued: text }];
  })];
}

/** The rows of a table with the words of their labels and how far down they stand; rows that were added come last. */
function placedRows(table, transcript) {
  const rows = paper.rowsOf(transcript).map((row) => ({ ...row, words: [], exact: [] }));
  const expected = rows.flatMap((row) => split(row.text).map((word) => ({ word, row })));
  const { belonging, lines } = withoutAddedLines(align(expected.map(({ word }) => word), table.flatMap(({ labels }) => labels)));
  for (const { word, place, exact } of belonging) {
    expected[place].row.words.push(word);
    if (exact) expected[place].row.exact.push(word);
  }
  const added = lines.map((words) => ({ added: true, words, exact: [] }));
  return [...rows, ...added].map((row) => ({ ...row, down: centre(row.exact.length ? row.exact : row.words) }));
}

function centre(words) {
  const downs = words.map(({ down }) => down);
  return words.length ? (Math.min(...downs) + Math.max(...downs)) / 2 : Infinity;
}

/** The columns of a table: `{year, cells}`; `cells` are `{line, row, words}`, the heading of each of its parts first. */
function columnsOf(table, transcript) {
  const rows = placedRows(table, transcript);
  const downs = rows.map(({ down }) => down);
  return table[0].centres.map((_, column) => {
    const heading = table.flatMap((part) => headingRows(transcript.level).map((row, line) => ({ line, row, words: part.heading[line]?.cells[column] ?? [] })));
    const cells = rows.map((row, line) => ({ line: HEADING_LINES + line, row, words: [] }));
    for (const part of table) for (const word of part.cells[column]) cells[nearest(downs, word.down)].words.push(word);
    return { year: phrase(heading[0].words), cells: [...heading, ...cells.filter(({ row }) => row.down < Infinity && !row.added)] };
  });
}

function cellDifference(row, words, column, place, level) {
  const issued = issuedIn(row, column, place, level);
  return differing(`${sentenceCase(row.text)}, ${columnName(column, level)}`, inOnePlace(words), issued);
}

/** The words of a cell, which says so where one was painted over another. */
function inOnePlace(words) {
  const [first, second] = words;
  const over = second && first.left < second.right && second.left < first.right && Math.abs(first.down - second.down) < first.height / 2;
  return over ? `${words.map(({ text }) => text).join(" y ")}, uno sobre otro` : phrase(words);
}

function issuedIn(row, column, place, level) {
  if (row.year) return `${column.year}`;
  if (row.grade) return paper.printedGrade(level, column.grade);
  if (row.school) return paper.schoolCode(column);
  if (row.status) return column.final_status;
  return row.row ? paper.printedMark(row.row.marks[place]) : "";
}

/** "3.er grado 2023", or of `initial` "4 años, 2023". */
function columnName({ grade, year }, level) {
  if (level === "initial") return `${grade} años, ${year}`;
  return grade === 1 || grade === 3 ? `${grade}.er grado ${year}` : `${grade}.° grado ${year}`;
}

/** "MATEMÁTICA" as it is written in a sentence. */
const sentenceCase = (name) => (name === name.toUpperCase() ? name[0] + name.slice(1).toLowerCase().replace(/\btic\b/, "TIC") : name);
