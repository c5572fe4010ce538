// Worker: finds the counter that solves an ALTCHA v2 challenge (PBKDF2), away from the page so that it stays responsive.

const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ algorithm, nonce, salt, cost, keyLength, keyPrefix }) {
  const started = performance.now();
  const start = bytes(nonce);
  const password = new DataView(new ArrayBuffer(start.length + 4));
  new Uint8Array(password.buffer).set(start);
  const method = { name: "PBKDF2", hash: algorithm.split("/")[1], salt: bytes(salt), iterations: cost };
  for (let counter = 0; ; counter++) {
    password.setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password.buffer, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hex(await crypto.subtle.deriveBits(method, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey, time: Math.round(performance.now() - started) };
  }
}

onmessage = ({ data }) => solve(data).then((solution) => postMessage(solution), (error) => {
  setTimeout(() => { throw error; }); // the page is told of an error, and not of a promise that is broken
});
