// What the holder does with a certificate: download it, share it, send it by WhatsApp.

import { downloadLink } from "./download.js";
import { element } from "./elements.js";

/** The three ways, for the certificate `code` whose PDF is at `url`; `renew` as for `downloadLink`. */
export function handingOut(code, url, renew) {
  const verifyAddress = `${location.origin}/verificar/?codigo=${encodeURIComponent(code)}`;
  const title = "Constancia de logros de aprendizaje";
  const text = `${title}, código virtual ${code}. Para verificarla se pide también el DNI del estudiante: ${verifyAddress}`;
  const link = downloadLink(url, renew);
  const share = element("button", { type: "button", class: "button second", hidden: !navigator.share, click: () => handOver(link.file) }, "Compartir");
  fetchAhead(link, code).then((file) => { link.file = file; });

  function handOver(file) {
    const whole = file && { title, text, files: [file] };
    navigator.share(whole && navigator.canShare?.(whole) ? whole : { title, text })
      .catch(() => {}); // the person closed it, or chose nothing
  }

  return element("div", { class: "actions" }, link, share,
    element("a", { class: "button second", href: `https://wa.me/?text=${encodeURIComponent(text)}`, target: "_blank", rel: "noopener" }, "Enviar por WhatsApp"));
}

/** Fetches the PDF of `link` at once and offers it from memory: from then on a lost signal loses nothing. */
async function fetchAhead(link, code) {
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
