// The signed list of annulled and superseded certificates (docs/decisions/086-status-list.md), as far as it is known here.

import { hex } from "./bytes.js";
import { payloadOf, publishedKeys, readerOf } from "./cose.js";

const [LIST, KEYS] = ["/.well-known/anuladas", "/.well-known/states-jwks.json"];
const AS_OF = 6;
const STATUS_LIST = -65538;

/**
 * What the list says of a certificate, by its serial number and the moment of its issue (Unix seconds): `annulled`,
 * `superseded`, whether it would know of a supersession (`knowsSuperseded`), and as of which `moment` (ISO 8601). Undefined
 * where there is no list, or none that the ministry signed, or none that covers the certificate.
 */
export async function lookUp(serial, issuedAt) {
  const list = await readList().catch(() => undefined);
  if (!list || issuedAt < list.since || issuedAt > list.asOf) return undefined;
  return {
    annulled: list.annulled.has(serial),
    superseded: list.superseded.has(serial),
    knowsSuperseded: serial >= list.supersededFrom,
    moment: new Date(list.asOf * 1000).toISOString(),
  };
}

async function readList() {
  const [answer, { keys }] = await Promise.all([fetch(LIST), publishedKeys(KEYS)]);
  if (!answer.ok) throw new TypeError("no list");
  const [signed, packed] = readerOf(new Uint8Array(await answer.arrayBuffer())).item();
  const head = readerOf(await payloadOf(signed, keys)).item();
  const [since, supersededFrom, digest] = head.get(STATUS_LIST);
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", packed));
  if (hex(sum) !== hex(digest)) throw new TypeError("another list");
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const [count, ...differences] = numbersIn(new Uint8Array(await new Response(plain).arrayBuffer()));
  return {
    asOf: head.get(AS_OF),
    since,
    supersededFrom,
    annulled: summed(differences.slice(0, count)),
    superseded: summed(differences.slice(count)),
  };
}

/** Whole numbers, seven bits a byte, the lowest first; the highest bit says that more follow (LEB128). */
function* numbersIn(bytes) {
  let number = 0;
  let place = 1;
  for (const byte of bytes) {
    number += (byte & 0x7f) * place;
    place *= 0x80;
    if (byte < 0x80) {
      yield number;
      number = 0;
      place = 1;
    }
  }
}

/** The numbers of which each is so much more than the one before. */
function summed(differences) {
  let sum = 0;
  return new Set(differences.map((difference) => { sum += difference; return sum; }));
}
