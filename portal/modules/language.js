// A page in English: the words of its table stand in place of the Spanish ones, which are the table's keys, and of those that
// the page says later. `{}` in a key is any text, which is translated in turn.

const TABLES = { "/": "/words/en.json", "/verificar/": "/words/verificar/en.json" };
const SENTENCE_ENDS = /[.?!…] /g;

let words = {};
let patterns = []; // of keys with `{}`: what they match, and the English around it

/** Puts the page into English, whatever it says from now on too; `link`, which led here, leads back. */
export async function speakEnglish(link) {
  const table = TABLES[location.pathname];
  words = await (await fetch(table)).json();
  patterns = Object.keys(words).filter((key) => key.includes("{}")).sort((one, other) => other.length - one.length)
    .map((key) => [new RegExp(`^${key.split("{}").map(quoted).join("(.+?)")}$`, "s"), words[key].split("{}")]);
  translate(document);
  const seen = new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) [target, ...addedNodes].forEach(translate);
  });
  seen.observe(document, { subtree: true, childList: true, characterData: true });
  document.documentElement.lang = "en";
  link.textContent = "Español";
  link.lang = link.hreflang = "es";
  const address = new URL(location);
  address.searchParams.set("lang", "en");
  history.replaceState(null, "", address);
  address.searchParams.delete("lang");
  link.href = address.pathname + address.search;
  keep(table).catch(() => {}); // without storage there is nothing to keep it in
}

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A text in English; what no key knows (names, marks) stays as it is. */
export const inEnglish = (text) => text.replace(/\S(.*\S)?/s, (spanish) => known(spanish) ?? sentences(spanish));

function known(spanish) {
  if (Object.hasOwn(words, spanish)) return words[spanish];
  for (const [pattern, [first, ...rest]] of patterns) {
    const found = pattern.exec(spanish);
    if (found) return first + rest.map((part, n) => inEnglish(found[n + 1]) + part).join("");
  }
  return undefined;
}

/** Of several sentences each by itself, where the first ones are known together or alone. */
function sentences(spanish) {
  for (const { index } of spanish.matchAll(SENTENCE_ENDS)) {
    const beginning = known(spanish.slice(0, index + 1));
    if (beginning !== undefined) return `${beginning} ${inEnglish(spanish.slice(index + 2))}`;
  }
  return spanish;
}

function translate(node) {
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let each = node; each; each = texts.nextNode()) {
    if (each.nodeType === Node.TEXT_NODE) {
      const english = inEnglish(each.data);
      if (english !== each.data) each.data = english;
    } else if (each.nodeType === Node.ELEMENT_NODE) {
      for (const name of ["alt", "aria-label"]) if (each.hasAttribute(name)) each.setAttribute(name, inEnglish(each.getAttribute(name)));
      const address = each.getAttribute("href");
      if (Object.hasOwn(TABLES, address) && each.id !== "language") each.setAttribute("href", `${address}?lang=en`);
    }
  }
}

/** Keeps what makes the page English beside what the worker of the page keeps, for when there is no network. */
async function keep(table) {
  await navigator.serviceWorker.ready;
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const path of [new URL(import.meta.url).pathname, table]) await cache.add(path); // the table only where it is of use
  }
}
