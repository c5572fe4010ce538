// From the review to the certificate: send the request, give the code, confirm the marks, issue, download.

import { get, post, problemOf } from "./api.js";
import { whileBusy } from "./busy.js";
import { element, factList } from "./elements.js";
import { handingOut } from "./handing-out.js";
import { humanCheck } from "./human-check.js";
import { answerTo, answersTo, clearMistakes, controlsOf, questionsOf, showProblem } from "./questions.js";
import { REQUEST_WAYS } from "./request-ways.js";
import { forgetAll, forgetRequest, recall, remember } from "./tab-memory.js";
import { transcriptView } from "./transcript.js";
import { wayOut } from "./ways-out.js";
import { LEVELS, sayDay, sayMoment } from "./wording.js";

const CODE_LIVES = 10 * 60_000; // milliseconds; counted here from its arrival, since a phone's clock may be wrong
const VISIT = {
  quien: "Cambiar quién la pide",
  "tus-datos": "Revisar tus datos",
  estudiante: "Revisar los datos del estudiante",
  nivel: "Cambiar la modalidad o el nivel",
  revision: "Enviar la solicitud otra vez",
};

/**
 * Brings the last five pages to life. Handed in: `asked()` the forms of the questions, `allRight(form)`, `refuse(errors)`
 * takes the person to refused fields, `keepAnswers()`, `go(step)`. Returns what to call when one of the pages is shown.
 */
