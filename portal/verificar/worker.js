// The service worker of /verificar/: keeps what this page needs for when there is no network. The network is always asked
// first; what is kept answers only where it does not, and nothing of the API is kept or answered here.
// Every release has its own addresses in PARTS (infra/delivery.py), so its own worker, which browsers fetch by themselves.

const PAGE = "/verificar/";
const PARTS = [
  "/style.css", "/verdict.css", "/icon.svg", "/paper.svg",
  "/modules/api.js", "/modules/asking.js", "/modules/attestation.js", "/modules/attested-words.js", "/modules/busy.js",
  "/modules/bytes.js", "/modules/cose.js", "/modules/download.js", "/modules/elements.js", "/modules/failures.js",
  "/modules/file-check.js", "/modules/given.js", "/modules/holders-log.js", "/modules/human-check.js", "/modules/page.js", "/modules/pdf-data.js",
  "/modules/questions.js", "/modules/session-list.js", "/modules/signed-verdict.js", "/modules/status-list.js", "/modules/transcript.js",
  "/modules/verdict.js", "/modules/verify.js", "/modules/ways-out.js", "/modules/wording.js",
];
const ENGLISH = ["/modules/language.js", "/words/verificar/en.json"]; // kept by the page once it was read in English
const SIGNED = ["/.well-known/jwks.json", "/.well-known/states-jwks.json", "/.well-known/anuladas"]; // the page checks what they say itself
const CACHE = PARTS.join(" ");

addEventListener("install", (event) => event.waitUntil(keepAll()));
addEventListener("activate", (event) => event.waitUntil(takeOver()));
addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (SIGNED.includes(pathname)) event.respondWith(newestOf(pathname, event));
  else if (pathname === PAGE || [...PARTS, ...ENGLISH].includes(pathname)) event.respondWith(fetch(event.request).catch(() => kept(pathname)));
});

/** All of one release or nothing: where the page is of another one by now, the next visit tries again. */
async function keepAll() {
  const cache = await caches.open(CACHE);
  await cache.addAll([PAGE, ...PARTS]);
  if (!(await (await cache.match(PAGE)).text()).includes(`"${PARTS[0]}"`)) throw new Error("a page of another release");
  await Promise.allSettled(SIGNED.map((path) => cache.add(path)));
  await skipWaiting();
}

/** From now on this worker serves the pages that are open, and what an earlier one kept is not needed any more. */
async function takeOver() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await clients.claim();
}

async function kept(path) {
  return await (await caches.open(CACHE)).match(path) ?? Response.error();
}

/** What changes without a release: each answer is kept, and one that was kept says so. */
async function newestOf(path, event) {
  let answer;
  try {
    answer = await fetch(event.request);
  } catch {
    const { body, status, headers } = await kept(path);
    return status ? new Response(body, { headers: [...headers, ["X-Kept", "yes"]] }) : Response.error();
  }
  const copy = answer.clone();
  if (answer.ok) event.waitUntil(caches.open(CACHE).then((cache) => cache.put(path, copy)));
  return answer;
}
