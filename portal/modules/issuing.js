// From the review to the certificate: send the request, confirm the marks, issue, download.

import { Problem, get, post } from "./api.js";
import { whileBusy } from "./busy.js";
import { downloadLink } from "./download.js";
import { element, factList } from "./elements.js";
import { humanCheck } from "./human-check.js";
import { answersTo, clearMistakes, showProblem } from "./questions.js";
import { reviewOf } from "./review.js";
import { forgetAll, recall, remember } from "./tab-memory.js";
import { transcriptView } from "./transcript.js";
import { wayOut } from "./ways-out.js";
import { sayMoment } from "./wording.js";

const VISIT = {
  quien: "Cambiar quién la pide",
  "tus-datos": "Revisar tus datos",
  estudiante: "Revisar los datos del estudiante",
  nivel: "Cambiar la modalidad o el nivel",
  revision: "Enviar la solicitud otra vez",
};

/**
 * Brings the last three pages to life. Handed in: `asked()` the forms of the questions, `allRight(form)`, `refuse(errors)`
 * takes the person to refused fields, `keepAnswers()`, `go(step)`. Returns what to call when one of the pages is shown.
 */
export function startIssuing({ asked, allRight, refuse, keepAnswers, go }) {
  const byId = (id) => document.getElementById(id);
  const [review, marks, done] = ["revision", "notas", "constancia"].map(byId);
  const spendProof = humanCheck(review.querySelector("[data-field=captcha]"), "request");
  let shownFor; // the request whose marks are on the page
  let certificate;

  for (const [form, press] of [[review, () => allRight(review) && send()], [marks, issue]]) {
    form.querySelector("button").disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      press();
    });
  }

  const requestPath = (part) => `/api/requests/${encodeURIComponent(recall("request"))}/${part}`;
  const certificateAgain = () => post(requestPath("certificate")); // the same certificate, with a fresh link

  function send() {
    return attempt(review, "Enviando…", send, async () => {
      const answers = answersTo([...asked(), review]);
      const { request_id: id } = await spendProof((captcha) => post("/api/requests", { ...answers, captcha }));
      remember("request", id);
      go(marks.id);
    });
  }

  function showMarks() {
    const request = recall("request");
    if (shownFor === request) return undefined;
    byId("transcript").replaceChildren();
    byId("accept").hidden = true;
    return attempt(marks, "Buscando las notas…", showMarks, async () => {
      byId("transcript").replaceChildren(...transcriptView(await get(requestPath("transcript"))));
      byId("accept").hidden = false;
      shownFor = request;
    });
  }

  function issue() {
    return attempt(marks, "Emitiendo la constancia…", issue, async () => {
      certificate = await post(requestPath("certificate"));
      remember("issued", true);
      go(done.id);
    });
  }

  function showCertificate() {
    return attempt(done, "Buscando la constancia…", showCertificate, async () => {
      certificate ??= await certificateAgain();
      renderCertificate(certificate);
    });
  }

  async function freshLink() {
    let link;
    await attempt(done, "Preparando la descarga…", () => done.querySelector("a.button").click(), async () => {
      ({ pdf_url: link } = await certificateAgain());
    });
    return link;
  }

  function renderCertificate({ virtual_code: code, serial_number: number, issued_at: issued, pdf_url: link, email }) {
    byId("code").textContent = code;
    byId("certificate").replaceChildren(
      element("div", { class: "actions" }, downloadLink(link, freshLink)),
      element("p", {}, `También te enviamos un enlace a ${email}.`),
      factList([["N.°", number], ["Emitida", sayMoment(issued)]]),
      element("h2", {}, "Qué sigue"),
      element("ul", {},
        element("li", {}, "Guarda el PDF y entrégalo, impreso o por internet, donde te lo pidan."),
        element("li", {}, "Quien lo reciba puede comprobarlo con el código QR, o con el código virtual y el DNI del estudiante, en ",
          element("a", { href: `/verificar/?codigo=${encodeURIComponent(code)}` }, "Verificar constancia"), ".")),
      element("div", { class: "actions" },
        element("button", { type: "button", class: "button second", "data-change": true, click: askForAnother }, "Pedir la de otro nivel"),
        element("button", { type: "button", class: "button second", click: finish }, "Terminar y borrar mis datos")),
      element("p", { class: "quiet" }, "Si usas una computadora que no es tuya, borra tus datos antes de irte."));
  }

  function askForAnother() {
    certificate = undefined;
    for (const radio of document.querySelectorAll("[name=level]")) radio.checked = false;
    review.reset();
    remember("issued", false);
    keepAnswers();
    go("nivel");
  }

  function finish() {
    forgetAll();
    location.replace("/");
  }

  /** Runs `task` for `form`; what goes wrong is shown there with its ways on, `again` being one where trying again helps. */
  function attempt(form, says, again, task) {
    return whileBusy(form, says, async () => {
      clearMistakes(form);
      try {
        await task();
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (refuse(problem.errors ?? [])) return;
        if (problem.code === "request_not_found") {
          remember("request", undefined);
          remember("issued", false);
        }
        if (problem.code === "transcript_not_confirmed") shownFor = undefined;
        tellProblem(form, problem, problem.code === "transcript_not_confirmed" ? showMarks : again);
      }
    });
  }

  function tellProblem(form, problem, again) {
    const { title, sentences, levels, change, retry } = wayOut(problem, document.querySelector("[name=level]:checked")?.value);
    const steps = [...asked(), review].map(({ id }) => id);
    showProblem(form, title,
      ...sentences.map((sentence) => element("p", {}, sentence)),
      element("ul", { class: "actions" },
        levels.map(({ code, name }) => element("li", {},
          element("button", { type: "button", class: "button", click: () => askForLevel(code) }, `Pedir la de ${name}`))),
        retry && element("li", {}, element("button", { type: "button", class: "button", click: () => again() }, retry)),
        change.filter((name) => steps.includes(name)).map((name) => element("li", {},
          element("a", { href: `#${name}`, "data-change": true }, VISIT[name])))));
  }

  function askForLevel(code) {
    byId(`level-${code}`).checked = true;
    keepAnswers();
    go(review.id);
  }

  return function arrived(form) {
    byId("back").hidden = form === done;
    if (form === review) byId("answers").replaceChildren(...reviewOf(asked()));
    if (form === marks) showMarks();
    if (form === done) showCertificate();
  };
}
