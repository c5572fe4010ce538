// Both journeys in Firefox: from the first question to the PDF, and its verification, which proves it by the public log.
// node firefox.mjs URL FIREFOX PDF, a certificate's file: prints what was seen as JSON; ends with 1 where something was not seen.

import { launch } from "puppeteer-core";

const [url, executablePath, pdf] = process.argv.slice(2);
const PATIENCE = 30_000; // milliseconds
const noise = [];

const browser = await launch({ browser: "firefox", executablePath, headless: true, args: ["--width=390", "--height=800"] });
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) noise.push(`${message.type()}: ${message.text()}`);
});

/** The visible control or link whose name contains `name`. */
async function named(selector, name) {
  const found = await page.waitForFunction((sel, text) => [...document.querySelectorAll(sel)].find((node) => {
    const words = [node.ariaLabel, ...[...(node.labels ?? [])].map((label) => label.textContent), node.textContent].join(" ");
    return words.includes(text) && node.checkVisibility();
  }) ?? false, {}, selector, name);
  return found.asElement();
}

const press = async (name) => (await named("button, a", name)).click();
const choose = async (name) => (await named("input[type=radio], input[type=checkbox]", name)).evaluate((node) => node.click());
const write = async (name, text) => (await named("input:not([type=radio], [type=checkbox]), textarea", name)).type(text);
const sees = (text) => page.waitForFunction((words) => document.body.innerText.includes(words), {}, text);

async function describe(whose, { dni, born, father, mother }) {
  const [number, dad, mum] = whose === "tu" ? ["tu DNI", "tu papá", "tu mamá"] : ["DNI del est", "papá del est", "mamá del est"];
  await write(`Número de ${number}`, dni);
  for (const [part, value] of [["Día", born[0]], ["Mes", born[1]], ["Año", born[2]]]) await write(part, value);
  await (father ? write(dad, father) : choose("papá"));
  await (mother ? write(mum, mother) : choose("mamá"));
  await press("Continuar");
}

/** The banner's words, once the line about the public log has its number. */
async function verdict() {
  await page.waitForFunction(() => /Consta en el registro público \(n\.º/.test(document.body.innerText));
  return page.$eval(".banner", (node) => node.innerText);
}

const seen = {};
try {
  await page.goto(`${url}/solicitar/`);
  await choose("Soy mamá, papá o apoderado");
  await press("Continuar");
  await sees("Tus datos");
  await describe("tu", { dni: "40000001", born: ["17", "5", "1980"], father: "Pedro", mother: "Ana María" });
  await sees("Datos del estudiante");
  await describe("del estudiante", { dni: "71705600", born: ["28", "2", "2010"], father: "Juan Carlos", mother: null });
  await choose("Educación Básica Regular (EBR)");
  await choose("Primaria");
  await press("Continuar");
  await write("Correo electrónico", "ana@example.com");
  await choose("Para una beca");
  await press("Continuar");
  await sees("Revisa tus respuestas");
  await choose("Declaro que estos datos");
  await choose("No soy un robot");
  await press("Continuar y ver las notas");
  await press("Aceptar y emitir");
  await sees("Tu constancia está lista");
  seen.code = await page.$eval("#code", (node) => node.textContent.trim());
  const link = await named("a", "Descargar constancia");
  await page.waitForFunction((node) => node.href.startsWith("blob:"), {}, link); // fetched ahead
  seen.download = await link.evaluate((node) => node.download);
  await page.goto(`${url}/verificar/?codigo=${seen.code}`);
  await write("Número de DNI", "71705600");
  await choose("No soy un robot");
  await press("Verificar");
  seen.typed = await verdict();
  await page.goto(`${url}/verificar/`);
  await (await page.waitForSelector("#pdf")).uploadFile(pdf);
  await choose("No soy un robot").catch(() => {}); // the page asks by itself where it can
  seen.given = await verdict();
} catch (error) {
  seen.failed = String(error);
  seen.page = await page.evaluate(() => document.body.innerText).catch(() => "");
}
await browser.close();
console.log(JSON.stringify({ ...seen, noise }));
process.exit(seen.failed || noise.length ? 1 : 0);
