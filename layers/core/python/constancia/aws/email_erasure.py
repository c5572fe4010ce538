"""The certificates and corrections in their tables, for the erasure of an e-mail address."""

from constancia.aws.certificates import HAS_EMAIL, ISSUED, Certificates
from constancia.aws.corrections import Corrections
from constancia.aws.dynamodb import ConditionFailed, transact
from constancia.aws.event_log import EventLog
from constancia.certifying.email_erasure import Erasure
from constancia.event_log import Event


class EmailErasure(Certificates):
    """The certificates, the corrections and the event log: see `ErasureRepository` in `certifying.email_erasure`."""

    def __init__(self, events: EventLog) -> None:
        super().__init__()
        self.events = events
        self.corrections = Corrections(events)

    def erase_in_corrections(self, document_number: str, email: str) -> None:
        """Removes an address from the corrections of a student; where it is in none, nothing changes."""
        self.corrections.erase_email(document_number, email)

    def erase_email(self, code: str, erasure: Erasure, event: Event) -> bool:
        """Removes the address, keeps who did it and when, and writes the event: see `ErasureRepository`."""
        erased = self.update(
            code,
            "SET email_erased_at = :moment, email_erased_by = :operator REMOVE email",
            {
                ":moment": erasure.moment.isoformat(timespec="seconds"),
                ":operator": erasure.operator,
                ":issued": ISSUED,
                ":text": "S",
            },
            f"#state = :issued AND {HAS_EMAIL}",
            {"#state": "state"},
        )
        try:
            transact(erased, self.events.append(event))
        except ConditionFailed:
            return False
        return True
