"""Attesting and sealing as the service does, and signing by pyHanko as its manual says; the keys answer at once."""

import io
from dataclasses import replace
from functools import cache

from asn1crypto import x509
from constancia.attesting import cose
from constancia.certificate import Certificate
from constancia.document import Document
from constancia_pdf.seal import SIGNATURE_SIZE
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.rendering.sealing import ATTESTATION_KEY, Draw, der, seal_of, self_issued

SEAL = seal_of(self_issued())
ROOM = SEAL.room
SIGNATURE = bytes(SIGNATURE_SIZE)
_ECDSA_SIGNATURE = ATTESTATION_KEY.sign(b"any message")


def record(certificate: Document) -> Certificate:
    """The record of a document, without its attestation."""
    return Certificate(
        certificate.virtual_code,
        certificate.serial_number,
        certificate.issued_at,
        certificate.transcript,
        pdf_key="",
        applicant="student",
        purpose="other",
        email="",
    )


def attestation(of: Certificate) -> bytes:
    """The attestation of a record."""
    return cose.attest(ATTESTATION_KEY.kid, of.claims(), lambda _: _ECDSA_SIGNATURE)


def attest(certificate: Document) -> Document:
    """The document of a certificate's record with its attestation made anew."""
    made = record(certificate)
    return replace(made, attestation=attestation(made)).document(certificate.verify_url)


def seal_drawn(unsealed: bytes) -> bytes:
    """A file that was drawn with room, sealed."""
    return SEAL.apply(unsealed, SEAL.attributes(unsealed), SIGNATURE)


def seal(certificate: Document, draw: Draw) -> bytes:
    """A sealed drawing."""
    return seal_drawn(draw(certificate, ROOM))


@cache
def _signer() -> PdfSigner:
    (certificate,) = map(x509.Certificate.load, der(self_issued().chain))
    signer = signers.ExternalSigner(certificate, SimpleCertificateStore(), SIGNATURE)  # type: ignore[no-untyped-call]
    metadata = PdfSignatureMetadata(field_name="sello", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES)
    return PdfSigner(metadata, signer)


def sign_with_pyhanko(pdf: bytes) -> bytes:
    """The file with a signature of level B-B."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    made: io.BytesIO = _signer().sign_pdf(writer)
    return made.getvalue()
