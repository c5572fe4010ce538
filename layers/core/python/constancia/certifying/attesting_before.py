"""Certificates that were issued before there were attestations get theirs, one by one, on an operator's command.

What is signed then is what the record says that day, so it is signed only where everything else that is known of the
certificate agrees: the event log says that it was issued, and nothing else happened to it than the record says; the PDF
that was stored once is the one whose digest the record has; and there is no milestone, which every later certificate
has. So nobody has an attested record signed again in other words.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from constancia import virtual_code
from constancia.certificate import Certificate
from constancia.errors import CertificateNotFound
from constancia.event_log import CERTIFICATE_ANNULLED, CERTIFICATE_ISSUED, CERTIFICATE_SUPERSEDED

ATTESTED, ALREADY, DISAGREES = "attested", "already", "disagrees"
"""What becomes of a command."""


class AttestationRepository(Protocol):
    """The certificates and what the event log says of them."""

    def certificate(self, code: str) -> Certificate | None:
        """A certificate, reserved or issued, or None."""
        ...

    def happened(self, code: str) -> set[str]:
        """Which of issue, supersession and annulment the event log has of a certificate, by the events' names."""
        ...

    def attest_before(self, certificate: Certificate) -> bool:
        """Keeps the attestation and all milestones of an issued certificate; False if it has one of them already."""
        ...


class StoredPdfs(Protocol):
    """The stored PDFs."""

    def digest(self, key: str) -> str | None:
        """The SHA-256 of a stored PDF in hexadecimal, or None where there is none."""
        ...


def attest_before(
    command: dict[str, Any],
    *,
    certificates: AttestationRepository,
    pdfs: StoredPdfs,
    attest: Callable[[Certificate], bytes],
) -> dict[str, Any]:
    """What became of an operator's command to attest a certificate of before.

    Args:
        command: a JSON object with `virtual_code`.
        certificates: the certificates and the event log.
        pdfs: the stored PDFs.
        attest: signs what a certificate says.

    Raises:
        InvalidFields: there is no virtual code, or it has not the form of one.
        CertificateNotFound: no certificate with that virtual code was issued.
    """
    code = virtual_code.read_command(command)
    certificate = certificates.certificate(code)
    if certificate is None or not certificate.issued:
        raise CertificateNotFound
    if certificate.attestation:
        return {"virtual_code": code, "outcome": ALREADY}
    agrees = certificates.happened(code) == _said_of(certificate) and (
        pdfs.digest(certificate.pdf_key) == certificate.sha256
    )
    if agrees and certificates.attest_before(replace(certificate, attestation=attest(certificate))):
        return {"virtual_code": code, "outcome": ATTESTED}
    return {"virtual_code": code, "outcome": DISAGREES}


def _said_of(certificate: Certificate) -> set[str]:
    """What the event log says if the record is right."""
    said = {
        CERTIFICATE_ISSUED: certificate.issued,
        CERTIFICATE_SUPERSEDED: certificate.superseded_on,
        CERTIFICATE_ANNULLED: certificate.annulled_on,
    }
    return {name for name, done in said.items() if done}
