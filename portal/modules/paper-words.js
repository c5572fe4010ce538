// What the paper of a certificate says, in the order in which it is read: fixed words, and those of the one certificate.
// The service draws them from layers/rendering/python/constancia_pdf/wording.py; a test reads certificates of all shapes.

import { GROUPS } from "./wording.js";

const MONTHS = "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre".split(" ");
const LEVELS = { initial: "INICIAL", primary: "PRIMARIA", secondary: "SECUNDARIA" };
const ORDINALS = ["PRIMERO", "SEGUNDO", "TERCERO", "CUARTO", "QUINTO", "SEXTO"];
const AGES = ["CERO", "UNO", "DOS", "TRES", "CUATRO", "CINCO", "SEIS"];
const KEY = {
  AD: "logro destacado",
  A: "logro esperado",
  B: "en proceso",
  C: "en inicio",
  "-": "sin calificativo",
  EXO: "exoneración del área de educación religiosa a solicitud del padre o madre de familia, tutor legal o apoderado",
};

export const YEAR = "Año lectivo";
export const SCHOOL_CODE = "Código modular de la IE";
export const FINAL_STATUS = "Situación final";
export const VERIFICATION = "Cómo verificar esta constancia";
export const CONTINUES = "continúa en la página siguiente";
export const CONTINUED = ["Instituciones educativas (continúa)", "Observaciones (continúa)"];
export const DIGEST = "resumen"; // a word of the line about signed data, where the marks are signed by their digest

export const gradeLabel = (level) => (level === "initial" ? "Edad" : "Grado");
export const printedGrade = (level, grade) => (level === "initial" ? `${grade} años` : `${grade}.°`);
export const printedMark = (mark) => mark ?? "-";
export const schoolCode = ({ school_code: code, school_annex: annex }) => `${code}-${annex}`;

/** The labels of a table's rows below its heading: `{group}` of a group, `{row}` of a row of marks, then the final status. */
export const rowsOf = ({ groups }) => [
  ...groups.flatMap(({ group, rows }) => [{ group, text: GROUPS[group] }, ...rows.map((row) => ({ row, text: row.name }))]),
  { status: true, text: FINAL_STATUS },
];

// Each of the following is a list of fields `[place, text]`, where `place` is how a difference is named.

const whose = ({ student }) => [["Nombre", student.full_name], ["Rótulo del DNI", "DNI N.°"], ["DNI", student.document_number]];

/** Above what flows, on every page. In the band the words are in the order of their lines. */
const head = ({ certificate, transcript }) => [
  ["Encabezado", "Ministerio CÓDIGO VIRTUAL PERÚ de Educación"],
  ["Código virtual", certificate.virtual_code],
  ["Título", "CONSTANCIA DE LOGROS DE APRENDIZAJE"],
  ["Nivel", `EDUCACIÓN BÁSICA REGULAR — NIVEL ${LEVELS[transcript.level]}`],
];

/** The head of a page after the first. */
export const headAgain = (found) => [...head(found), ...whose(found.transcript)];

/** What stands above the tables, with the head of the first page. */
export const textAbove = (found) => [
  ...head(found),
  ["Quién la emite", "EL MINISTERIO DE EDUCACIÓN DEL PERÚ"],
  ["Texto", "Hace constar que, de acuerdo con la información registrada en el Sistema de Información de Apoyo a la Gestión de la Institución Educativa (SIAGIE), el/la estudiante"],
  ...whose(found.transcript),
  ["Grados y nivel", `registra calificativos correspondientes ${gradesInWords(found.transcript)} de EDUCACIÓN ${LEVELS[found.transcript.level]}, según consta en las actas de evaluación respectivas, cuyo detalle figura a continuación:`],
];

/** What stands below the tables. */
export function textBelow({ transcript: { columns, groups, observations, earlier_years: earlier } }) {
  const marks = new Set(groups.flatMap(({ rows }) => rows.flatMap((row) => row.marks.map(printedMark))));
  const schools = new Map(columns.map((column) => [`${schoolCode(column)} ${column.school_name}`, { code: schoolCode(column), name: column.school_name }]));
  const key = Object.keys(KEY).filter((mark) => marks.has(mark)).map((mark) => `${mark}: ${KEY[mark]}`).join("; ");
  return [
    ["Título de los colegios", "Instituciones educativas"],
    ...Array.from(schools.values()).flatMap(({ code, name }) => [["Código modular del colegio", code], [`Colegio ${code}`, name]]),
    ...(observations.length ? [["Título de las observaciones", "Observaciones"]] : []),
    ...observations.map((text, place) => [`Observación ${place + 1}`, text]),
    ...(key ? [["Qué significan las notas", `${key}.`]] : []),
    ...(earlier ? [["Texto", "Los años anteriores a 2013 no figuran en esta constancia: constan en el certificado de estudios."]] : []),
  ];
}

/** The foot of a page, from its title on; `address` is where the certificate is verified. */
export function foot({ certificate: { issued_at: moment, serial_number: serial, attestation } }, address, byDigest, page, pages) {
  const [year, month, day] = moment.slice(0, 10).split("-").map(Number);
  const signed = byDigest ? "lleva, firmados, los datos de esta hoja y un resumen de las notas." : "lleva los datos de esta hoja, firmados por el Ministerio de Educación.";
  return [
    ["Cómo verificar", `${VERIFICATION} Escanee el código QR de la izquierda o ingrese a la dirección que sigue, y escriba el código virtual y el DNI del/de la estudiante. Si lo que aparece en el sistema es distinto de este documento, no tiene validez.`],
    ["Dirección para verificar", address],
    ...(attestation ? [["Datos firmados", `Datos firmados: se comprueban sin internet El código QR de la derecha ${signed} No requiere firma ni sello: los datos firmados y el sello electrónico del archivo lo reemplazan.`]] : []),
    ["Rótulo de la fecha", "Fecha de emisión:"],
    ["Fecha de emisión", `${day} de ${MONTHS[month - 1]} de ${year}`],
    ["Rótulo de la hora", "Hora de emisión:"],
    ["Hora de emisión", `${moment.slice(11, 16)} horas`],
    ["Dirección del Ministerio", "Calle Del Comercio 193, San Borja, Lima, Perú | Teléfono: (511) 615-5800"],
    ["Número de página", `Página ${page} de ${pages}`],
    ["Rótulo del número", "N.°"],
    ["Número", serial],
  ];
}

function gradesInWords({ level, columns }) {
  const grades = [...new Set(columns.map(({ grade }) => grade))].sort();
  const said = grades.map((grade) => (level === "initial" ? AGES[grade] : ORDINALS[grade - 1]));
  const list = [said.slice(0, -1).join(", "), said.at(-1)].filter(Boolean).join(" y ");
  if (level === "initial") return `a ${list} años`;
  return said.length === 1 ? `al ${list.replace(/^(PRIMER|TERCER)O$/, "$1")} grado` : `a ${list} grados`;
}
