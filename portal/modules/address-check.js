// An e-mail address that is probably mistyped: `ana@gmial.com`. Nobody is told "wrong" of what may be right.

const KNOWN = ["gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "hotmail.es", "outlook.es", "yahoo.es", "outlook.pe"];
const REAL = ["ymail.com", "mail.com", "email.com"]; // near a known one, and right

/** The address that was probably meant, or undefined. */
export function suggestionFor(address) {
  const [name, domain] = address.toLowerCase().split("@");
  if (!domain || KNOWN.includes(domain) || REAL.includes(domain)) return undefined;
  const whole = domain.includes(".");
  const near = KNOWN.map((known) => ({ known, far: distance(domain, whole ? known : known.split(".")[0]) }))
    .sort((one, other) => one.far - other.far)[0];
  return near.far <= (domain.length > 5 || !whole ? 2 : 1) ? `${name}@${near.known}` : undefined;
}

/** Letters to add, leave out or change on the way from one word to the other (Levenshtein). */
function distance(one, other) {
  let row = [...other, ""].map((_, place) => place);
  for (const [place, letter] of [...one].entries()) {
    const next = [place + 1];
    for (let to = 1; to < row.length; to++) {
      next.push(Math.min(row[to] + 1, next[to - 1] + 1, row[to - 1] + (other[to - 1] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1);
}