export function startIssuing({ asked, allRight, refuse, keepAnswers, go }) {
  const byId = (id) => document.getElementById(id);
  const [review, code, marks, correction, done] = ["revision", "codigo", "notas", "correccion", "constancia"].map(byId);
  const spendProof = humanCheck(review.querySelector("[data-field=captcha]"), "request");
  let shownFor; // the request whose marks are on the page
  let shown; // its transcript
  let correctedFor; // the request whose marks can be chosen as wrong
  let certificate;
  let codePage; // fetched for who has a contact on record
  const opinion = byId("opinion");
  const [question, thanks] = opinion.children;
  question.addEventListener("click", takeOpinion);

  for (const [form, press] of [[review, () => allRight(review) && send()], [marks, issue]]) {
    form.querySelector("button").disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      press();
    });
  }

  /** The API's `confirmation`, with the moment here at which the code ends; one that did not leave has none. */
  const withEnd = (confirmation) => ({ ...confirmation, until: confirmation.expires_at ? Date.now() + CODE_LIVES : 0 });

  async function showCode() {
    codePage ??= import("./code.js").then(({ askForCode }) => askForCode(code, {
      attempt,
      withEnd,
      call: (part, body) => post(requestPath(part), body, recall("token")),
      confirmed: () => go(marks.id),
    }));
    (await codePage)();
  }

  const requestPath = (part) => `/api/requests/${encodeURIComponent(recall("request"))}/${part}`;
  /** The same certificate at each call, with a fresh link. */
  const certificateAgain = () => post(requestPath("certificate"), recall("existing") ? { existing: true } : {}, recall("token"));

  const answers = () => JSON.stringify(answersTo([...asked(), review]));

  function send() {
    return attempt(review, "Enviando…", send, async () => {
      const sent = answers();
      const { request_id: id, access_token: token, confirmation } =
        await spendProof((captcha) => post("/api/requests", { ...JSON.parse(sent), captcha }));
      if (answers() !== sent) return; // changed meanwhile
      remember("request", id);
      remember("token", token);
      remember("confirmation", confirmation ? withEnd(confirmation) : undefined);
      go(confirmation ? code.id : marks.id);
    });
  }

  function showMarks() {
    let request = recall("request");
    if (shownFor === request) return undefined;
    byId("transcript").replaceChildren();
    byId("accept").hidden = true;
    return attempt(marks, "Buscando las notas…", showMarks, async () => {
      do {
        request = recall("request");
        shown = await get(requestPath("transcript"), recall("token"));
      } while (recall("request") && recall("request") !== request); // another one was sent
      const { current_certificate: current } = shown;
      byId("current").replaceChildren(...(current ? currentNote(current) : []));
      byId("transcript").replaceChildren(...transcriptView(shown));
      marks.querySelector("#accept .button").classList.toggle("second", current?.same_content === true);
      byId("accept").hidden = false;
      shownFor = request;
    });
  }

  /** Its answers stay while the person looks at the marks again. */
  async function showCorrection() {
    const request = recall("request");
    if (shownFor !== request) {
      go(marks.id);
    } else if (correctedFor !== request) {
      const { askForCorrection } = await import("./correcting.js");
      askForCorrection(correction, shown, {
        attempt,
        call: (body) => post(requestPath("corrections"), body, recall("token")),
        told: () => Boolean(answersTo(asked()).contact?.email),
      });
      correctedFor = request;
    }
  }

  /** The certificate that there is already: to have again, or what a new one does to it. */
  function currentNote({ issued_at: issued, same_content: same }) {
    return [element("div", { class: "note" },
      element("h2", {}, same ? "Ya tienes una constancia con estas mismas notas" : "Ya tienes una constancia de este nivel"),
      element("p", {}, same ? `Es del ${sayDay(issued)} y sigue siendo válida. No hace falta emitir otra.`
        : `La del ${sayDay(issued)} dice algo distinto. Si emites esta, la reemplaza: quien verifique la anterior leerá que hay una más reciente.`),
      same && element("button", { type: "button", class: "button", click: haveAgain }, "Descargarla otra vez"))];
  }

  function issue() {
    return obtain("Emitiendo la constancia…", issue);
  }

  function haveAgain() {
    return obtain("Buscando la constancia…", haveAgain, true);
  }

  function obtain(says, again, existing) {
    return attempt(marks, says, again, async () => {
      remember("existing", existing);
      certificate = await certificateAgain();
      remember("issued", true);
      go(done.id);
    });
  }

  function showCertificate() {
    if (certificate?.virtual_code === byId("code").textContent) return undefined; // with its PDF in memory
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

  /** Whether it was easy is asked when the PDF was, until there is an answer. */
  function askOpinion() {
    question.hidden = Boolean(recall("opinion"));
  }

  function takeOpinion({ target: { value: answer } }) {
    if (!answer) return;
    remember("opinion", answer);
    post(requestPath("opinion"), { answer }, recall("token")).catch(() => {});
    question.hidden = true;
    thanks.hidden = false;
    thanks.focus();
  }

  function renderCertificate({ virtual_code: code, serial_number: number, issued_at: issued, pdf_url: link, email }) {
    byId("code").textContent = code;
    byId("certificate").replaceChildren(
      handingOut(code, link, freshLink),
      opinion,
      element("p", {}, email ? `También te enviamos un enlace a ${email}. ` : "", "Puedes volver a ella cuando quieras en ", element("a", { href: `/constancia/?codigo=${encodeURIComponent(code)}` }, "Tu constancia"),
        ", con el código virtual y el DNI del estudiante."),
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
    question.hidden = thanks.hidden = true;
    done.querySelector("a.button").addEventListener("click", askOpinion);
  }

  function askForAnother() {
    certificate = undefined;
    for (const radio of document.querySelectorAll("[name=level]")) radio.checked = false;
    review.reset();
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
      } catch (error) {
        const problem = problemOf(error);
        if (refuse(problem.errors ?? [])) return;
        if (problem.code === "identity_not_confirmed") {
          problem.tries = (recall("tries") ?? 0) + 1;
          remember("tries", problem.tries);
        }
        if (problem.code === "request_not_found" || problem.tries_left === 0) {
          forgetRequest();
        }
        if (problem.code === "confirmation_needed") { // a memory that lost it, or never had it
          remember("confirmation", recall("confirmation") ?? {});
          go(code.id);
          return;
        }
        const unseen = ["transcript_not_confirmed", "no_current_certificate"].includes(problem.code);
        if (unseen) {
          shownFor = undefined;
          for (const name of ["existing", "issued"]) remember(name, undefined);
        }
        tellProblem(form, problem, unseen ? () => go(marks.id) : again);
      }
    });
  }

  function tellProblem(form, problem, again) {
    const { title, sentences, levels, change, retry } = wayOut(problem, REQUEST_WAYS, document.querySelector("[name=level]:checked")?.value);
    const steps = [...asked(), review].map(({ id }) => id);
    showProblem(form, title,
      ...sentences.map((sentence) => element("p", {}, sentence)),
      element("ul", { class: "actions" },
        levels.map((code) => element("li", {},
          element("button", { type: "button", class: "button", click: () => askForLevel(code) }, `Pedir la de ${LEVELS[code]}`))),
        retry && element("li", {}, element("button", { type: "button", class: "button", click: () => again() }, retry)),
        change.filter((name) => steps.includes(name)).map((name) => element("li", {},
          element("a", { href: `#${name}`, "data-change": true }, VISIT[name])))));
  }

  function askForLevel(code) {
    byId(`level-${code}`).checked = true;
    keepAnswers();
    go(review.id);
  }

  return async function arrived(form) {
    if (form === review) byId("answers").replaceChildren(...reviewOf(asked()));
    if (form === code) await showCode();
    if (form === marks) showMarks();
    if (form === correction) await showCorrection();
    if (form === done) showCertificate();
  };
}

/** What was answered, a card a form, each with a link that leads to it. */
function reviewOf(forms) {
  return forms.map((form) => {
    const name = form.querySelector("h1").lastChild.textContent;
    return element("section", { class: "card" },
      element("header", {}, element("h2", {}, name),
        element("a", { href: `#${form.id}`, "data-change": true }, "Cambiar", element("span", { class: "unseen" }, ` ${name}`))),
      factList(questionsOf(form).map((question) => [question.dataset.summary, said(question)])));
  });
}

function said(question) {
  const answer = answerTo(question);
  if (answer === null) return "No registra";
  if (answer === undefined) return "Sin responder";
  if (question.dataset.kind === "date") return sayDay(answer);
  const chosen = controlsOf(question).find((control) => control.type === "radio" && control.checked);
  return chosen ? chosen.labels[0].textContent : answer;
}
