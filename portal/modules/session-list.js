// What was verified since the page was opened: as a list, as printed sheets, as a table for a spreadsheet. No storage holds it.

import { element, factList } from "./elements.js";
import { sayDay } from "./wording.js";

const COLUMNS = ["Fecha", "Hora", "Resultado", "De quién", "Código virtual", "Dirección"];
const clock = new Intl.DateTimeFormat("es-PE", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "America/Lima" });

const momentOf = ({ at }) => `Verificada el ${sayDay(new Date(at).toISOString())} a las ${clock.format(at)}`;
const addressOf = ({ code }) => `${location.origin}${location.pathname}?codigo=${encodeURIComponent(code)}`;

/** Fills `list`, a `details`, with the entries of `verified`, and empties both when somebody asks for it. */
export function showList(list, verified) {
  const entries = [...verified.values()].map(({ code, ...said }) => ({ ...said, code: code.toUpperCase().replace(/[\s-]/g, "") }));
  const button = (label, click) => element("button", { type: "button", class: "button second", click }, label);
  const forget = () => {
    verified.clear();
    list.open = false;
    list.hidden = true;
  };
  list.querySelector("div").replaceChildren(
    element("ol", { class: "years" }, entries.map((entry) => element("li", {},
      element("strong", {}, entry.title),
      entry.whose && element("span", {}, entry.whose),
      element("span", {}, `Código virtual ${entry.code}`),
      element("span", { class: "quiet" }, momentOf(entry)),
      button("Imprimir esta hoja", () => printSheets([entry]))))),
    element("div", { class: "actions" },
      button("Imprimir todas", () => printSheets(entries)),
      button("Descargar la tabla (CSV)", () => download(entries)),
      button("Borrar la lista", forget)));
}

/** A sheet of paper for each, with nothing else of the page. */
async function printSheets(entries) {
  const sheets = element("div", { id: "sheets" }, entries.map((entry, n) => element("section", {},
    element("p", {}, "Ministerio de Educación del Perú · Verificación de una constancia de logros de aprendizaje"),
    element("h1", {}, entry.title),
    factList([["De quién", entry.whose || null], ["Código virtual", entry.code], ["Dirección", addressOf(entry)]]),
    element("p", {}, element("strong", {}, `${momentOf(entry)}.`)),
    element("p", {}, "Esta hoja dice lo que se supo en ese momento. El estado de ahora se ve en la dirección."),
    element("p", {}, `Página ${n + 1} de ${entries.length}`))));
  document.body.append(sheets);
  document.body.classList.add("sheets");
  await undefined; // until the words of another language stand in it
  addEventListener("afterprint", () => {
    sheets.remove();
    document.body.classList.remove("sheets");
  }, { once: true });
  print();
}

async function download(entries) {
  const say = document.documentElement.lang === "en" ? (await import("./language.js")).inEnglish : (words) => words;
  const rows = entries.map((entry) => {
    const moment = new Date(entry.at);
    return [moment.toLocaleDateString("sv-SE", { timeZone: "America/Lima" }), clock.format(moment), say(entry.title), entry.whose, entry.code, addressOf(entry)];
  });
  const text = [COLUMNS.map(say), ...rows].map((row) => row.map(cell).join(",")).join("\r\n");
  const link = element("a", { href: URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv" })), download: "verificaciones.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A cell, which a spreadsheet takes for no formula. */
const cell = (value) => `"${(/^[=+@-]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;
