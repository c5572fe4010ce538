// What the tab remembers: lost when it closes, never sent, never in the address.

const KEY = "solicitud";
let remembered = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // storage switched off or spoiled: memory lasts as long as the page
  }
}

function write() {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(remembered));
  } catch { /* as above */ }
}

export const recall = (name) => remembered[name];

export function remember(name, value) {
  remembered[name] = value;
  write();
}

/** Forgets what was sent and what became of it; the answers stay. */
export function forgetRequest() {
  for (const name of ["request", "token", "confirmation", "existing", "issued", "opinion"]) delete remembered[name];
  write();
}

export function forgetAll() {
  remembered = {};
  write();
}
