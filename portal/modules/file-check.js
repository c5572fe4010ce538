// "Comprueba el archivo": the SHA-256 of the PDF one was given against the one issued. The file never leaves the device.

import { element } from "./elements.js";

const VERDICTS = {
  same: ["Es idéntico al emitido.", "Nadie ha cambiado este archivo desde que se emitió."],
  different: ["No es el archivo emitido.", "Puede haber sido alterado, o ser una copia. Arriba lo comparamos."],
  unreadable: ["No pudimos leer el archivo.", "Elige otra vez el PDF, o guárdalo antes en tu equipo."],
};

/** A place to choose a file, or one is dropped on `page`: it is compared with `sha256` (hexadecimal); `checked` is told of each that was read. */
export function fileCheck(page, sha256, checked) {
  const verdict = element("div", { class: "verdict", role: "status" });
  const input = element("input", { type: "file", id: "file", accept: "application/pdf,.pdf" });
  const zone = element("div", { class: "drop" },
    element("span", { class: "pick" }, element("label", { for: "file", class: "button second" }, "Elige el PDF que te dieron"), input),
    element("span", { class: "by-mouse" }, " o suéltalo aquí."), verdict);

  async function check(file) {
    if (!file || !zone.isConnected) return; // what is shown by now may have no place for a file
    verdict.replaceChildren(); // what was said of a file before is not said of this one
    let state = "unreadable";
    try {
      const { readFile } = await import("./pdf-data.js"); // most who verify have a paper
      const read = await readFile(file);
      state = read.sha256 === sha256 ? "same" : "different";
      checked(read);
    } catch { /* said below */ }
    const [answer, meaning] = VERDICTS[state];
    verdict.className = `verdict ${state}`;
    verdict.replaceChildren(element("strong", {}, answer), `${meaning} (${file.name})`);
  }

  input.addEventListener("change", () => {
    check(input.files[0]);
    input.value = ""; // as in verify.js
  });
  page.check = check;
  return zone;
}
