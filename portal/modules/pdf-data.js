// What a dropped PDF brings for programs: its `constancia.json`, read without a PDF library; and the file's SHA-256.

import { hex } from "./bytes.js";

const NEAR = 2_000; // characters: a dictionary of ours has 150
const MOST = 20; // embedded files that are looked into: a file may be made to take forever
const PIECE = 4_096; // bytes
const LARGEST = 1 << 20; // bytes of one, packed or not: ours have a few thousand

const latin1 = (bytes) => new TextDecoder("latin1").decode(bytes); // a character for each byte

/** `{name, bytes, sha256, found}` of a chosen file; `found` are the data of certificates in it, the newest first. */
export async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return {
    name: file.name,
    bytes,
    sha256: hex(digest),
    found: await embeddedIn(bytes),
  };
}

/** Every embedded file that is the data of a certificate; an update of a PDF stands behind what it updates. */
async function embeddedIn(bytes) {
  const text = latin1(bytes);
  const found = [];
  let looks = 0;
  for (const { index } of text.matchAll(/\/EmbeddedFile\b(?!s)/g)) {
    const before = text.slice(Math.max(0, index - NEAR), index);
    const opening = before.lastIndexOf("obj");
    const start = index + text.slice(index, index + NEAR).indexOf("stream");
    if (start < index || opening < 0) continue;
    if (++looks > MOST) break;
    const entries = before.slice(opening) + text.slice(index, start);
    const begin = start + (text[start + 6] === "\r" ? 8 : 7);
    const length = Number(/\/Length (\d+)\b(?! \d+ R)/.exec(entries)?.[1]) || text.indexOf("endstream", begin) - begin;
    const data = dataIn(await unpack(bytes.subarray(begin, begin + Math.min(length, LARGEST)), entries.includes("/FlateDecode")));
    if (data) found.unshift(data);
  }
  return found;
}

function dataIn(content) {
  try {
    const data = JSON.parse(new TextDecoder().decode(content));
    const { certificate: { attestation, virtual_code: code }, transcript: { student: { document_number: dni } } } = data;
    return [attestation, code, dni].every((text) => typeof text === "string") ? data : undefined;
  } catch {
    return undefined; // another file, or none that can be read
  }
}

async function unpack(content, compressed) {
  if (!compressed) return content;
  const parts = [];
  let size = 0;
  let at = 0;
  const source = new ReadableStream({ // in small pieces: of each as much comes out as is in it, whether it is read or not
    pull(pieces) {
      if (at < content.length) pieces.enqueue(content.slice(at, at += PIECE));
      else pieces.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    for (let part = await reader.read(); !part.done && size < LARGEST; part = await reader.read()) {
      parts.push(part.value);
      size += part.value.length;
    }
  } catch { /* a line's end behind the stream: what came before it is the file */ }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
