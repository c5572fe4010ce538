// One group of questions at a time: which one is shown, its number, the way back. The address names the step, never an answer.

import { clearMistakes } from "./questions.js";

const SERVICE = "Solicitar constancia";

/**
 * Follows the address. `path()` are the step names in order now, `reachable(name)` the step to show in place of one
 * that cannot be shown yet, `numbered()` how many of them carry a number (later ones a name), `arrived(name)` is told.
 */
export function followSteps({ path, reachable, numbered, arrived }) {
  const back = document.getElementById("back");
  const main = document.querySelector("main");
  const pages = [...main.querySelectorAll(":scope > form, :scope > section")];

  const numberOf = (name) => document.querySelector(`#${name} .caption`).dataset.name ?? `Paso ${path().indexOf(name) + 1} de ${numbered()}`;

  /** An answer may change how many steps there are; the person reads it where they gave it. */
  function renumber({ target }) {
    const page = target.closest("form");
    const caption = page?.querySelector(".caption");
    if (!caption || !path().includes(page.id)) return; // a page of a request that is gone has no number
    const said = caption.textContent;
    caption.textContent = numberOf(page.id);
    document.title = document.title.replace(said, caption.textContent);
  }

  function arrive({ first = false } = {}) {
    const wanted = location.hash.slice(1) || path()[0];
    const name = reachable(wanted);
    if (name !== wanted) return location.replace(`#${name}`); // comes back here as a change of address
    const page = document.getElementById(name);
    const place = path().indexOf(name);
    for (const other of pages) {
      other.hidden = other !== page;
      clearMistakes(other);
    }
    const heading = page.querySelector("h1");
    const caption = heading.querySelector(".caption");
    if (caption) caption.textContent = numberOf(name);
    document.title = `${caption ? `${caption.textContent}: ` : ""}${heading.lastChild.textContent} - ${SERVICE}`;
    back.hidden = place === path().length - 1; // what was issued is not left by going back
    back.href = place ? `#${path()[place - 1]}` : "/";
    if (!first) {
      heading.focus();
      scrollTo(0, 0);
    }
    arrived(name);
  }

  addEventListener("hashchange", () => arrive());
  main.addEventListener("input", renumber);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); }); // the tab's memory may have been emptied since
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // its fragment is no step
    main.focus();
  });
  arrive({ first: true });
  return (name) => {
    if (location.hash === `#${name}`) arrive();
    else location.hash = name;
  };
}
