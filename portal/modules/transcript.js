// The transcript as a person reads it: whose it is, the table of marks, the years and schools, the observations.

import { element, factList } from "./elements.js";
import { GROUPS, LEVELS, gradeOf } from "./wording.js";

const FIT = 6; // years beside each other on the smallest screen
const NO_MARK = "-"; // as printed; a missing mark is never a 0

/** The nodes that show `transcript`; `facts` are further rows for the list at the top. */
export function transcriptView(transcript, facts = []) {
  const { student, level, columns, groups, observations } = transcript;
  const marks = groups.flatMap((group) => group.rows.flatMap((row) => row.marks));
  return [
    factList([["Estudiante", student.full_name], ["DNI", student.document_number], ["Nivel", LEVELS[level]], ...facts]),
    ...(groups.length ? [element("h2", { id: "marks" }, "Notas"),
      // Many years scroll sideways, by finger or with the keyboard.
      element("div", { class: "table" }, element("div", { class: columns.length > FIT ? "scroll many" : "scroll", role: "region", "aria-labelledby": "marks", tabindex: "0" },
        marksTable(columns, groups, level)))] : []),
    ...(marks.includes(null) ? [element("p", { class: "quiet" }, `«${NO_MARK}»: ese año no tiene una nota registrada.`)] : []),
    ...(marks.includes("EXO") ? [element("p", { class: "quiet" }, "«EXO»: exoneración del área de educación religiosa, a solicitud del padre o madre de familia, tutor legal o apoderado.")] : []),
    element("h2", {}, "Años y colegios"),
    element("ul", { class: "years" }, columns.map((column) => yearView(column, level))),
    ...(observations.length ? [element("h2", {}, "Observaciones"), element("ul", {}, observations.map((text) => element("li", {}, text)))] : []),
    ...(transcript.earlier_years ? [element("p", { class: "note" }, "También hay años anteriores a 2013. No van en esta constancia: para ellos se pide el certificado de estudios en el colegio o en la UGEL.")] : []),
  ];
}

function yearView({ year, grade, school_name, school_code, school_annex, final_status }, level) {
  return element("li", {},
    element("strong", {}, `${year} · ${gradeOf(level, grade)}`),
    element("span", {}, school_name),
    element("span", {}, `Situación final: ${final_status}`),
    element("span", { class: "quiet" }, `Código modular ${school_code}-${school_annex}`));
}

/** Roles are spelled out: where rows are laid out as grids, some browsers forget the table. */
function marksTable(columns, groups, level) {
  const head = element("tr", { role: "row" },
    element("th", { role: "columnheader", scope: "col" }, "Área, competencia o taller"),
    columns.map(({ year, grade }) =>
      element("th", { role: "columnheader", scope: "col" }, `${year}`, element("small", {}, level === "initial" ? gradeOf(level, grade) : `${grade}.°`))));
  const table = element("table", { class: "marks", role: "table", "aria-labelledby": "marks" },
    element("thead", { role: "rowgroup" }, head),
    groups.map(({ group, rows }) => element("tbody", { role: "rowgroup" },
      element("tr", { role: "row", class: "group" },
        element("th", { role: "rowheader", scope: "rowgroup", colspan: columns.length + 1 }, GROUPS[group])),
      rows.map(({ name, marks }) => element("tr", { role: "row" },
        element("th", { role: "rowheader", scope: "row" }, name),
        marks.map((mark) => element("td", { role: "cell" }, mark ?? NO_MARK)))))));
  table.style.setProperty("--years", columns.length);
  return table;
}
