"""What a verification reads and writes: a certificate, what is current of the student, a network's failures."""

from botocore.exceptions import ClientError

from constancia.aws.attempts import Attempts
from constancia.aws.certificates import ISSUED, Certificates, read_certificate, read_current, student_key
from constancia.aws.dynamodb import Item, Packed, client, plain, transact, wire
from constancia.aws.event_log import EventLog
from constancia.aws.public_log.entries import LogEntries, events_of
from constancia.aws.replicas import SchoolRecordReplica
from constancia.current_certificates import CurrentCertificates
from constancia.errors import TemporarilyUnavailable
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt
from constancia.json_text import encode
from constancia.public_log.entries import Logged
from constancia.transcript import Column, Group, Row, Student, Transcript
from constancia.verifying.verification import Found


class CertificateVerification(Certificates):
    """Certificates for verifiers: see `constancia.verifying.verification.VerificationRepository`."""

    SOME_TRANSCRIPT = Transcript(
        Student("00000000", "JUAN CARLOS QUISPE MAMANI"),
        "EBR",
        "primary",
        (Column(2019, 4, "0000000", "0", "I.E. SAN JOSÉ", "PROMOVIDO"),) * 6,
        (Group("area", (Row("MATEMÁTICA", ("A",) * 6),) * 8),),
        (),
        earlier_years=False,
    )
    SOME_CERTIFICATE = wire(
        {
            "virtual_code": "00000000",
            "state": ISSUED,
            "serial_number": 0,
            "issued_at": "2026-01-01T00:00:00-05:00",
            "transcript": Packed(encode(SOME_TRANSCRIPT.as_json())),
            "attestation": "A" * 300,
            "salt": "00" * 16,
            **dict.fromkeys(("pdf_key", "applicant", "purpose", "email", "sha256", "mail"), ""),
            "mail_since": 0,
        }
    )
    """A certificate as the table keeps one."""
    SOME_MILESTONE = wire({"day_shard": "certificate#00000000", "time": "issued", "sha256": ""})
    """A milestone as the event log keeps one."""
    NOTHING_CURRENT = wire(
        {
            "version": 0,
            "current": encode(
                {"00000000#EBR#primary": {"digest": "", "copies": [["00000000", "2026-01-01T00:00:00-05:00"]]}}
            ),
        }
    )
    """What is read where nothing is kept of a student, so that the time tells nobody of whom there is something."""

    def __init__(self, attempts: Attempts, school_records: SchoolRecordReplica, events: EventLog) -> None:
        super().__init__()
        self.attempts = attempts
        self.school_records = school_records
        self.events = events
        self.log = LogEntries()
        self.reserve = attempts.reserve
        self.count_failure = attempts.count_failure
        self.release = attempts.release

    def look_up(self, attempt: Attempt, code: str, document_number: str, *, with_changes: bool) -> Found:
        """All that a verification reads, in one call; the same for what is there and what is not.

        Where the public log or the mark of changed school records cannot be read, the rest is.

        Args:
            attempt: the attempt, whose network is judged.
            code: the virtual code.
            document_number: what is asked about; it need not be the holder's.
            with_changes: whether the mark of changed school records is read.

        Raises:
            TooManyAttempts: the network of the attempt failed too often; nothing was evaluated.
            TemporarilyUnavailable: the tables did not answer for all of it.
        """
        keys = [{self.key: {"S": key}} for key in (code, student_key(document_number))]
        needed = {
            self.name: {"Keys": keys, "ConsistentRead": True},
            **self.events.milestones_asked(code),
            **self.attempts.question(attempt),
        }
        marks = self.school_records.question(document_number) if with_changes else {}
        marked: bool | None = None
        try:
            answer = client().batch_get_item(RequestItems={**needed, **marks, **self.log.asked(code)})
        except ClientError:
            answer = client().batch_get_item(RequestItems=needed)
        else:
            if with_changes and self.school_records.name not in answer.get("UnprocessedKeys", {}):
                marked = bool(answer["Responses"].get(self.school_records.name))
        if needed.keys() & answer.get("UnprocessedKeys", {}).keys():
            raise TemporarilyUnavailable
        self.attempts.check_network(attempt, answer["Responses"].get(self.attempts.name, []))
        found = {item[self.key]["S"]: item for item in answer["Responses"].get(self.name, [])}
        # Where there is none, another one is read in its place, so that the time tells nobody which codes exist.
        item = plain(found.get(code, self.SOME_CERTIFICATE))
        certificate = read_certificate(item)
        key = student_key(document_number)
        current = read_current(plain(found.get(key, self.NOTHING_CURRENT)))
        milestones = self.events.milestones_found(
            code, answer["Responses"].get(self.events.name) or [self.SOME_MILESTONE]
        )
        return Found(
            certificate if code in found else None,
            frozenset(milestones if answer["Responses"].get(self.events.name) else ()),
            current if key in found else CurrentCertificates(),
            marked,
            self._logged(item, answer["Responses"].get(self.log.name, [])),
        )

    def _logged(self, item: Item, found: list[Item]) -> tuple[Logged, ...]:
        """What the public log has of a stored certificate; nothing where record or index is not what was brought in."""
        try:
            indexes = self.log.indexes_found(found)
            return tuple(Logged(event, indexes[event.key]) for event in events_of(item) if event.key in indexes)
        except (KeyError, TypeError, ValueError):
            return ()

    def settle(self, attempt: Attempt, event: Event) -> None:
        """Gives back what the attempt reserved and writes the event, both or neither."""
        transact(self.events.append(event), self.attempts.give_back(attempt))
