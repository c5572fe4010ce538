// node firefox.mjs URL FIREFOX PDF: the journeys in Firefox, driven by WebDriver BiDi; prints what was seen as JSON.

import { launch } from "puppeteer-core";

import { walk } from "./journeys.mjs";

const [url, executablePath, pdf] = process.argv.slice(2);
const PATIENCE = 30_000; // milliseconds

const browser = await launch({ browser: "firefox", executablePath, headless: true, args: ["--width=390", "--height=800"] });
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
const noise = [];
page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
page.on("console", (message) => {
  if (["error", "warn"].includes(message.type())) noise.push(`${message.type()}: ${message.text()}`);
});

const seen = await walk({
  noise,
  goto: (address) => page.goto(address),
  waitFor: async (wanted, ...given) => {
    const found = await page.waitForFunction(wanted, {}, ...given);
    return found.asElement() ?? found.jsonValue();
  },
  run: (done, ...given) => page.evaluate(done, ...given),
  click: (handle) => handle.click(),
  type: (handle, text) => handle.type(text),
  upload: (handle, path) => handle.uploadFile(path),
}, url, pdf);
await browser.close();
console.log(JSON.stringify(seen));
