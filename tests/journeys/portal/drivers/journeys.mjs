// Both journeys, in any browser: from the first question to the PDF, and its verification by typed words and by a file.
//
// A driver has goto(url), waitFor(function, ...arguments) (its first true result; elements are handles), click(handle),
// type(handle, text), upload(handle, path), run(function, ...arguments) and noise, what went wrong unseen.

/** In the page: the visible control whose name contains some words. */
function control(selector, name) {
  return [...document.querySelectorAll(selector)].find((node) => {
    const words = [node.ariaLabel, ...[...(node.labels ?? [])].map((label) => label.textContent), node.textContent].join(" ");
    const box = node.getBoundingClientRect();
    return words.includes(name) && box.width > 0 && box.height > 0;
  }) ?? null;
}

/** In the page: whether the words stand there. */
const stands = (words) => document.body.innerText.includes(words);

/** What was seen, as JSON; `failed` says what was waited for in vain. */
export async function walk(driver, url, pdf) {
  const named = (selector, name) => driver.waitFor(control, selector, name);
  const press = async (name) => driver.click(await named("button, a", name));
  // A drawn radio button lies under its label, where a driver that aims at its middle does not reach it.
  const choose = async (name) => driver.run((node) => node.click(), await named("input[type=radio], input[type=checkbox]", name));
  const write = async (name, text) => driver.type(await named("input:not([type=radio], [type=checkbox]), textarea", name), text);
  const sees = (words) => driver.waitFor(stands, words);

  async function describe([number, dad, mum], { dni, born, father, mother }) {
    await write(`Número de ${number}`, dni);
    await write("Día", born[0]);
    await write("Mes", born[1]);
    await write("Año", born[2]);
    await (father ? write(dad, father) : choose("papá"));
    await (mother ? write(mum, mother) : choose("mamá"));
    await press("Continuar");
  }

  /** The banner, once the line about the public log has its number. */
  async function verdict() {
    await driver.waitFor(() => /Consta en el registro público \(n\.º/.test(document.body.innerText));
    return driver.run(() => document.querySelector(".banner").innerText);
  }

  const seen = {};
  try {
    await driver.goto(`${url}/solicitar/`);
    await choose("Soy mamá, papá o apoderado");
    await press("Continuar");
    await sees("Tus datos");
    await describe(["tu DNI", "tu papá", "tu mamá"],
      { dni: "40000001", born: ["17", "5", "1980"], father: "Pedro", mother: "Ana María" });
    await sees("Datos del estudiante");
    await describe(["DNI del est", "papá del est", "mamá del est"],
      { dni: "71705600", born: ["28", "2", "2010"], father: "Juan Carlos", mother: null });
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
    seen.code = await driver.waitFor(() => document.querySelector("#code").textContent.trim());
    // It was fetched ahead, so that a lost signal loses nothing.
    seen.download = await driver.waitFor(() =>
      [...document.querySelectorAll("a[download]")].find((link) => link.href.startsWith("blob:"))?.download);
    await driver.goto(`${url}/verificar/?codigo=${seen.code}`);
    await write("Número de DNI", "71705600");
    await choose("No soy un robot");
    await press("Verificar");
    seen.typed = await verdict();
    await driver.goto(`${url}/verificar/`);
    await driver.upload(await driver.waitFor(() => document.querySelector("#pdf")), pdf);
    await choose("No soy un robot").catch(() => {}); // where the proof was made ahead there is nothing to tick
    seen.given = await verdict();
  } catch (error) {
    seen.failed = String(error);
    seen.page = await driver.run(() => document.body.innerText).catch(() => "");
  }
  return { ...seen, noise: driver.noise };
}
