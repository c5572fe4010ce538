"""Annulment (rule 7): an operator declares a certificate void, once, with a reason that every verifier then reads."""

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from constancia import event_log, virtual_code
from constancia.certificate import Certificate
from constancia.current_certificates import CurrentCertificates
from constancia.errors import CertificateNotFound, TemporarilyUnavailable
from constancia.event_log import Event
from constancia.fields import Fields

TRIES = 5
"""Tries of an annulment that meets the issue of another certificate of the same student."""
LONGEST_REASON = 300
LONGEST_OPERATOR = 200
"""Characters."""


class Annulment(NamedTuple):
    """The annulment of one certificate."""

    reason: str
    """Why; every verifier reads it, so it names no person."""
    operator: str
    """Who annulled, as their console states it. Lambda does not tell a function who called it: the proof is the trail
    of operators' calls (decision 050)."""
    moment: datetime
    """Lima time."""


class AnnulmentRepository(Protocol):
    """The certificates and the event log."""

    def certificate(self, code: str) -> Certificate | None:
        """A certificate, reserved or issued, or None."""
        ...

    def current(self, document_number: str) -> CurrentCertificates:
        """The current certificates of a student."""
        ...

    def annul(
        self, certificate: Certificate, annulment: Annulment, current: CurrentCertificates | None, event: Event
    ) -> bool:
        """Keeps the annulment, writes what is current from now on and the event, all or nothing.

        Args:
            certificate: the certificate.
            annulment: reason, operator and moment.
            current: the student's current certificates from now on, one version after what was read; None where the
                certificate is not among them.
            event: what is written into the event log.

        False if the certificate is not issued, or annulled already, or what is current was changed after it was read.
        """
        ...


def annul(command: dict[str, Any], moment: datetime, *, certificates: AnnulmentRepository) -> tuple[Certificate, bool]:
    """The annulled certificate, and whether this call is the one that annulled it.

    Args:
        command: a JSON object with `virtual_code`, `reason` and `operator`.
        moment: Lima time; the moment of the annulment if the certificate is not annulled yet.
        certificates: the certificates.

    Raises:
        InvalidFields: some fields are missing or wrong; with all of them.
        CertificateNotFound: no certificate with that virtual code was issued.
        TemporarilyUnavailable: the certificate could not be changed.
    """
    fields = Fields(command)
    code = virtual_code.read_field(fields)
    annulment = Annulment(fields.text("reason", LONGEST_REASON), fields.text("operator", LONGEST_OPERATOR), moment)
    fields.check()
    event = event_log.event(event_log.CERTIFICATE_ANNULLED, moment, code)
    for _ in range(TRIES):
        certificate = certificates.certificate(code)
        if certificate is None or not certificate.issued:
            raise CertificateNotFound
        if certificate.annulled_on:
            return certificate, False
        current = certificates.current(certificate.holder_number)
        after = current.after_annulment(certificate)
        if certificates.annul(certificate, annulment, None if after is current else after, event):
            return replace(certificate, annulled_on=moment.date(), annulment_reason=annulment.reason), True
    raise TemporarilyUnavailable
