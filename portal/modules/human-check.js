// The «No soy un robot» box: a tick starts a proof of work, and each proof is spent on one call.

import { Problem, get } from "./api.js";

const TRIES = 3; // a proof can expire while the person reads

/** Watches the box of `question`; `purpose` is what its proofs are good for, "request" or "verification". */
export function humanCheck(question, purpose) {
  const box = question.querySelector("input");
  const status = question.querySelector("[role=status]");
  let proof;

  function prepare() {
    proof = solve(purpose);
    follow(proof);
  }

  /** Says how a proof comes on. */
  function follow(mine) {
    const tell = (words) => { if (proof === mine && box.checked) status.textContent = words; };
    tell("Comprobando, unos segundos…"); // one line on the smallest screen
    mine.then(
      () => tell("Comprobado."),
      () => {
        tell("No se pudo comprobar ahora. Lo intentaremos otra vez al continuar.");
        if (proof === mine) proof = undefined;
      },
    );
  }

  function begin() {
    status.textContent = "";
    if (!box.checked) return;
    if (proof) follow(proof);
    else prepare();
  }

  box.form.addEventListener("reset", () => setTimeout(begin)); // the box is emptied after this event
  box.addEventListener("change", begin);
  if (box.checked) prepare(); // ticked before this module had come

  /** Begins a proof before the box is ticked, so that nobody waits for it. */
  spendProof.ahead = () => { if (!proof) prepare(); };
  return spendProof;

  /**
   * Calls `send` with a proof and returns its answer. The service alone says whether a proof still holds: a refused
   * one is replaced and sent again here.
   */
  async function spendProof(send) {
    for (let tries = 1; ; tries++) {
      if (!proof) prepare();
      const spent = await proof;
      proof = undefined;
      try {
        return await send(spent);
      } catch (problem) {
        if (problem.code !== "captcha_failed") throw problem;
        if (tries === TRIES) {
          box.checked = false;
          status.textContent = "";
          problem.errors = [{ field: question.dataset.field, detail: problem.detail }]; // the box is the field to mend
          throw problem;
        }
      }
    }
  }
}

async function solve(purpose) {
  const challenge = await get(`/api/captcha?for=${purpose}`);
  const worker = new Worker("/modules/solver.js");
  try {
    const solution = await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => reject(new Problem("human_check_failed"));
      worker.postMessage(challenge.parameters);
    });
    return btoa(JSON.stringify({ challenge, solution }));
  } finally {
    worker.terminate();
  }
}
