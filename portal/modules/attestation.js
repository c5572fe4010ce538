// The attestation of a certificate (docs/attestation.md), read and checked on this device: no service is believed for it.

import { MARKS, ROWS, STATUSES, WORDS } from "./attested-words.js";
import { hex, unhex } from "./bytes.js";

const KEYS = "/.well-known/jwks.json";
const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const ISSUED_AT = 6;
const CERTIFICATE = -65537;
const MODALITIES = ["EBR", "EBA", "EBE"];
const LEVELS = ["initial", "primary", "secondary"];
const GROUPS = ["area", "transversal", "workshop"];
const SPELLED = 31; // the final status stands in words
const WHOLE = 1; // the version with all marks; the other has a digest in their place
const DIGEST = 16;

/** These bytes are no attestation, or nobody whose key the ministry publishes has signed them. */
export class NotAttested extends Error {}

/** The bytes of an attestation as the API has it, in base64url. */
export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** The bytes of an attestation as the QR has it: a decimal number whose first byte is 01. */
export const fromDecimal = (digits) => unhex(BigInt(digits).toString(16).slice(1));

/**
 * What an attestation says, once its signature is one of these keys': `virtual_code`, `serial_number`, `issued_at` (Unix
 * seconds) and the transcript; `groups` is null where it proves no marks. Throws NotAttested.
 */
export async function readAttestation(bytes, keys) {
  let envelope;
  try {
    envelope = envelopeOf(bytes);
  } catch {
    throw new NotAttested("not in the form of an attestation");
  }
  const known = keys.find(({ kid }) => kid === envelope.kid);
  if (!known) throw new NotAttested("signed by an unknown key");
  const { kty, crv, x, y } = known;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ES256, false, ["verify"]);
  if (!await crypto.subtle.verify(ES256, key, envelope.signature, envelope.signed)) throw new NotAttested("not signed by its key");
  return claimsOf(envelope.payload);
}

/**
 * The first of these attestations (each a function that gives its bytes) that the ministry signed: `claims`; else `forged`,
 * or neither where its keys did not come.
 */
export async function signedAmong(attestations) {
  let keys;
  try {
    keys = await publishedKeys();
  } catch {
    return {};
  }
  for (const bytes of attestations) {
    try {
      return { claims: await readAttestation(bytes(), keys) };
    } catch (error) {
      if (!(error instanceof NotAttested || error instanceof DOMException || error instanceof SyntaxError)) throw error;
    }
  }
  return { forged: true };
}

/** The ministry's public keys. Throws TypeError where there is no network and none are kept. */
async function publishedKeys() {
  const answer = await fetch(KEYS);
  if (!answer.ok) throw new TypeError("no keys");
  return (await answer.json()).keys;
}

/** Whether a certificate and its transcript, as the API or a file has them, say what was signed, in every part. */
export async function agrees(claims, certificate, transcript) {
  const { student, modality, level, earlier_years, columns, observations } = transcript;
  const said = {
    virtual_code: certificate.virtual_code,
    serial_number: certificate.serial_number,
    issued_at: Date.parse(certificate.issued_at) / 1000,
    student: { document_number: student.document_number, full_name: student.full_name },
    modality, level, earlier_years,
    columns: columns.map(({ year, grade, school_code, school_annex, final_status }) => ({ year, grade, school_code, school_annex, final_status })),
    groups: claims.groups && groupsOf(transcript),
    texts: await digestOf([observations, columns.map(({ school_name }) => school_name)]),
    marks: claims.groups ? "" : await digestOf(groupsOf(transcript)),
  };
  return JSON.stringify(said) === JSON.stringify(claims);
}

const groupsOf = ({ groups }) => groups.map(({ group, rows }) => ({ group, rows: rows.map(({ name, marks }) => ({ name, marks })) }));


/** JSON.stringify writes what RFC 8785 does: the members stand in the order of the API's description. */
async function digestOf(value) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(value)));
  return hex(new Uint8Array(sum, 0, DIGEST));
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
function readerOf(bytes) {
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

/** What was signed is ours, so its form is not doubted any more. */
function claimsOf(payload) {
  const claims = readerOf(payload).item();
  const [version, virtual_code, serial, document_number, full_name, kind, packed, spelled, schools, texts, ...rest] = claims.get(CERTIFICATE);
  const columns = columnsOf(packed, [...spelled], schools);
  return {
    virtual_code,
    serial_number: `${serial}`.padStart(8, "0"),
    issued_at: claims.get(ISSUED_AT),
    student: { document_number, full_name },
    modality: MODALITIES[Math.floor(kind / 6)],
    level: LEVELS[(kind >> 1) % 3],
    earlier_years: kind % 2 === 1,
    columns,
    groups: version === WHOLE ? marksOf(columns.length, ...rest) : null,
    texts: hex(texts),
    marks: version === WHOLE ? "" : hex(rest[0]),
  };
}

function columnsOf(packed, spelled, schools) {
  let school;
  return schools.map((number, place) => {
    const word = packed[2 * place] * 256 + packed[2 * place + 1];
    if (number) school = `${number - 1}`.padStart(8, "0");
    return {
      year: 2013 + (word >> 8),
      grade: (word >> 5) & 7,
      school_code: school.slice(0, 7),
      school_annex: school.slice(7),
      final_status: (word & 31) === SPELLED ? spelled.shift() : STATUSES[word & 31],
    };
  });
}

const whole = (bytes) => BigInt(`0x0${hex(bytes)}`);

const placesIn = (list, bits) => list.filter((_, place) => (bits >> BigInt(place)) & 1n);

function marksOf(years, known, others, occurring, packed) {
  const rows = placesIn(ROWS, whole(known));
  for (let n = 0; n < others.length; n += 2) {
    rows.splice(Math.floor(others[n] / 3), 0, [GROUPS[others[n] % 3], nameOf(others[n + 1])]);
  }
  const alphabet = placesIn(MARKS, BigInt(occurring));
  const base = BigInt(alphabet.length);
  let number = whole(packed);
  const marks = [];
  for (let n = rows.length * years; n > 0; n--) {
    marks.unshift(alphabet[Number(number % base)]);
    number /= base;
  }
  const named = rows.map(([group, name], n) => ({ group, name, marks: marks.slice(n * years, (n + 1) * years) }));
  return GROUPS.map((group) => ({ group, rows: named.filter((row) => row.group === group).map(({ name, marks: own }) => ({ name, marks: own })) }))
    .filter(({ rows: own }) => own.length);
}

/** A name of which some words may be a byte each, from 80 to BF, where UTF-8 begins no character. */
function nameOf(packed) {
  if (typeof packed === "string") return packed;
  const words = [];
  let spelled = [];
  const end = () => { if (spelled.length) words.push(new TextDecoder().decode(new Uint8Array(spelled))); spelled = []; };
  for (let at = 0; at < packed.length;) {
    const first = packed[at];
    const size = 1 + (first >= 0xc0) + (first >= 0xe0) + (first >= 0xf0);
    if (first >= 0x80 && first < 0xc0) {
      end();
      words.push(WORDS[first - 0x80]);
    } else if (first === 0x20) end();
    else spelled.push(...packed.subarray(at, at + size));
    at += size;
  }
  end();
  return words.join(" ");
}
