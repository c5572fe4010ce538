// Talks to the service. Every failure, the network's included, becomes one Problem with a stable code.

const PATIENCE = 30_000; // milliseconds

/** By status, what the firewall, CloudFront or the gateway say before us. */
const BEFORE_US = {
  403: "blocked", 413: "blocked", 429: "too_busy", 502: "temporarily_unavailable", 503: "temporarily_unavailable", 504: "temporarily_unavailable",
};

/** What went wrong: `code` from the API or one of ours, and the facts that came with it. */
export class Problem extends Error {
  constructor(code, facts = {}) {
    super(code);
    Object.assign(this, facts, { code });
  }
}

/** `token` opens a request that was sent before. */
export const get = (path, token) => call(path, { method: "GET", headers: bearing(token) });

export const post = (path, body = {}, token) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json", ...bearing(token) }, body: JSON.stringify(body) });

const bearing = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

/** `error` as a Problem. One that is none is our mistake. */
export function problemOf(error) {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem("our_fault");
}

async function call(path, options) {
  const { response, text } = await exchange(path, options);
  const { status, headers } = response;
  if (response.ok) return read(text);
  const ours = headers.get("Content-Type")?.startsWith("application/problem+json") ? read(text) : {};
  throw new Problem(ours.code ?? BEFORE_US[status] ?? "unexpected_answer", {
    ...ours, status, retryAfter: Number(headers.get("Retry-After")) || undefined,
  });
}

/** The answer and its text: nothing but the network fails in this `try`. */
async function exchange(path, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(path, { ...options, cache: "no-store", signal: patience.signal });
    return { response, text: await response.text() };
  } catch {
    throw new Problem(patience.signal.aborted ? "no_answer" : "no_connection");
  } finally {
    clearTimeout(timer);
  }
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem("unexpected_answer"); // not our service
  }
}

