// Asks the service about the rows of a list, a hundred a call: it pauses, waits for what passes by itself, and never asks
// again about a row that was answered.

import { Problem, post, problemOf } from "./api.js";

const PATH = "/api/verifications/batch";
const MOST = 100; // questions of a call
const TRIES = 6; // of a call, with pauses that add up to half a minute
const LONGEST = 300; // seconds that are waited without asking the person
/** What passes by itself. Of a whole list, `too_many_attempts` is the firewall's word to who asks too fast. */
const PASSING = ["no_connection", "no_answer", "too_busy", "too_many_attempts", "temporarily_unavailable"];

/**
 * Returns the asking of `rows`, of which those with a `complaint` are left out. `answered(rows, answers, quotaLeft)` is told
 * of each call, whose answers run along the rows that were asked; `waiting(problem, seconds)` of a pause before the same
 * call is made again.
 */
export function askList(rows, answer, { answered, waiting }) {
  let next = 0; // the first row without an answer
  let paused = false;
  let wake = () => {};

  /** Where a call ends that begins at `next` and has so many questions, rows that are left out included. */
  function endAfter(questions) {
    let end = next;
    for (let asked = 0; end < rows.length; end++) {
      if (!rows[end].complaint && ++asked > questions) break;
    }
    return end;
  }

  async function call(chunk, key) {
    const questions = chunk.filter((row) => !row.complaint).map(({ code, dni }) => ({ virtual_code: code, document_number: dni }));
    if (!questions.length) return { answers: [] };
    const told = await post(PATH, { answer, questions }, key);
    const isOf = ({ virtual_code: code }, place) => told.answers?.[place]?.virtual_code === code;
    if (!questions.every(isOf)) throw new Problem("unexpected_answer"); // no row is given the answer of another
    return told;
  }

  /** Waits so many seconds, or until the link is back or the person pauses. */
  async function wait(seconds) {
    const over = new AbortController();
    await new Promise((resolve) => {
      wake = resolve;
      setTimeout(resolve, seconds * 1000);
      addEventListener("online", resolve, { signal: over.signal });
    });
    over.abort();
  }

  /** Asks until everything is answered or `pause` was called; raises the Problem that does not pass by itself. */
  async function go(key) {
    let size = MOST;
    let tries = 0;
    paused = false;
    while (next < rows.length && !paused) {
      const chunk = rows.slice(next, endAfter(size));
      try {
        const { answers, quota_left: left } = await call(chunk, key);
        answered(chunk, answers, left);
        next += chunk.length;
        tries = 0;
      } catch (error) {
        const problem = problemOf(error);
        const seconds = Math.max(2 ** tries, problem.retryAfter ?? 0);
        if (problem.code === "quota_exceeded" && problem.quota_left > 0 && problem.quota_left < size) {
          size = problem.quota_left; // what is left of the day is used
        } else if (PASSING.includes(problem.code) && ++tries < TRIES && seconds <= LONGEST) {
          waiting(problem, seconds);
          await wait(seconds);
        } else throw problem;
      }
    }
  }

  return {
    go,
    pause() {
      paused = true;
      wake();
    },
    waitingRows: () => rows.slice(next),
    isDone: () => next === rows.length,
  };
}
