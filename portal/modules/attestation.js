// The attestation of a certificate (docs/attestation.md), read and checked on this device: no service is believed for it.

import { MARKS, ROWS, STATUSES, WORDS } from "./attested-words.js";
import { hex, unhex } from "./bytes.js";
import { NotSigned, UnknownKey, payloadOf, publishedKeys, readerOf } from "./cose.js";

const ISSUED_AT = 6;
const CERTIFICATE = -65537;
const MODALITIES = ["EBR", "EBA", "EBE"];
const LEVELS = ["initial", "primary", "secondary"];
const GROUPS = ["area", "transversal", "workshop"];
const SPELLED = 31; // the final status stands in words
const WHOLE = 1; // the version with all marks; the other has a digest in their place
const DIGEST = 16;

/** The bytes of an attestation as the API has it, in base64url. */
export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** The bytes of an attestation as the QR has it: a decimal number whose first byte is 01. */
export const fromDecimal = (digits) => unhex(BigInt(digits).toString(16).slice(1));

/**
 * What an attestation says, once its signature is one of these keys': `virtual_code`, `serial_number`, `issued_at` (Unix
 * seconds) and the transcript; `groups` is null where it proves no marks. Throws NotSigned.
 */
export const readAttestation = async (bytes, keys) => claimsOf(readerOf(await payloadOf(bytes, keys)).item());

/**
 * The first of these attestations (each a function that gives its bytes) that the ministry signed: `claims`; else `forged`.
 * Neither where its keys did not come, or where those that are kept here do not know the one that signed.
 */
export async function signedAmong(attestations) {
  let known;
  try {
    known = await publishedKeys();
  } catch {
    return {};
  }
  let forged = false;
  for (const bytes of attestations) {
    try {
      return { claims: await readAttestation(bytes(), known.keys) };
    } catch (error) {
      if (!(error instanceof NotSigned || error instanceof DOMException || error instanceof SyntaxError)) throw error;
      forged ||= !(known.kept && error instanceof UnknownKey); // a newer key than those that are kept may have signed
    }
  }
  return { forged };
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

/** What was signed is ours, so its form is not doubted any more; but it may be something else than a certificate. */
function claimsOf(claims) {
  if (!claims.has(CERTIFICATE)) throw new NotSigned("no certificate");
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
