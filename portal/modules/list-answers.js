// What an institution was answered: how many of each state, the first rows of each to show, and all of it for a CSV. The
// lines of the CSV are kept as bytes, so that a long list takes a few megabytes, and nothing of it is stored.

import { LEVELS, gradeOf, sayDay } from "./wording.js";

const SHOWN = 100; // rows of a state that are kept to be shown
const UNASKED = "unasked";
const encoder = new TextEncoder();

/** By state, the name of one and of many. */
export const STATES = {
  valid: ["Válida", "Válidas"],
  superseded: ["Reemplazada", "Reemplazadas"],
  annulled: ["Anulada", "Anuladas"],
  not_found: ["No encontrada", "No encontradas"],
  unverifiable: ["No se pudo comprobar", "No se pudieron comprobar"],
  too_many_attempts: ["Demasiados intentos", "Con demasiados intentos"],
  invalid: ["Mal escrita", "Mal escritas"],
  [UNASKED]: ["No verificada", "No verificadas"],
};

const EXPLAINED = {
  valid: ({ newer_copy_on: copy }) => (copy ? `El ${sayDay(copy)} se emitió otra igual; las dos son válidas.` : ""),
  superseded: ({ superseded_on: on, successor_status: successor }) =>
    `El ${sayDay(on)} se emitió otra que dice algo distinto${successor === "annulled" ? ", y esa está anulada." : "."}`,
  annulled: ({ annulled_on: on, annulment_reason: why }) => `Desde el ${sayDay(on)}. Motivo: ${why}`,
  not_found: () => "No hay ninguna constancia con ese código y ese DNI.",
  unverifiable: () => "No sabemos si es auténtica o no. Verifícala otra vez más tarde.",
  too_many_attempts: () => "Hubo demasiados DNI equivocados con ese código. Verifícala otra vez mañana.",
  invalid: ({ errors }) => errors.map(({ detail }) => detail).join(" "),
  [UNASKED]: () => "",
};

const yesOrNo = (fact) => (fact ? "sí" : "no");

/** What an answer means, in sentences. */
function explain(row, answer) {
  const { predicates, records_changed_on: changed } = answer;
  return [
    row.complaint && `${row.complaint}.`,
    EXPLAINED[answer.status](answer),
    changed && `Los registros cambiaron el ${sayDay(changed)}.`,
    predicates && `Concluyó el nivel: ${yesOrNo(predicates.level_concluded)}. Aprobó los dos últimos grados: ${yesOrNo(predicates.last_two_grades_approved)}.`,
  ].filter(Boolean).join(" ");
}

/** The columns of the CSV: a heading, and its value of a row and its answer. */
const COLUMNS = [
  ["fila", (row) => row.number],
  ["referencia", (row) => row.reference],
  ["código virtual", (row) => row.code],
  ["estado", (row, { status }) => STATES[status][0]],
  ["explicación", explain],
  ["reemplazada el", (row, answer) => answer.superseded_on],
  ["otra igual el", (row, answer) => answer.newer_copy_on],
  ["anulada el", (row, answer) => answer.annulled_on],
  ["registros cambiados el", (row, answer) => answer.records_changed_on],
];

const MORE_COLUMNS = {
  status: [],
  predicates: [
    ["concluyó el nivel", fact("level_concluded", yesOrNo)],
    ["aprobó los dos últimos grados", fact("last_two_grades_approved", yesOrNo)],
    ["años", fact("years", String)],
    ["reglas", fact("rules", String)],
  ],
  transcript: [
    ["estudiante", said(({ student }) => student.full_name)],
    ["nivel", said(({ level }) => LEVELS[level])],
    ["grados", said(({ columns, level }) => columns.map((column) => sayColumn(column, level)).join(" | "))],
    ["notas", said(({ columns, groups }) => groups.flatMap(({ rows }) => rows).map((row) => sayMarks(row, columns)).join(" | "))],
    ["observaciones", said(({ observations }) => observations.join(" | "))],
  ],
};

function fact(name, say) {
  return (row, { predicates }) => (predicates ? say(predicates[name]) : "");
}

function said(say) {
  return (row, { transcript }) => (transcript ? say(transcript) : "");
}

const sayColumn = ({ year, grade, school_name: school, final_status: status }, level) => `${year}: ${gradeOf(level, grade)}, ${school}, ${status}`;

const sayMarks = ({ name, marks }, columns) => `${name}: ${columns.map(({ year }, place) => `${year} ${marks[place] ?? "-"}`).join(", ")}`;

/** Cells as a line that spreadsheets of our region read; none of them is taken for a formula. */
export function lineOf(cells) {
  const written = cells.map((value) => {
    const text = String(value ?? "").replace(/[\r\n]+/g, " ");
    const harmless = /^[=+\-@\t]/.test(text) ? `'${text}` : text;
    return /[";,\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
  });
  return `${written.join(";")}\r\n`;
}

/** A file of lines, with the mark by which Excel knows UTF-8. */
export const tableOf = (lines) => new Blob(["\ufeff", ...lines], { type: "text/csv" });

/** Keeps the answers to a list that was asked for so much: `status`, `predicates` or `transcript`. */
export function keepAnswers(answer) {
  const columns = [...COLUMNS, ...MORE_COLUMNS[answer]];
  const lines = [lineOf(columns.map(([heading]) => heading))];
  const counts = new Map();
  const shown = new Map();

  function show(kind, row) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (!shown.has(kind)) shown.set(kind, []);
    if (shown.get(kind).length < SHOWN) shown.get(kind).push(row);
  }

  return {
    /** Takes the answers to those of `rows` that were asked about, in their order. */
    add(rows, answers) {
      const coming = answers.values();
      const text = rows.map((row) => {
        const given = row.complaint ? { status: UNASKED } : coming.next().value;
        const { number, reference, code } = row;
        const told = { number, reference, code, state: STATES[given.status][0], words: explain(row, given) };
        show("", told);
        show(given.status, told);
        return lineOf(columns.map(([, valueOf]) => valueOf(row, given)));
      });
      lines.push(encoder.encode(text.join("")));
    },
    /** How many answers of a state there are, or of all with "". */
    count: (state) => counts.get(state) ?? 0,
    /** The first rows of a state, or of all with "". */
    first: (state) => shown.get(state) ?? [],
    file: () => tableOf(lines),
  };
}
