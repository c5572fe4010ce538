"""Whether a PDF is a certificate of the ministry, from the file alone: seal, attestation, data, and the page's text."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import pypdfium2
from constancia.attesting import claims, cose, p256
from constancia.attesting.keys import from_base64url
from constancia.document import Document
from constancia.transcript import Transcript
from constancia_pdf import embedded, reference, render, wording
from constancia_pdf.form import Slot
from constancia_pdf.places import Place, places
from constancia_pdf.seal import SIGNATURE_SIZE, Seal, room_of
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

ADDRESS = re.compile(r"https?://\S+/verificar/\?codigo=\S+")
PARTS = {"code": "código virtual", "serial": "número", "name": "nombre", "identity": "documento", "date": "fecha"}
"""What people call the texts that stand on a page once."""
CELLS = {"year": wording.YEAR, "grade": "grado", "school": wording.SCHOOL_CODE, "status": wording.FINAL_STATUS}
"""What people call the cells of a column that are no marks."""
AROUND = 1.0
"""Points around a text in which a letter belongs to it."""


class TrustedKeys(NamedTuple):
    """Whose attestations and seals are believed."""

    attestation: dict[bytes, p256.PublicKey]
    """The keys by their ids."""
    seal: frozenset[bytes]
    """The certificates in DER."""


class Wrong(Exception):
    """Something that is wrong with a file, in Spanish."""


def read_keys(jwks: dict[str, Any], chain: bytes) -> TrustedKeys:
    """The keys in a JSON Web Key Set and in the certificates of a PEM file, as the service publishes them.

    Raises:
        ValueError, KeyError, TypeError: they are none.
    """
    numbers = {key["kid"]: [int.from_bytes(from_base64url(key[name]), "big") for name in "xy"] for key in jwks["keys"]}
    return TrustedKeys(
        {from_base64url(kid): p256.public_key(x, y) for kid, (x, y) in numbers.items()},
        frozenset(certificate.public_bytes(Encoding.DER) for certificate in x509.load_pem_x509_certificates(chain)),
    )


def findings(pdf: bytes, keys: TrustedKeys) -> list[str]:
    """Returns what is wrong with a file, in Spanish; nothing if it is a certificate of whoever holds the keys."""
    found = []
    try:
        check_seal(pdf, keys)
    except Wrong as wrong:
        found.append(str(wrong))
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            found += _of_data_and_page(document, keys)
    except Wrong as wrong:
        found.append(str(wrong))
    except pypdfium2.PdfiumError:
        found.append("No es un PDF que se pueda leer.")
    return found


def data_of(pdf: bytes) -> dict[str, Any]:
    """The data embedded in a file that is true: `certificate` and `transcript`, as the API answers them."""
    with pypdfium2.PdfDocument(pdf) as document:
        return _embedded(document)


def check_seal(pdf: bytes, keys: TrustedKeys) -> None:
    """Checks that the seal is by a trusted certificate, over every byte of the file but its own, and in our form.

    Raises:
        Wrong: it is not.
    """
    try:
        start, end = room_of(pdf)
        message = bytes.fromhex(pdf[start + 1 : end - 1].decode("ascii"))
        chain = pkcs7.load_der_pkcs7_certificates(message)
    except ValueError:
        raise Wrong("Sello: el archivo no tiene un sello que se pueda leer.") from None
    signers = [certificate for certificate in chain if certificate.public_bytes(Encoding.DER) in keys.seal]
    if not signers:
        raise Wrong("Sello: no es del Ministerio; su certificado no está entre los conocidos.")
    if not any(_sealed_by(signer, chain, pdf, message[-SIGNATURE_SIZE:]) for signer in signers):
        raise Wrong("Sello: el archivo cambió después de sellado.")


def _sealed_by(signer: x509.Certificate, chain: list[x509.Certificate], pdf: bytes, signature: bytes) -> bool:
    """Whether sealing the file again, with a signature that is right, gives the same file."""
    key = signer.public_key()
    others = [certificate.public_bytes(Encoding.DER) for certificate in chain if certificate != signer]
    seal = Seal([signer.public_bytes(Encoding.DER), *others])
    attributes = seal.attributes(pdf)
    try:
        if not isinstance(key, rsa.RSAPublicKey) or seal.apply(pdf, attributes, signature) != pdf:
            return False
        key.verify(signature, attributes, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _of_data_and_page(document: pypdfium2.PdfDocument, keys: TrustedKeys) -> Iterator[str]:
    """What is wrong with the embedded data and the text of the pages; `Wrong` where no further check makes sense."""
    pages = [page.get_textpage() for page in document]
    text = "\n".join(page.get_text_bounded() for page in pages)
    data = _embedded(document)
    try:
        own, transcript = data["certificate"], Transcript.from_json(data["transcript"])
        attestation = from_base64url(own["attestation"])
        payload = cose.check(attestation, keys.attestation)
        claims_of = claims.unpack(payload)
        moment = datetime.fromisoformat(own["issued_at"])
        packed = claims.pack(own["virtual_code"], int(own["serial_number"]), moment, transcript)
    except claims.NotAttested:
        raise Wrong("Datos firmados: su firma no es de una clave conocida del Ministerio.") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Wrong("Datos incorporados: no tienen la forma de una constancia.") from None
    if packed != payload:
        yield "Datos incorporados: no son los que fueron firmados."
    signed = transcript._replace(
        student=claims_of.student,
        groups=transcript.groups if claims_of.groups is None else claims_of.groups,
        columns=tuple(
            column._replace(school_name=named.school_name)
            for column, named in zip(claims_of.columns, transcript.columns, strict=False)
        ),
    )
    address = ADDRESS.search(text)
    drawn = Document(
        claims_of.virtual_code,
        claims_of.serial_number,
        claims_of.issued_at,
        address[0] if address else "",
        signed,
        attestation,
        claims_of.groups is None,
        b"{}",
    )
    yield from _differences(drawn, pages, text)


def _embedded(document: pypdfium2.PdfDocument) -> dict[str, Any]:
    for number in range(document.count_attachments()):
        attachment = document.get_attachment(number)
        if attachment.get_name() == embedded.NAME:
            try:
                data = json.loads(bytes(attachment.get_data()))
            except ValueError:
                break
            if isinstance(data, dict):
                return data
    raise Wrong("Datos incorporados: el archivo no tiene los de una constancia.")


def _differences(drawn: Document, pages: list[Any], text: str) -> Iterator[str]:
    """The places where the pages say something else than the signed data, or else what they say besides."""
    try:
        expected = list(places(drawn))
    except UnicodeEncodeError:
        expected = list(places(drawn, reference.width))
    named = False
    for place in expected:
        page = pages[place.page] if place.page < len(pages) else None
        box = (place.left - AROUND, place.bottom - AROUND, place.right + AROUND, place.top + AROUND)
        said = " ".join(page.get_text_bounded(*box).split()) if page else ""
        if said != place.text:
            named = True
            yield f"{_name(place, drawn)}: la hoja dice {said or 'nada'}, los datos firmados dicen {place.text}"
    with pypdfium2.PdfDocument(render(drawn).pdf) as own:
        ours = Counter(word for page in own for word in page.get_textpage().get_text_bounded().split())
    more = Counter(text.split()) - ours
    if more and not named:
        yield f"La hoja dice además: {' '.join(more)}"


def _name(place: Place, drawn: Document) -> str:
    """What people call a place: `MATEMÁTICA 2019`."""
    columns = drawn.transcript.columns
    rows = [row for group in drawn.transcript.groups for row in group.rows]
    slot: Slot = place.slot
    if slot.name == "mark":
        return f"{rows[slot.item].name} {columns[slot.line].year}"
    if slot.name in CELLS:
        column = slot.item if slot.name == "status" else slot.line
        return f"{CELLS[slot.name]} {columns[column].year}"
    if slot.name == "row":
        return f"fila {slot.item + 1}"
    return PARTS.get(slot.name, "texto")
