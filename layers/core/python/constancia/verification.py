"""Verification (rule 8): a code and a document number in, the state of the certificate out; it fails closed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from constancia import event_log, human_proof, virtual_code
from constancia.attempts import Attempt, Guard, Reservations
from constancia.errors import CertificateNotFound
from constancia.event_log import Event
from constancia.fields import INVALID, Fields
from constancia.human_proof import HumanProof
from constancia.issuance import CertificateRecord
from constancia.request import DOCUMENT_NUMBER, read_body, read_captcha

VALID, SUPERSEDED, ANNULLED = "valid", "superseded", "annulled"
NEWEST = 50
"""Verifications that a look back shows."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a verifier asks."""

    virtual_code: str
    document_number: str
    captcha: str


class Seen(NamedTuple):
    """One verification as the holder may know of it."""

    on: date
    """Lima day; the hour could tell who it was."""
    outcome: str


class Counterfoils(Reservations, Protocol):
    """The issued certificates and the counters of failed verifications."""

    def certificate(self, code: str) -> CertificateRecord | None:
        """A certificate, reserved or issued, as it stands now."""
        ...

    def settle(self, attempt: Attempt, entry: Event) -> None:
        """Gives back what the attempt reserved and writes the event, both or neither."""
        ...


class Diary(Counterfoils, Protocol):
    """Counterfoils that remember when they were looked at."""

    def verifications(self, code: str, most: int) -> list[Seen]:
        """The newest verifications of a certificate, newest first."""
        ...


def read_question(body: bytes) -> Question:
    """The question in the body of `POST /api/verifications`.

    Raises:
        MalformedRequest: it cannot be read.
        InvalidFields: with every field that is missing or wrong.
        CaptchaFailed: the fields are right and the proof of a human is missing.
    """
    fields = read_body(body)
    return Question(_read_code(fields), fields.matching("document_number", DOCUMENT_NUMBER), read_captcha(fields))


def _read_code(fields: Fields) -> str:
    written = fields.of_type("virtual_code", str)
    if written is None:
        return ""
    code = virtual_code.read(written)
    if code is None:
        fields.fault("virtual_code", INVALID)
    return code or ""


def state_of(record: CertificateRecord) -> str:
    """`valid`, `superseded` or `annulled`; annulled counts for more than superseded."""
    if record.annulled_on:
        return ANNULLED
    return SUPERSEDED if record.superseded_on else VALID


def verify(
    body: bytes, network: str, moment: datetime, *, human: HumanProof, guard: Guard, counterfoils: Counterfoils
) -> CertificateRecord:
    """The certificate that a verifier asks about.

    Args:
        body: the JSON of `POST /api/verifications`.
        network: the viewer's, see `attempts.network_of`.
        moment: Lima time.
        human: the captcha.
        guard: the counters of failed verifications.
        counterfoils: the records.

    Raises:
        Refusal: any of those of `POST /api/verifications`. What the stores raise passes through: a state that could
            not be read is never told as "valid" nor as "not found".
    """
    record, attempt = _find(body, network, moment, human=human, guard=guard, counterfoils=counterfoils)
    counterfoils.settle(
        attempt,
        event_log.event(event_log.CERTIFICATE_VERIFIED, moment, record.virtual_code, outcome=state_of(record)),
    )
    return record


def look_back(
    body: bytes, network: str, moment: datetime, *, human: HumanProof, guard: Guard, counterfoils: Diary
) -> tuple[CertificateRecord, list[Seen]]:
    """The certificate and its newest verifications, newest first: days and outcomes, without who.

    Args and errors as for `verify`; looking back is no verification and is not counted as one.
    """
    record, attempt = _find(body, network, moment, human=human, guard=guard, counterfoils=counterfoils)
    seen = counterfoils.verifications(record.virtual_code, NEWEST)
    counterfoils.settle(attempt, event_log.event(event_log.HISTORY_SHOWN, moment, record.virtual_code))
    return record, seen


def _find(
    body: bytes, network: str, moment: datetime, *, human: HumanProof, guard: Guard, counterfoils: Counterfoils
) -> tuple[CertificateRecord, Attempt]:
    """The certificate, and the attempt to settle."""
    question = read_question(body)
    proof = human.check(question.captcha, human_proof.VERIFICATION)
    counters = guard.counters(question.document_number, network, int(moment.timestamp()), also=question.virtual_code)
    attempt = Attempt(counters, proof)
    counterfoils.reserve(attempt)
    record = counterfoils.certificate(question.virtual_code)
    if record is None or not record.issued or record.transcript.student.document_number != question.document_number:
        raise CertificateNotFound
    return record, attempt
