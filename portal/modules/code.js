// The code that went to the contact on record: asked for, counted down, sent again. Who has it goes on to the marks.

import { answerTo, clearMistakes, complaintAbout, showMistakes, showProblem } from "./questions.js";
import { element } from "./elements.js";
import { recall, remember } from "./tab-memory.js";

/** "4:05": minutes and seconds that are left. */
const sayLeft = (milliseconds) => {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

/**
 * Brings the page of the code to life. Handed in: `attempt(form, says, again, task)`, `call(part, body)` posts to the
 * request, `confirmed()` goes on, `withEnd(confirmation)` adds when a code ends. Returns what to call when the page is shown.
 */
export function askForCode(form, { attempt, call, confirmed, withEnd }) {
  const byId = (id) => document.getElementById(id);
  const question = form.querySelector("[data-field]");
  const [input, resend, left, news] = ["confirmation-code", "resend", "code-left", "code-news"].map(byId);
  let clock;

  for (const button of form.querySelectorAll("button")) button.disabled = false;
  resend.addEventListener("click", sendAgain);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const complaint = complaintAbout(question);
    if (complaint) showMistakes(form, [{ question, message: complaint }]);
    else give();
  });

  function give() {
    return attempt(form, "Comprobando…", give, async () => {
      try {
        await call("confirmation", { code: answerTo(question) });
      } catch (problem) {
        if (problem.code !== "code_wrong" || problem.tries_left === 0) throw problem;
        input.value = "";
        showMistakes(form, [{ question, message: `${problem.title}. ${problem.detail}` }]);
        return;
      }
      goOn();
    });
  }

  function sendAgain() {
    return attempt(form, "Enviando otro código…", sendAgain, async () => {
      news.textContent = "";
      const answer = await call("codes");
      if (answer.student) { // given meanwhile in another tab
        goOn();
        return;
      }
      input.value = "";
      remember("confirmation", withEnd(answer));
      show();
      if (answer.expires_at) news.textContent = "Te enviamos otro código. Vale solo el último que te llegó.";
    });
  }

  function goOn() {
    clearInterval(clock);
    input.value = "";
    news.textContent = "";
    remember("confirmation", undefined);
    confirmed();
  }

  function show() {
    const { channel, to, until, resends_left: resends } = recall("confirmation") ?? {};
    byId("code-to").textContent = whereItWent(channel, to);
    byId("code-spam").hidden = channel === "sms";
    resend.hidden = resends === 0;
    byId("no-resend").hidden = resends !== 0;
    clearInterval(clock);
    clearMistakes(form);
    if (until === 0) notSent(resends);
    tick(until);
    if (until) clock = setInterval(() => tick(until), 1000);
  }

  function tick(until) {
    const rest = (until ?? 0) - Date.now();
    if (form.hidden) clearInterval(clock);
    if (rest > 0) {
      left.textContent = `Te quedan ${sayLeft(rest)} minutos para escribirlo.`;
      return;
    }
    clearInterval(clock);
    left.textContent = until ? "Este código ya venció." : "";
    if (until) news.textContent = "El código ya venció. Pide otro.";
  }

  function notSent(resends) {
    showProblem(form, "No pudimos enviar el código",
      element("p", {}, `El mensaje no salió hacia ${whereItWent(recall("confirmation").channel, recall("confirmation").to)}.`),
      element("p", {}, resends ? "Pide otro código más abajo. No perdiste nada: tus respuestas siguen aquí."
        : "Ya no podemos enviar más códigos para esta solicitud. Mira más abajo qué puedes hacer."));
  }

  return show;
}

function whereItWent(channel, to) {
  if (!to) return "el contacto registrado";
  return channel === "sms" ? `el celular que termina en ${to.slice(1)}, por mensaje de texto (SMS)` : `el correo ${to}`;
}
