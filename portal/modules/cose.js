// What the ministry signs (COSE_Sign1 by ES256), checked on this device with the keys that it publishes.

const KEYS = "/.well-known/jwks.json";
const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** These bytes are not in the form that is signed, or nobody whose key the ministry publishes has signed them. */
export class NotSigned extends Error {}

/** Signed by a key that is not among those that are known here. */
export class UnknownKey extends NotSigned {}

/** The bytes that were signed, once the signature is found to be one of these keys'. Throws NotSigned. */
export async function payloadOf(bytes, keys) {
  let envelope;
  try {
    envelope = envelopeOf(bytes);
  } catch {
    throw new NotSigned("another form");
  }
  const known = keys.find(({ kid }) => kid === envelope.kid);
  if (!known) throw new UnknownKey("an unknown key");
  const { kty, crv, x, y } = known;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ES256, false, ["verify"]);
  if (!await crypto.subtle.verify(ES256, key, envelope.signature, envelope.signed)) throw new NotSigned("another signature");
  return envelope.payload;
}

/**
 * The ministry's public `keys` at a path; `kept` says that they are those of an earlier visit (`/verificar/worker.js`). Throws
 * TypeError where there is no network and none are kept.
 */
export async function publishedKeys(path = KEYS) {
  const answer = await fetch(path);
  if (!answer.ok) throw new TypeError("no keys");
  return { keys: (await answer.json()).keys, kept: answer.headers.has("X-Kept") };
}

function envelopeOf(bytes) {
  const read = readerOf(bytes);
  read.expect(0xd2, 0x84); // tag 18, an array of four
  const headers = read.slice();
  read.expect(0xa0); // no unprotected header
  const payload = read.slice();
  const signature = read.item();
  const { algorithm, kid } = protectedOf(headers.item);
  if (!read.isAtEnd() || algorithm !== -7 || signature.length !== 64) throw new RangeError();
  const signed = new Uint8Array([0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...headers.bytes, 0x40, ...payload.bytes]);
  return { kid, payload: payload.item, signature, signed };
}

function protectedOf(bytes) {
  const read = readerOf(bytes);
  const headers = read.item();
  const kid = headers.get(4);
  if (!read.isAtEnd() || headers.size !== 2) throw new RangeError();
  return { algorithm: headers.get(1), kid: btoa(String.fromCharCode(...kid)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") };
}

/** Reads CBOR (RFC 8949) from bytes, item after item: the types that attestations use. */
export function readerOf(bytes) {
  let at = 0;

  function take(count) {
    if (at + count > bytes.length) throw new RangeError("cut off");
    at += count;
    return bytes.subarray(at - count, at);
  }

  function number(low) {
    if (low < 24) return low;
    if (low > 27) throw new RangeError("another form");
    return take(1 << (low - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  function item() {
    const [first] = take(1);
    const size = number(first & 31);
    const list = (count) => {
      if (count > bytes.length) throw new RangeError("cut off");
      return Array.from({ length: count }, item);
    };
    switch (first >> 5) {
      case 0: return size;
      case 1: return -1 - size;
      case 2: return take(size);
      case 3: return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(take(size));
      case 4: return list(size);
      case 5: return new Map(Array.from({ length: size }, () => [item(), item()]));
      default: throw new RangeError("another type");
    }
  }

  return {
    item,
    isAtEnd: () => at === bytes.length,
    expect(...wanted) { if (wanted.some((byte) => take(1)[0] !== byte)) throw new RangeError("other bytes"); },
    /** An item together with the bytes that it was read from. */
    slice() { const start = at; return { item: item(), bytes: bytes.subarray(start, at) }; },
  };
}
