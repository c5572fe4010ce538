// A mark is wrong: which one, what it should be, why. Fetched for who says so; what was typed stays until it was taken.

import { element } from "./elements.js";
import { answersTo, clearMistakes, complaintAbout, questionsOf, showMistakes } from "./questions.js";
import { GROUPS, gradeOf } from "./wording.js";

const NO_MARK = "-"; // as the table of marks has it

/**
 * Brings the page of a wrong mark to life, for one `transcript`. Handed in: `attempt(form, says, again, task)`, `call(body)`
 * posts it, `told` whether an e-mail follows when the mark changes.
 */
export function askForCorrection(form, transcript, { attempt, call, told }) {
  const { level, columns, groups } = transcript;
  const rows = groups.flatMap(({ group, rows: named }) => named.map((row) => ({ ...row, group })));
  const place = form.querySelector("#correction");
  const year = element("select", { id: "wrong-year", required: true },
    element("option", { value: "" }, "Elige el año"),
    columns.map((column) => element("option", { value: column.year }, `${column.year} · ${gradeOf(level, column.grade)}`)));
  const row = element("select", { id: "wrong-row", required: true });
  const questions = [
    question("year", "Elige el año", element("label", { for: year.id }, "Año"), year),
    question("name", "Elige la nota que está mal", element("label", { for: row.id }, "Área, competencia o taller"), row),
    question("should_be", "Escribe la nota que debería estar",
      element("label", { for: "should-be" }, "¿Qué nota debería estar?"),
      element("p", { class: "hint", id: "should-be-hint" }, "Como figura en la libreta. Por ejemplo: A, o 15."),
      element("input", { class: "short", id: "should-be", required: true, maxlength: 40, autocomplete: "off", "aria-describedby": "should-be-hint" })),
    question("comment", undefined,
      element("label", { for: "comment" }, "¿Por qué? ", element("span", { class: "optional" }, "(opcional)")),
      element("p", { class: "hint", id: "comment-hint" }, "Hasta 250 letras. Lo leerá el colegio: no escribas nombres ni teléfonos."),
      element("input", { id: "comment", maxlength: 250, autocomplete: "off", "aria-describedby": "comment-hint" })),
  ];

  year.addEventListener("change", nameRows);
  form.onsubmit = (event) => {
    event.preventDefault();
    const mistakes = questionsOf(form).map((asked) => ({ question: asked, message: complaintAbout(asked) })).filter(({ message }) => message);
    if (mistakes.length) showMistakes(form, mistakes);
    else send();
  };
  ask();

  function ask() {
    nameRows();
    place.replaceChildren(
      element("p", {}, "La revisará el colegio donde estudió ese año. Mientras tanto no emitas la constancia: saldría con la nota de ahora."),
      ...questions, element("button", { class: "button" }, "Enviar al colegio"));
  }

  /** Each row with its mark of the year that is chosen, so that nobody mistakes one for another. */
  function nameRows() {
    const chosen = row.value;
    const column = columns.findIndex((each) => `${each.year}` === year.value);
    const named = rows.map(({ group, name, marks }, at) => ({
      group, option: element("option", { value: at }, column < 0 ? name : `${name}: ${marks[column] ?? NO_MARK}`),
    }));
    row.replaceChildren(element("option", { value: "" }, "Elige la nota"),
      ...groups.map(({ group }) => element("optgroup", { label: GROUPS[group] },
        named.filter((each) => each.group === group).map(({ option }) => option))));
    row.value = chosen;
  }

  function send() {
    return attempt(form, "Enviando…", send, async () => {
      const { year: of, name: at, ...said } = answersTo([form]);
      const { group, name } = rows[at];
      try {
        thank(await call({ ...said, year: Number(of), group, name }));
      } catch (problem) {
        const mistakes = (problem.errors ?? []).map(({ field, detail }) => ({ question: questionOf(field), message: detail }));
        if (!mistakes.length) throw problem;
        showMistakes(form, mistakes);
      }
    });
  }

  const questionOf = (field) => questions.find((asked) => asked.dataset.field === field) ?? questions[1];

  function thank({ ticket, school_name: school }) {
    const heading = element("h2", { tabindex: "-1" }, `Anotamos tu solicitud N.º ${ticket}`);
    for (const control of form.querySelectorAll("input, select")) control.value = "";
    clearMistakes(form);
    place.replaceChildren(heading,
      element("p", {}, `La revisará ${school.startsWith("I.E.") ? "la " : ""}${school}. ${told() ? "Te avisaremos por correo cuando cambie." : "Cuando cambie, la verás al pedir la constancia otra vez."}`),
      element("p", {}, "Guarda el número. Es de esta solicitud de corrección: no es el código virtual de una constancia."),
      element("ul", { class: "actions" },
        element("li", {}, element("button", { type: "button", class: "button second", click: askAgain }, "Señalar otra nota")),
        element("li", {}, element("a", { href: "#notas" }, "Volver a las notas"))));
    heading.focus();
  }

  function askAgain() {
    ask();
    year.focus();
  }
}

const question = (field, missing, ...content) =>
  element("div", { class: "question", "data-field": field, "data-missing": missing }, ...content);
