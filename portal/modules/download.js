// The PDF to keep: a click on a link that is too old fetches a fresh one first, unless the PDF is here already.

import { element } from "./elements.js";

const GOOD_FOR = 50_000; // milliseconds, of 60 s

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
