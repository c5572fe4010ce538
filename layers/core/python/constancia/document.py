"""The document: what is drawn on the page, fixed before the first line is drawn."""

from datetime import datetime
from typing import NamedTuple

from constancia.transcript import Transcript


def print_serial_number(number: int) -> str:
    """A serial number as people read it, with eight digits: `00000016`."""
    return f"{number:08d}"


LARGEST_ATTESTATION = 496
"""Bytes of attestation that the page's second QR holds behind the longest address that the first one holds.

In 35 millimetres that is a module of 0.39 mm (version 16, level L), which is read in 20 of 20 degraded photos of 300
pixels across (version 17 in 17 of them). A transcript whose attestation would be larger is attested by a digest of its
marks.
"""


class Document(NamedTuple):
    """What the PDF of a certificate says. The same document always renders to the same bytes."""

    virtual_code: str
    serial_number: int
    """Printed with eight digits, zero padded."""
    issued_at: datetime
    """Lima time, to the second."""
    verify_url: str
    """The address in the QR: `https://…/verificar/?codigo=<virtual code>`."""
    transcript: Transcript
    attestation: bytes = b""
    """The COSE_Sign1 over all that the certificate says, drawn as the second QR; empty only before attestations."""
    marks_by_digest: bool = False
    """The attestation holds a digest of the marks in place of the marks, which the page then says."""
    embedded: bytes = b""
    """The content of `constancia.json`, which the PDF carries as a file: the API's certificate and transcript, with the
    attestation. Empty where `attestation` is."""

    @property
    def printed_serial_number(self) -> str:
        """The serial number as people read it: `00000016`."""
        return print_serial_number(self.serial_number)
