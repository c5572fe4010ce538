"""The refusals: every way in which the service says no, with the facts that the answer carries.

A refusal has a stable `code` and no prose; `constancia.wording` says it in Spanish and `constancia.aws.api` over HTTP.
"""

from constancia.named_tuple import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any


class FieldError(NamedTuple):
    """What is wrong with one field, as a dotted path (`student.birth_date`)."""

    field: str
    code: str


class Refusal(Exception):
    """Base of all refusals; its attributes are the facts of the case."""

    code: str

    @property
    def facts(self) -> "dict[str, Any]":
        """The facts, by the names under which the API answers them."""
        return vars(self)


class MalformedRequest(Refusal):
    """The body is not JSON, not an object, or larger than allowed."""

    code = "malformed_request"


class InvalidFields(Refusal):
    """Some fields are missing or wrong; all of them are named."""

    code = "invalid_fields"

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__()
        self.errors = errors


class CaptchaFailed(Refusal):
    """The proof of a human is missing, wrong, expired or used."""

    code = "captcha_failed"


class IdentityNotConfirmed(Refusal):
    """Rule 2: one answer for every cause."""

    code = "identity_not_confirmed"


class GuardianRequired(Refusal):
    """The student is under 16 and asks alone."""

    code = "guardian_required"


class StudentMustApply(Refusal):
    """A guardian asks for an adult."""

    code = "student_must_apply"


class GuardianMustBeAdult(Refusal):
    """The guardian is under 18."""

    code = "guardian_must_be_adult"


class ModalityNotCovered(Refusal):
    """EBA and EBE have no certificate of this kind."""

    code = "modality_not_covered"


class TooManyAttempts(Refusal):
    """Rule 3: a limit of failed attempts is reached; nothing was evaluated."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds until the limit starts anew."""


class RequestNotFound(Refusal):
    """No such request, or it expired."""

    code = "request_not_found"


class NoRecords(Refusal):
    """Rule 4: nothing since 2013 for that level."""

    code = "no_records"

    def __init__(self, available_levels: tuple[str, ...], earlier_years: bool) -> None:
        super().__init__()
        self.available_levels = available_levels
        self.earlier_years = earlier_years


class RecordUnderReview(Refusal):
    """Rule 4: a school record of that level is being corrected."""

    code = "record_under_review"

    def __init__(self, school_name: str, year: int, grade: int) -> None:
        super().__init__()
        self.school_name = school_name
        self.year = year
        self.grade = grade


class TranscriptNotConfirmed(Refusal):
    """The certificate was asked for before the transcript was shown."""

    code = "transcript_not_confirmed"


class CertificateNotFound(Refusal):
    """Rule 8: wrong code or wrong document, one answer."""

    code = "certificate_not_found"


class TemporarilyUnavailable(Refusal):
    """A store or source does not answer; nothing was lost."""

    code = "temporarily_unavailable"

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds after which to try again."""
