// Talks to the service. Every failure, the network's included, becomes one Problem with a stable code.

const PATIENCE = 30_000; // milliseconds: what an answer may take on the slowest link we have seen

/** What went wrong: `code` from the API or one of ours, and the facts that came with it. */
export class Problem extends Error {
  constructor(code, facts = {}) {
    super(code);
    Object.assign(this, facts, { code });
  }
}

export const get = (path) => call(path, { method: "GET" });

export const post = (path, body = {}) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

async function call(path, options) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(path, { ...options, cache: "no-store", signal: patience.signal });
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Problem(answer.code ?? busyOrBroken(response.status), {
      ...answer, status: response.status, retryAfter: Number(response.headers.get("Retry-After")) || undefined,
    });
  } catch (error) {
    if (error instanceof Problem) throw error;
    if (error instanceof SyntaxError) throw new Problem("unexpected_answer"); // not JSON: not our service that spoke
    throw new Problem(patience.signal.aborted ? "no_answer" : "no_connection");
  } finally {
    clearTimeout(timer);
  }
}

/** What the gateway says before any function of ours has run carries no code. */
const busyOrBroken = (status) => ([429, 502, 503, 504].includes(status) ? "temporarily_unavailable" : "unexpected_answer");
