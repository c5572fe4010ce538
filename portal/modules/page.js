// What every page does: it speaks English where that is asked for, and says in one line what does not work at the moment.

const link = document.getElementById("language"); // only where there is a table of words
const inEnglish = link && /[?&]lang=en\b/.test(location.search);

/** Without its words the page stays Spanish. */
const speakEnglish = () => import("./language.js").then((language) => language.speakEnglish(link)).catch(() => {});

if (inEnglish) {
  document.body.hidden = true; // nothing jumps under the reader's eyes
  const show = () => { document.body.hidden = false; };
  setTimeout(show, 3_000); // whatever became of the words
  speakEnglish().then(show);
} else {
  link?.addEventListener("click", (event) => {
    event.preventDefault(); // what is typed and shown stays
    speakEnglish();
  }, { once: true });
}

try {
  const answer = await fetch("/estado.json"); // made every five minutes
  const { says, until } = await answer.json();
  if (until * 1000 > Date.parse(answer.headers.get("Date"))) { // not by this clock: a phone's may be wrong
    const line = document.createElement("p");
    line.className = "note";
    line.role = "status";
    line.lang = inEnglish ? "en" : "es";
    line.textContent = says[line.lang];
    document.querySelector("main").prepend(line);
  }
} catch { /* the page is as always */ }
