// The public log, checked in the browser: an entry is in the tree that the log's own key has signed.
// Formats: C2SP tlog-tiles, tlog-checkpoint and signed-note; the tree is that of RFC 6962.

import { hex, unhex } from "./bytes.js";

const WIDTH = 256;
const HASH = 32;
const ED25519 = 1;

/** Why a proof fails. */
export class ProofFailed extends Error {}

/**
 * Proves that a certificate's issue or annulment is in the public log.
 *
 * `entry` is `log` or `state_log` of a verification, `event` what the entry must say, or null where nobody but the
 * ministry knows all of it (a supersession names its successor). `read` fetches a path below `/` as bytes, or null for
 * what is not there. Gives the number of the entry, counted from 1, or null while the checkpoint does not cover it yet.
 *
 * Throws ProofFailed if the log does not hold what the ministry says it holds.
 */
export async function proveLogged(entry, event, read) {
  if (event && hex(await sha256(join(unhex(entry.salt), utf8(canonical(event))))) !== entry.leaf) throw new ProofFailed("leaf");
  const checkpoint = await readCheckpoint(await read("log/checkpoint"), await read(".well-known/log.vkey"));
  if (entry.index >= checkpoint.size) return null;
  const tree = new Tree(checkpoint.size, read);
  const leaf = await sha256(join([0], unhex(entry.leaf)));
  if (!same(await tree.through(entry.index, leaf, 0, checkpoint.size), checkpoint.root)) throw new ProofFailed("root");
  return entry.index + 1;
}

/** What the log has of the issue of a certificate, from the answer of a verification. */
export const issueOf = ({ attestation, issued_at, serial_number, sha256: digest, virtual_code }) =>
  ({ attestation, event: "issued", moment: issued_at, serial_number, sha256: digest, virtual_code });

/** RFC 8785 for an object of texts whose names are ASCII. */
export const canonical = (event) => JSON.stringify(Object.fromEntries(Object.entries(event).sort(([one], [other]) => (one < other ? -1 : 1))));

/** Size and root of a signed note, once one of the log's keys (`vkeys`, a line each) has been found to have signed it. */
export async function readCheckpoint(note, vkeys) {
  if (!note || !vkeys) throw new ProofFailed("unreachable");
  const [text, signatures] = parted(new TextDecoder().decode(note));
  const [origin, size, root] = text.split("\n");
  for (const vkey of new TextDecoder().decode(vkeys).trim().split("\n")) {
    const [name, id, ...rest] = vkey.split("+");
    const key = unbase64(rest.join("+"));
    const signature = signatures.map((line) => line.split(" "))
      .filter(([dash, signer]) => dash === "—" && signer === name)
      .map(([, , value]) => unbase64(value))
      .find((bytes) => hex(bytes.slice(0, 4)) === id);
    if (origin !== name || key[0] !== ED25519 || !signature) continue;
    const signer = await crypto.subtle.importKey("raw", key.slice(1), "Ed25519", false, ["verify"]);
    if (!await crypto.subtle.verify("Ed25519", signer, signature.slice(4), utf8(text))) break;
    return { size: Number(size), root: unbase64(root) };
  }
  throw new ProofFailed("checkpoint");
}

/** Whether this browser can check an Ed25519 signature (Chrome from 137, Firefox from 129, Safari from 17). */
export async function canCheck() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(HASH), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

/** The text of a note, its last line break included, and the lines of its signatures. */
function parted(note) {
  const at = note.lastIndexOf("\n\n");
  if (at < 0) throw new ProofFailed("checkpoint");
  return [note.slice(0, at + 1), note.slice(at + 2).split("\n").filter(Boolean)];
}

/** The tree of a size, from its tiles: of a proof's path and the root, a few tiles of 8 KB. */
class Tree {
  constructor(size, read) {
    this.size = size;
    this.read = read;
    this.tiles = new Map();
  }

  /** The root over the entries from `start` to before `end` if the one of `index` has the hash `leaf`. */
  async through(index, leaf, start, end) {
    if (end - start === 1) return leaf;
    const middle = start + halfOf(end - start);
    if (index < middle) return node(await this.through(index, leaf, start, middle), await this.hash(middle, end));
    return node(await this.hash(start, middle), await this.through(index, leaf, middle, end));
  }

  /** The root over the entries from `start` to before `end`, as the tree of the log has it. */
  async hash(start, end) {
    const count = end - start;
    const half = halfOf(count);
    if (count === 1 || half * 2 === count) return this.full(start, count);
    return node(await this.hash(start, start + half), await this.hash(start + half, end));
  }

  /** The root of a subtree of a power of two entries. */
  async full(start, count) {
    let level = 0;
    let span = 1;
    while (span * WIDTH <= count) { span *= WIDTH; level += 1; }
    const first = start / span;
    const tile = await this.tile(level, Math.floor(first / WIDTH));
    let hashes = Array.from({ length: count / span }, (_, n) => tile.slice((first % WIDTH + n) * HASH, (first % WIDTH + n + 1) * HASH));
    while (hashes.length > 1) hashes = await Promise.all(hashes.filter((_, n) => n % 2 === 0).map((left, n) => node(left, hashes[2 * n + 1])));
    return hashes[0];
  }

  async tile(level, index) {
    const width = Math.min(WIDTH, Math.floor(this.size / WIDTH ** level) - index * WIDTH);
    const path = pathOf(level, index, width);
    // What was partial may be full by now; its beginning is the same.
    if (!this.tiles.has(path)) this.tiles.set(path, await this.read(path) ?? await this.read(pathOf(level, index, WIDTH)));
    const found = this.tiles.get(path);
    if (!found || found.length < width * HASH) throw new ProofFailed("tile");
    return found;
  }
}

/** The largest power of two below a count above one. */
function halfOf(count) {
  let half = 1;
  while (half * 2 < count) half *= 2;
  return half;
}

/** The path of a tile below `/`. */
export function pathOf(level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g);
  const name = groups.map((group, n) => (n < groups.length - 1 ? `x${group}` : group)).join("/");
  return `log/tile/${level}/${name}${width === WIDTH ? "" : `.p/${width}`}`;
}

const node = (left, right) => sha256(join([1], left, right));
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const utf8 = (text) => new TextEncoder().encode(text);
const same = (one, other) => hex(one) === hex(other);
const join = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

function unbase64(text) {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new ProofFailed("checkpoint");
  }
}
