// node webkit.mjs URL BROWSER PDF DRIVER: the journeys in WebKit; DRIVER is the address of its WebDriver, BROWSER the
// program that it starts. Prints what was seen as JSON.

import { setTimeout as pause } from "node:timers/promises";

import { walk } from "./journeys.mjs";

const [url, binary, pdf, driver] = process.argv.slice(2);
const PATIENCE = 30_000; // milliseconds
const AGAIN = 100;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // the name of an element's reference (W3C WebDriver, 12.2)

async function call(path, body) {
  const answer = await fetch(`${driver}${path}`, { method: body ? "POST" : "DELETE", body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (value?.error) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

const wanted = { browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary, args: ["--automation"] } };
const session = `/session/${(await call("/session", { capabilities: { alwaysMatch: wanted } })).sessionId}`;
await call(`${session}/window/rect`, { width: 390, height: 800 });

const run = (done, ...args) => call(`${session}/execute/sync`, { script: `return (${done})(...arguments)`, args });

async function waitFor(done, ...args) {
  for (const until = Date.now() + PATIENCE; Date.now() < until; await pause(AGAIN)) {
    const found = await run(done, ...args);
    if (found) return found;
  }
  throw new Error(`waited in vain for ${done} ${JSON.stringify(args)}`);
}

const at = (handle) => `${session}/element/${handle[ELEMENT]}`;
const type = (handle, text) => call(`${at(handle)}/value`, { text });
const seen = await walk({
  noise: [],
  goto: (address) => call(`${session}/url`, { url: address }),
  waitFor,
  run,
  click: async (handle) => {
    await run((node) => node.scrollIntoView({ block: "center", behavior: "instant" }), handle);
    await call(`${at(handle)}/click`, {});
  },
  type,
  upload: type,
}, url, pdf);
await call(session);
console.log(JSON.stringify(seen));
