// What a verifier has in hand, in one gesture: a PDF, a QR in a photo or before the camera, or the signed data in the address. It is read
// and its signature checked on this device, and the service is asked without a word typed.

import { banner } from "./asking.js";
import { fromBase64url, fromDecimal, signedAmong } from "./attestation.js";
import { element } from "./elements.js";
import { readFile } from "./pdf-data.js";

const FORGED = ["Estos datos no llevan la firma del Ministerio", "No aceptes el documento: alguien pudo cambiarlo."];
const NO_SCANNER = "Aquí no podemos leer códigos QR. Elige el archivo PDF, o escribe el código y el DNI.";
const SCANNER = "/a/qr-0.7.0/"; // infra/portal_libraries.py says whence
const EVERY = 200; // milliseconds between two looks through the camera

let times = 0; // how often something was given

/** Begins with what was given last; returns whether it still is: of what was given before nothing more is told. */
function begin() {
  const mine = ++times;
  return () => mine === times;
}

const byId = (id) => document.getElementById(id);
const say = (words) => { byId("given-status").textContent = words; };

/** A chosen or dropped file. It is kept, so that the verdict can say whether it is the one that was issued. */
export async function takeFile(page, file) {
  const isLast = begin();
  page.answer.replaceChildren();
  if (file.type.startsWith("image/")) {
    await takePhoto(page, file, isLast);
    return;
  }
  say("Leyendo el archivo…");
  let read;
  try {
    read = await readFile(file);
  } catch {
    if (isLast()) say("No pudimos leer el archivo. Elige otra vez el PDF, o guárdalo antes en tu equipo.");
    return;
  }
  if (!isLast()) return;
  page.given = { file: read };
  if (!read.found.length) {
    say(`«${file.name}» no trae los datos de una constancia. Puede ser una copia escaneada. Escribe el código y el DNI: después comparamos el archivo.`);
    byId("code").focus();
    return;
  }
  const { certificate, transcript } = read.found[0];
  const attested = await signedAmong(read.found.map((data) => () => fromBase64url(data.certificate.attestation)));
  if (!isLast()) return;
  if (attested.forged) {
    refuse(page, certificate.virtual_code, `Los datos de «${file.name}» no llevan la firma del Ministerio. Escribe el DNI para saber qué hay registrado con ese código.`);
    return;
  }
  const claims = attested.claims ?? { ...certificate, student: transcript.student }; // without keys the service alone judges
  await ask(page, claims, attested.claims, `Leímos «${file.name}».`);
}

/** The number of the QR with signed data, behind the address that the camera of a telephone opened. */
export async function takeNumber(page, digits) {
  const isLast = begin();
  const attested = await signedAmong([() => fromDecimal(digits)]);
  if (!isLast()) return;
  if (attested.forged) refuse(page, byId("code").value, "Los datos del código QR no llevan la firma del Ministerio. Escribe el DNI para saber qué hay registrado con ese código.");
  else if (attested.claims) await ask(page, attested.claims, attested.claims, "Leímos el código QR.");
  else {
    say("No pudimos comprobar en este equipo la firma de los datos del QR. Escribe el DNI.");
    byId("dni").focus();
  }
}

/** What reads QRs: the browser's own, or that of a library with the same names (decision 091); undefined if neither is here. */
async function qrDetector() {
  try {
    const { BarcodeDetector: Detector } = "BarcodeDetector" in globalThis ? globalThis : await import(`${SCANNER}decode.js`);
    return new Detector({ formats: ["qr_code"] });
  } catch {
    say(NO_SCANNER);
    return undefined;
  }
}

/** The text of a QR in a picture; of two, that with signed data. A picture that cannot be read has none. */
async function textIn(picture, detector) {
  const seen = (await detector.detect(picture).catch(() => [])).map(({ rawValue }) => rawValue);
  return seen.find((text) => text.includes("#")) ?? seen[0];
}

async function takePhoto(page, file, isLast) {
  page.given = undefined;
  say("Buscando el código QR en la foto…");
  const detector = await qrDetector();
  if (!detector) return;
  const picture = await createImageBitmap(file).catch(() => undefined);
  const text = picture && await textIn(picture, detector);
  if (!isLast()) return;
  if (text) await takeAddress(page, text);
  else say("No encontramos un código QR en la foto. Toma otra más de cerca, o escribe el código y el DNI.");
}

/** Looks through the camera until there is a QR of ours, or until the person has had enough. */
export async function takeFromCamera(page) {
  const isLast = begin();
  const detector = await qrDetector();
  if (!detector) return;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    say("No pudimos usar la cámara. Elige el archivo, o escribe el código y el DNI.");
    return;
  }
  const video = element("video", { playsinline: true, "aria-label": "Lo que ve la cámara" });
  const stop = element("button", { type: "button", class: "button second", click: () => end() }, "Cerrar la cámara");
  const end = () => {
    for (const track of stream.getTracks()) track.stop();
    video.remove();
    stop.remove();
  };
  if (!isLast()) {
    end();
    return;
  }
  byId("camera").replaceChildren(video, stop);
  video.muted = true;
  video.srcObject = stream;
  say("Pon un código QR de la constancia frente a la cámara.");
  await video.play().catch(() => {}); // closed again meanwhile
  while (stream.active && isLast() && !page.form.hidden) {
    const text = await textIn(video, detector);
    if (text && isLast()) {
      end();
      await takeAddress(page, text);
      return;
    }
    await new Promise((resolve) => { setTimeout(resolve, EVERY); });
  }
  end();
  if (isLast()) say("");
}

/** What a QR holds. One that leads to another host is a forger's, whatever it says. */
async function takeAddress(page, text) {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const code = address?.searchParams.get("codigo");
  if (address?.host !== location.host || !code) {
    say("Ese código QR no es de una constancia: no lleva a esta página.");
    return;
  }
  if (page.given?.settled) page.given = undefined; // another certificate is meant
  byId("code").value = code;
  if (/^#\d+$/.test(address.hash)) await takeNumber(page, address.hash.slice(1));
  else {
    say("Leímos el código virtual. Falta el DNI.");
    byId("dni").focus();
  }
}

function refuse(page, code, words) {
  byId("code").value = typeof code === "string" ? code : "";
  page.answer.replaceChildren(banner("contradicted", FORGED, "h2"));
  say(words);
  byId("dni").focus({ preventScroll: true }); // what is wrong stands above
  scrollTo(0, 0);
}

/**
 * Asks the service about a certificate whose code and DNI are known: nothing is left to type or to tick. `signed` are the
 * claims whose signature was checked here, if any.
 */
async function ask(page, claims, signed, words) {
  const human = page.form.querySelector("[data-field=captcha]");
  byId("code").value = claims.virtual_code;
  byId("dni").value = claims.student.document_number;
  page.given = { ...page.given, signed, settled: true };
  human.hidden = true;
  say(`${words} Preguntamos al Ministerio…`);
  try {
    await page.verify();
  } finally {
    human.hidden = false;
    say(words);
  }
}
