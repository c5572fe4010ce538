// The PDF to keep: its link holds for a minute; a click on an older one fetches a fresh one first, unless the PDF is
// here already.

import { element } from "./elements.js";

const GOOD_FOR = 50_000; // milliseconds; the service grants 60 s, and the click still has to travel

/** A link to `url`. `renew` resolves to a fresh address, or to nothing when it could not and has said so itself. */
export function downloadLink(url, renew) {
  let obtained = Date.now();
  const link = element("a", { class: "button", href: url }, "Descargar constancia");
  link.addEventListener("click", async (event) => {
    if (link.download || Date.now() - obtained < GOOD_FOR) return;
    event.preventDefault();
    const fresh = await renew();
    if (!fresh) return;
    obtained = Date.now();
    link.href = fresh;
    location.assign(fresh); // sent as an attachment: the page stays
  });
  return link;
}

/** Fetches the PDF of `link` at once and offers it from memory: from then on a lost signal loses nothing. */
export async function fetchAhead(link, code) {
  try {
    const answer = await fetch(link.href, { cache: "no-store" });
    if (!answer.ok) return undefined;
    const file = new File([await answer.blob()], `constancia-${code}.pdf`, { type: "application/pdf" });
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    return file;
  } catch {
    return undefined; // the link still leads to it
  }
}
