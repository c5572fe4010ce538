"""The certificate as a document: what is drawn on the page, fixed before the first line is drawn."""

from datetime import datetime

from constancia.named_tuple import NamedTuple
from constancia.transcript import Transcript


class Certificate(NamedTuple):
    """What the PDF says. The same certificate always renders to the same bytes."""

    virtual_code: str
    serial_number: int
    """Printed with eight digits, zero padded."""
    issued_at: datetime
    """Lima time, to the second."""
    verify_url: str
    """Where the QR leads: `https://…/verificar/?codigo=<virtual code>`."""
    transcript: Transcript

    @property
    def printed_serial_number(self) -> str:
        """The serial number as people read it: `00000016`."""
        return f"{self.serial_number:08d}"
