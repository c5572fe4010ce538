// The first page in another language: with `?lang=en` the words of its table stand in place of the Spanish ones, which are
// the table's keys. A language is added by a table beside the others.

const TABLES = { en: "/words/en.json" };

const wanted = new URLSearchParams(location.search).get("lang");
if (Object.hasOwn(TABLES, wanted)) {
  // Not seen while its words change, so that nothing jumps under the reader's eyes.
  document.body.hidden = true;
  translate(wanted).catch(() => {}).finally(() => { document.body.hidden = false; }); // without its table it stays Spanish
}

async function translate(language) {
  const words = await (await fetch(TABLES[language])).json();
  const inIt = (text) => text.replace(/\S.*\S/s, (spanish) => words[spanish] ?? spanish);
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = inIt(texts.currentNode.data);
  for (const picture of document.images) picture.alt = inIt(picture.alt);
  document.documentElement.lang = language;
  const back = document.getElementById("language");
  back.textContent = "Español";
  back.lang = back.hreflang = "es";
  back.href = "/";
}
