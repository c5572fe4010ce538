"""The certificate as it is kept: reserved first, issued once its PDF is stored, later superseded or annulled."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from constancia.attesting import claims
from constancia.attesting.cose import payload_of
from constancia.attesting.keys import base64url
from constancia.document import Document, print_serial_number
from constancia.json_text import encode
from constancia.transcript import Transcript

VALID, SUPERSEDED, ANNULLED = "valid", "superseded", "annulled"
NO_ADDRESS = "no_address"
"""The mail state of a certificate without an e-mail address: nothing is sent, nothing is missing."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The record of one certificate."""

    virtual_code: str
    serial_number: int
    issued_at: datetime
    """Lima time, to the second."""
    transcript: Transcript
    pdf_key: str
    """Where the PDF is in its bucket, see `draw_pdf_key`."""
    applicant: str
    """`guardian`, `student` or `operator`."""
    purpose: str
    email: str | None
    """Where its e-mails go; None where the applicant left no address, or it was erased."""
    assurance: str = "names"
    """How sure the identity of the applicant was: `contact`, `names` or `operator`."""
    privacy_notice: str | None = None
    """The version of the privacy notice at the declaration of its request; None where none was kept."""
    attestation: bytes = b""
    """The COSE_Sign1 over all that it says (rule 11), see docs/attestation.md; empty only in records of before."""
    issued: bool = False
    """Whether its PDF is stored and it is no reservation any more."""
    sha256: str = ""
    """Of the PDF, in hexadecimal; empty before the issue."""
    superseded_on: date | None = None
    annulled_on: date | None = None
    annulment_reason: str | None = None

    @property
    def holder_number(self) -> str:
        """The document number of the student."""
        return self.transcript.student.document_number

    @property
    def holder(self) -> str:
        """Whose certificate of what it is, see `Transcript.holder`."""
        return self.transcript.holder

    @property
    def state(self) -> str:
        """`valid`, `superseded` or `annulled`; an annulled certificate is annulled, superseded or not."""
        if self.annulled_on:
            return ANNULLED
        return SUPERSEDED if self.superseded_on else VALID

    def claims(self) -> bytes:
        """What its attestation signs.

        Raises:
            InvalidClaims: something in it has no place there; it is no certificate of this service.
        """
        return claims.pack(self.virtual_code, self.serial_number, self.issued_at, self.transcript)

    def document(self, verify_url: str) -> Document:
        """What is drawn of it, with the address for the QR."""
        if not self.attestation:
            return Document(self.virtual_code, self.serial_number, self.issued_at, verify_url, self.transcript)
        return Document(
            self.virtual_code,
            self.serial_number,
            self.issued_at,
            verify_url,
            self.transcript,
            self.attestation,
            claims.is_short(payload_of(self.attestation)),
            # The digest of the PDF cannot stand in the PDF.
            encode({"certificate": self._own_json(), "transcript": self.transcript.as_json()}).encode(),
        )

    def as_json(self) -> dict[str, Any]:
        """What every answer of the API about a certificate tells of it; of an annulled one, nothing to show others."""
        own = self._own_json()
        return {**own, "sha256": self.sha256, "attestation": None if self.annulled_on else own["attestation"]}

    def _own_json(self) -> dict[str, Any]:
        return {
            "virtual_code": self.virtual_code,
            "serial_number": print_serial_number(self.serial_number),
            "issued_at": self.issued_at.isoformat(),
            "attestation": base64url(self.attestation) if self.attestation else None,
        }


class CertificateDetails(NamedTuple):
    """A certificate with what only operators see of it."""

    certificate: Certificate
    superseded_by: str | None
    """The virtual code of the later certificate."""
    annulled_at: str | None
    """Lima time, ISO 8601."""
    annulled_by: str | None
    mails: dict[str, str]
    """The mail state of each kind of news, see `constancia.certifying.delivery`; without those never tried."""
    email_erased_at: str | None = None
    """When an operator erased its e-mail address: Lima time, ISO 8601."""
    email_erased_by: str | None = None

    @property
    def mail(self) -> str | None:
        """The mail state of its issue; `no_address` where there is none to write to, None before the first try."""
        return self.mails.get("issued") if self.certificate.email else NO_ADDRESS


PDF_KEY = re.compile(r"[0-9A-Z]{8}/[0-9a-f]{32}\.pdf")


def draw_pdf_key(virtual_code: str) -> str:
    """A key for a certificate's PDF that nobody can guess: the virtual code and 128 random bits."""
    return f"{virtual_code}/{secrets.token_hex(16)}.pdf"


def code_of_pdf(key: str) -> str:
    """The virtual code of the certificate whose PDF is under a key: the inverse of `draw_pdf_key`."""
    return key.partition("/")[0]


def filename(virtual_code: str) -> str:
    """The name under which a certificate is downloaded: `constancia-C2CC6526.pdf`."""
    return f"constancia-{virtual_code}.pdf"
