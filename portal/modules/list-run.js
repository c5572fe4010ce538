// The page /instituciones/, the answer: how far it is, pause and resume, what came so far, and the CSV to keep.

import { element } from "./elements.js";
import { keepAnswers, lineOf, tableOf } from "./list-answers.js";
import { askList } from "./list-asking.js";
import { answersTable } from "./list-table.js";
import { clearMistakes, showProblem } from "./questions.js";
import { wayOut } from "./ways-out.js";
import { sayNumber, sayWait, sayWhen } from "./wording.js";

const SAID = 4; // how often progress is said to who does not see the bar
const A_MOMENT = 20; // seconds: a longer wait is named
const [PAUSE, GO_ON] = ["Pausar", "Continuar"];

/** What is said when the day's quota is used up: the service knows nothing of the lists that were answered before. */
const quotaWords = ({ retryAfter }, missing) => ({
  title: "Se acabó la cuota de hoy",
  sentences: [
    missing === 1 ? "Falta una fila." : `Faltan ${sayNumber(missing)} filas.`,
    `Podrás continuar ${retryAfter ? sayWhen(retryAfter) : "mañana."}`,
    "Deja esta página abierta, o descarga las respuestas y las filas que faltan, y verifica esas otro día.",
  ],
});

function save(name, file) {
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * Shows in `section` how `rows` are asked about, for so much as `answer` says. `named` is the file without its ending, `key`
 * gives the institution's key, `refused(words)` is told that it opens nothing, `another()` makes room for another list.
 * Returns the call that begins, or goes on.
 */
export function startRun(section, { rows, answer, named, key, refused, another }) {
  const title = document.title;
  const kept = keepAnswers(answer);
  const { nodes, draw } = answersTable(kept);
  const heading = element("h1", { tabindex: "-1", id: "run" });
  const bar = element("progress", { max: rows.length, value: 0, "aria-labelledby": "run" });
  const count = element("p", { class: "lead" }, `0 de ${sayNumber(rows.length)} filas.`);
  const news = element("p", { class: "status", role: "status" });
  const pause = element("button", { type: "button", class: "button", click: turn });
  const answers = element("button", { type: "button", class: "button second", hidden: true, click: saveAnswers }, "Descargar las respuestas");
  const missing = element("button", { type: "button", class: "button second", click: saveMissing }, "Descargar las que faltan");
  const other = element("a", { href: "/instituciones/", click: beginAnew }, "Verificar otra lista");
  const seen = element("div", { hidden: true }, nodes);
  let going = false;
  let unsaved = false; // answers that are in no file yet
  let said = 0;

  const asking = askList(rows, answer, {
    answered(chunk, came, left) {
      kept.add(chunk, came);
      unsaved = true;
      tell(left);
    },
    waiting(problem, seconds) {
      const why = problem.code === "too_many_attempts" ? "Vamos más rápido de lo que el servicio permite" : wayOut(problem).title;
      say(`${why}. Seguimos intentando${seconds > A_MOMENT ? `: esperamos ${sayWait(seconds)}` : ""}.`);
    },
  });

  function tell(left) {
    const done = kept.count("");
    bar.value = done;
    count.textContent = `${sayNumber(done)} de ${sayNumber(rows.length)} filas.`;
    if (left !== undefined) count.textContent += ` Hoy te quedan ${sayNumber(left)} consultas.`;
    const part = Math.floor(done * SAID / rows.length);
    if (part !== said) say(`${part * 100 / SAID} %`, { seen: false });
    else if (!news.classList.contains("unseen")) say(""); // the link is back
    said = part;
    seen.hidden = answers.hidden = false;
    draw();
  }

  /** Tells news to everybody, or only to who does not see the bar. */
  function say(words, { seen: isSeen = true } = {}) {
    news.textContent = words;
    news.classList.toggle("unseen", !isSeen);
  }

  function entitle(words) {
    heading.textContent = words;
    document.title = `${words} - ${title}`;
  }

  /** How it stands: while it is going only the pause can be pressed, and afterwards there are ways on. */
  function settle(isGoing) {
    going = isGoing;
    pause.removeAttribute("aria-disabled");
    pause.textContent = going ? PAUSE : GO_ON;
    pause.hidden = asking.isDone();
    answers.classList.toggle("second", !asking.isDone());
    missing.hidden = going || asking.isDone() || !kept.count("");
    other.hidden = going;
  }

  function turn() {
    if (!going) {
      go();
      return;
    }
    if (pause.hasAttribute("aria-disabled")) return;
    pause.setAttribute("aria-disabled", "true"); // what was asked is answered first: it has been charged
    say("Terminamos la consulta en curso…");
    asking.pause();
  }

  async function go() {
    clearMistakes(section);
    entitle("Verificando la lista");
    settle(true);
    say("");
    try {
      await asking.go(key());
    } catch (problem) {
      stop(problem);
      return;
    }
    const focused = document.activeElement === pause;
    settle(false);
    entitle(asking.isDone() ? "Lista verificada" : "En pausa");
    say(asking.isDone() ? "Listo. Descarga las respuestas: aquí no se guardan." : "No se pierde nada mientras la página siga abierta.");
    if (asking.isDone() && focused) heading.focus();
  }

  function stop(problem) {
    settle(false);
    entitle("En pausa");
    say("");
    if (problem.code === "institution_unknown") {
      document.title = title;
      refused(problem.detail);
      return;
    }
    const words = problem.code === "quota_exceeded"
      ? quotaWords(problem, asking.waitingRows().length) : wayOut(problem);
    showProblem(section, words.title, ...words.sentences.map((sentence) => element("p", {}, sentence)));
  }

  function saveAnswers() {
    save(`${named}.respuestas.csv`, kept.file());
    unsaved = going;
  }

  /** The rows without an answer, as a list that this page reads. */
  function saveMissing() {
    const lines = asking.waitingRows().map(({ code, dni, reference }) => lineOf([code, dni, reference]));
    save(`${named}.faltan.csv`, tableOf([lineOf(["código", "DNI", "referencia"]), ...lines]));
  }

  /** Another list with the same key, in this page; where answers would be lost, the browser asks before it leaves. */
  function beginAnew(event) {
    if (unsaved) return;
    event.preventDefault();
    document.title = title;
    another();
  }

  addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  section.replaceChildren(heading, bar, count, news, element("div", { class: "actions" }, pause, answers, missing, other), seen);
  return function begin() {
    const ended = go();
    heading.focus();
    scrollTo(0, 0);
    return ended;
  };
}
