"""Lists of questions (rule 13): what an institution asks of up to a hundred certificates, and what it is told.

How a list is answered stands in `constancia.verifying.list_answers`.
"""

from typing import Any, NamedTuple

from constancia import virtual_code, wording
from constancia.certificate import ANNULLED
from constancia.errors import FieldError
from constancia.fields import INVALID, REQUIRED, TOO_LONG, WRONG_TYPE, Fields, read_body
from constancia.people import DOCUMENT_NUMBER
from constancia.verifying.predicates import predicates_of
from constancia.verifying.verification import Verified

STATUS, PREDICATES, TRANSCRIPT = "status", "predicates", "transcript"
ANSWERS = (STATUS, PREDICATES, TRANSCRIPT)
"""How much an institution wants to know of each certificate."""
MOST = 100
"""Questions of a list."""
LARGEST_LIST = 64 * 1024
"""Bytes of a list."""
LONGEST_REFERENCE = 64
"""Characters."""

NOT_FOUND, UNVERIFIABLE = "not_found", "unverifiable"
TOO_MANY_ATTEMPTS, BAD = "too_many_attempts", "invalid"
"""What is answered in the place of a question beside the states of a certificate."""


class ListedQuestion(NamedTuple):
    """One question of a list."""

    virtual_code: str | None
    """As it was read; None where it is none."""
    document_number: str
    reference: str | None
    """What the institution calls it, given back as it is."""
    errors: tuple[FieldError, ...] = ()
    """What is wrong with it; it is then not asked."""


class QuestionList(NamedTuple):
    """A list of questions."""

    answer: str
    """How much is wanted: one of `ANSWERS`."""
    questions: tuple[ListedQuestion, ...]


class ListAnswer(NamedTuple):
    """The answer to one question of a list."""

    question: ListedQuestion
    status: str
    """The state of the certificate, or why there is none."""
    verified: Verified | None = None

    def as_json(self, answer: str) -> dict[str, Any]:
        """The answer, with what is wrong with a bad question; `answer` says how much was asked for: no more leaves."""
        told: dict[str, Any] = {
            "reference": self.question.reference,
            "virtual_code": self.question.virtual_code,
            "status": self.status,
        }
        if self.question.errors:
            told["errors"] = wording.faults(self.question.errors)
        if self.verified is None:
            return told
        certificate = self.verified.certificate
        annulled = certificate.state == ANNULLED
        days = {
            "superseded_on": None if annulled else certificate.superseded_on,
            "newer_copy_on": self.verified.newer_copy_on,
            "annulled_on": certificate.annulled_on,
            "records_changed_on": self.verified.records_changed_on,
        }
        told |= {name: day and day.isoformat() for name, day in days.items()}
        told["successor_status"] = self.verified.successor_status
        told["annulment_reason"] = certificate.annulment_reason
        if annulled or answer == STATUS:
            return told
        if answer == PREDICATES:
            return {**told, "predicates": predicates_of(certificate.transcript).as_json()}
        return {**told, "transcript": certificate.transcript.as_json()}


def read_list(body: bytes) -> QuestionList:
    """The list in the body of `POST /api/verifications/batch`; a bad question is in its place, with its errors.

    Raises:
        MalformedRequest: the body is not a JSON object, or larger than 64 KiB.
        InvalidFields: the list itself is wrong: too long, empty, no list, or with an unknown `answer`.
    """
    fields = read_body(body, LARGEST_LIST)
    answer = fields.choice("answer", ANSWERS)
    listed = fields.of_type("questions", list)
    if listed == []:
        fields.fault("questions", REQUIRED)
    elif listed and len(listed) > MOST:
        fields.fault("questions", TOO_LONG)
    fields.check()
    return QuestionList(answer, tuple(map(read_question, listed)))


def read_question(value: Any) -> ListedQuestion:
    """A question, from a value of JSON; with its errors where it is a bad one."""
    if not isinstance(value, dict):
        return ListedQuestion(None, "", None, (FieldError("", WRONG_TYPE),))
    fields = Fields(value)
    code = virtual_code.read_field(fields) or None
    number = fields.matching("document_number", DOCUMENT_NUMBER)
    return ListedQuestion(code, number, _read_reference(fields), tuple(fields.errors))


def _read_reference(fields: Fields) -> str | None:
    """A reference as it was written, or None; it is never cleaned, because the institution looks for it."""
    if not fields.has("reference"):
        return None
    written = fields.of_type("reference", str)
    if written is None:
        return None
    reference = str(written)
    if len(reference) > LONGEST_REFERENCE:
        fields.fault("reference", TOO_LONG)
    elif not reference.isprintable():
        fields.fault("reference", INVALID)
    else:
        return reference
    return None
