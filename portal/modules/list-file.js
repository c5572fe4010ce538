// The list that an institution brings: a CSV as spreadsheets save it becomes rows to ask about, on this device.

const LARGEST = 10 * 1024 * 1024; // bytes; a hundred thousand rows take half of it
const MISREAD = { O: "0", I: "1", L: "1" }; // as `constancia/virtual_code.py` reads codes

/** What a column may be called, as `plain` writes it. */
export const HEADINGS = {
  virtual_code: ["codigo", "codigo virtual", "virtual code"],
  document_number: ["dni", "documento", "numero de dni", "numero de documento", "document number"],
  reference: ["referencia", "postulante", "reference"],
};
const NEEDED = { virtual_code: "«código»", document_number: "«DNI»" };

/**
 * Reads a chosen file: `{rows}`, or `{mistake}`, why it is no list, in words. A row is `{number, code, dni, reference,
 * complaint, shortened}`: its number as spreadsheets count, why it cannot be asked, and whether its DNI lacks zeros.
 */
export async function readList(file) {
  if (file.size > LARGEST) return { mistake: "El archivo es demasiado grande. Divídelo en partes de hasta 10 MB." };
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return { mistake: "No pudimos leer el archivo. Elígelo otra vez, o guárdalo antes en tu equipo." };
  }
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return { mistake: "Es un libro de Excel. Ábrelo y guárdalo como «CSV»." };
  return rowsIn(decode(bytes));
}

/** The text of a file in UTF-8, in the UTF-16 of Excel's "Unicode text", or as Excel writes Spanish. */
function decode(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function rowsIn(text) {
  const lines = cellsIn(text, delimiterOf(text));
  const columns = {};
  (lines.next().value ?? []).forEach((heading, place) => {
    for (const [name, known] of Object.entries(HEADINGS)) if (known.includes(plain(heading))) columns[name] ??= place;
  });
  const missing = Object.keys(NEEDED).filter((name) => !(name in columns)).map((name) => NEEDED[name]);
  if (missing.length) return { mistake: `La primera fila tiene que nombrar las columnas «código» y «DNI». Falta ${missing.join(" y ")}.` };
  const rows = [];
  let number = 1;
  for (const cells of lines) {
    number++;
    if (cells.some((cell) => cell.trim())) rows.push(rowOf(number, cells, columns));
  }
  return rows.length ? { rows } : { mistake: "El archivo no tiene ninguna fila debajo de los nombres de las columnas." };
}

function rowOf(number, cells, columns) {
  const at = (name) => cells[columns[name]]?.trim() ?? "";
  const [written, dni] = [at("virtual_code"), at("document_number").replace(/\s/g, "")];
  const code = readCode(written);
  const shortened = /^[0-9]{1,7}$/.test(dni);
  const complaints = [code ? "" : complaintAboutCode(written), shortened || /^[0-9]{8}$/.test(dni) ? "" : complaintAboutDni(dni)];
  return { number, code: code ?? written, dni, reference: at("reference"), shortened, complaint: complaints.filter(Boolean).join(". ") };
}

function complaintAboutCode(written) {
  if (!written) return "Falta el código";
  return /^[0-9][0-9.,]*E\+?[0-9]+$/i.test(written) ? "Excel cambió el código por un número" : "El código no tiene 8 letras y números";
}

const complaintAboutDni = (dni) => (dni ? "El DNI no tiene 8 dígitos" : "Falta el DNI");

/** The virtual code that is written, or undefined. */
export function readCode(written) {
  const code = written.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (letter) => MISREAD[letter]);
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(code) ? code : undefined;
}

/** The rows as they are asked: zeros that a spreadsheet took away are put back only where the person agreed to it. */
export const settleZeros = (rows, agreed) => rows.map((row) => {
  if (!row.shortened) return row;
  if (agreed) return { ...row, dni: row.dni.padStart(8, "0") };
  return { ...row, complaint: [row.complaint, "Al DNI le faltan ceros"].filter(Boolean).join(". ") };
});

/** A heading in small letters, without accents and with single spaces. */
const plain = (heading) => heading.replaceAll("_", " ").trim().replace(/\s+/g, " ").toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

function delimiterOf(text) {
  const [first] = text.split(/[\r\n]/, 1);
  const count = (delimiter) => first.split(delimiter).length;
  return [";", ",", "\t"].reduce((best, other) => (count(other) > count(best) ? other : best));
}

/** The cells of each row; between quotes, delimiters and line ends are part of a cell. */
function* cellsIn(text, delimiter) {
  let cells = [];
  for (let at = 0; at < text.length; at++) {
    let cell = "";
    if (text[at] === '"') [cell, at] = quotedFrom(text, at + 1);
    const start = at;
    while (at < text.length && text[at] !== delimiter && text[at] !== "\r" && text[at] !== "\n") at++;
    cells.push(cell + text.slice(start, at));
    if (text[at] === delimiter) continue;
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    yield cells;
    cells = [];
  }
  if (cells.length) yield cells;
}

/** What stands between quotes, where two of them are one, and the place after it. */
function quotedFrom(text, start) {
  let cell = "";
  for (let at = start; ;) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}
