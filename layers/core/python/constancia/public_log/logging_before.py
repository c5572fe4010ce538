"""Certificates that were issued before there was a public log come into it one by one, on an operator's command.

Their entries say what the record says that day, and stand in the log where they were added: it cannot vouch for them
any earlier. The same command brings in an event that the sequencer could not, such as one that the stream lost.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from constancia import virtual_code
from constancia.errors import CertificateNotFound
from constancia.public_log.entries import LogEvent

LOGGED, ALREADY, NOT_ATTESTED = "logged", "already", "not_attested"
"""What becomes of a command."""


class SaltRepository(Protocol):
    """The certificates, with the salts of their entries."""

    def salted(self, code: str) -> tuple[LogEvent, ...] | None:
        """What the log is to have of a certificate, once each of its events has a salt; None where none was issued.

        It is empty for a certificate without an attestation, which the log could not tell from another.
        """
        ...


def log_before(
    command: dict[str, Any], *, certificates: SaltRepository, append: Callable[[Iterable[LogEvent]], int]
) -> dict[str, Any]:
    """What became of an operator's command to bring a certificate into the public log.

    Args:
        command: a JSON object with `virtual_code`.
        certificates: the certificates.
        append: brings events into the log, each once, and gives the number of new ones.

    Raises:
        InvalidFields: there is no virtual code, or it has not the form of one.
        CertificateNotFound: no certificate with that virtual code was issued.
    """
    code = virtual_code.read_command(command)
    events = certificates.salted(code)
    if events is None:
        raise CertificateNotFound
    outcome = NOT_ATTESTED
    if events:
        outcome = LOGGED if append(events) else ALREADY
    return {"virtual_code": code, "outcome": outcome}
