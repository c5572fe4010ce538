// The text of a PDF with the place of each word, read by PDF.js (decision 090), which is loaded when it is needed.

const LIBRARY = "/a/pdfjs-dist-6.5.438/"; // infra/portal_libraries.py says whence
const PATIENCE = 20_000; // milliseconds: a page takes a tenth of a second, and a file may be made to take forever
const MOST_PAGES = 30;

/** What reads a PDF is not here: it was not set up, or it did not come. */
export class NoReader extends Error {}

/**
 * The pages of the file with these bytes, each a list of its words `{text, left, right, y, height}`, in points; `y` is that
 * of the baseline, from the bottom of the page. Rejects with `NoReader`, or with another error for what is no readable PDF.
 */
export async function textOf(bytes) {
  const { getDocument, PDFWorker } = await load();
  const port = new Worker(`${LIBRARY}pdf.worker.min.mjs`, { type: "module" });
  const late = new Promise((_, reject) => { setTimeout(reject, PATIENCE, new Error("a file that takes too long")); });
  try {
    const failed = new Promise((_, reject) => { port.addEventListener("error", () => reject(new NoReader())); });
    const worker = new PDFWorker({ port, verbosity: 0 });
    // A copy, as what is handed to the worker is gone here; and nothing of the file is drawn.
    const options = { data: bytes.slice(), worker, verbosity: 0, useWasm: false, disableFontFace: true, isOffscreenCanvasSupported: false };
    return await Promise.race([failed, late, pagesOf(getDocument(options))]);
  } finally {
    port.terminate();
  }
}

/**
 * The same pages where letters with accents were taken for others: Ghostscript, which makes files smaller, leaves out in which
 * encoding they are, and a reader then takes that of old Macintoshes.
 */
export function withAccents(pages) {
  const bytes = Uint8Array.from({ length: 128 }, (_, place) => 128 + place);
  const [taken, meant] = ["macintosh", "windows-1252"].map((encoding) => Array.from(new TextDecoder(encoding).decode(bytes)));
  const letter = (character) => meant[taken.indexOf(character)] ?? character;
  return pages.map((words) => words.map((word) => ({ ...word, text: Array.from(word.text, letter).join("") })));
}

async function load() {
  try {
    return await import(`${LIBRARY}pdf.min.mjs`);
  } catch {
    throw new NoReader();
  }
}

async function pagesOf(task) {
  const file = await task.promise;
  const pages = [];
  for (let number = 1; number <= Math.min(file.numPages, MOST_PAGES); number += 1) {
    const { items } = await (await file.getPage(number)).getTextContent();
    pages.push(items.flatMap(wordsOf));
  }
  return pages;
}

/** The words of a run of text: within it each letter is taken to be as wide as the others. */
function wordsOf({ str, transform: [, , , , x, y], width, height }) {
  const letter = width / (str.length || 1);
  return Array.from(str.matchAll(/\S+/g), ({ 0: text, index }) =>
    ({ text, left: x + index * letter, right: x + (index + text.length) * letter, y, height }));
}
