"""The refusals: every way in which the service says no, with the facts that the answer carries.

A refusal has a stable `code` and no prose; `constancia.wording` says it in Spanish and `constancia.aws.api` over HTTP.
"""

from typing import Any, ClassVar, NamedTuple


class FieldError(NamedTuple):
    """One fault of one field of what a client or a file sent."""

    field: str
    """The path of the field, with dots (`student.birth_date`); empty for the whole object."""
    code: str
    """What is wrong, one of the codes of `constancia.fields` or `constancia.loading.items`."""


class Refusal(Exception):
    """An answer that says no. Its attributes are the facts of the case."""

    code: str
    proven: ClassVar[bool] = True
    """Whether it is met only behind a proof of a human that holds, and so is written into the event log (rule 9)."""

    @property
    def facts(self) -> dict[str, Any]:
        """The facts of the case, by the names under which the API answers them."""
        return vars(self)


class MalformedRequest(Refusal):
    """The body is not JSON, not an object, or larger than allowed."""

    code = "malformed_request"
    proven = False


class UnsupportedMediaType(Refusal):
    """The body is not announced as `application/json`, so that any page could have sent it without asking."""

    code = "unsupported_media_type"
    proven = False


class CrossSiteRequest(Refusal):
    """A browser says that a page of another site makes it ask."""

    code = "cross_site_request"
    proven = False


class InvalidFields(Refusal):
    """Some fields of a request, an order or a line to load are missing or wrong; `errors` names all of them."""

    code = "invalid_fields"
    proven = False

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in errors))
        self.errors = errors


class CaptchaFailed(Refusal):
    """The proof of a human is missing, wrong, expired or used."""

    code = "captcha_failed"
    proven = False


class IdentityNotConfirmed(Refusal):
    """What was said of a person does not agree with the people registry; one answer for every cause (rule 2)."""

    code = "identity_not_confirmed"


class GuardianRequired(Refusal):
    """The student is under 16 and asks alone (rule 1)."""

    code = "guardian_required"
    proven = False


class StudentMustApply(Refusal):
    """A guardian asks for a student who is an adult (rule 1)."""

    code = "student_must_apply"
    proven = False


class GuardianMustBeAdult(Refusal):
    """The guardian is under 18 (rule 1)."""

    code = "guardian_must_be_adult"
    proven = False


class ModalityNotCovered(Refusal):
    """The modality is EBA or EBE, which have no certificate of this kind (rule 4)."""

    code = "modality_not_covered"
    proven = False


class TooManyAttempts(Refusal):
    """A limit of failed attempts is reached; nothing was evaluated (rule 3)."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds until the limit starts anew."""


class TooManyCertificates(Refusal):
    """A limit of successes is reached: certificates of a student, or requests from a network (rule 3)."""

    code = "too_many_certificates"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds until the limit starts anew."""


class RequestNotFound(Refusal):
    """There is no such request, it has ended, or the call does not carry its access token."""

    code = "request_not_found"
    proven = False


class ConfirmationNeeded(Refusal):
    """The request waits for its confirmation code (rule 2)."""

    code = "confirmation_needed"


class CodeWrong(Refusal):
    """The confirmation code is not the newest one of the request, or its ten minutes are over (rule 2)."""

    code = "code_wrong"

    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left
        """After the last one the request is gone."""


class TooManyCodes(Refusal):
    """No more confirmation codes are sent for this request, or today to this contact (rule 2)."""

    code = "too_many_codes"

    def __init__(self, retry_after: int = 0) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds until the contact may get another one; 0 where waiting does not help this request."""


class NoRecords(Refusal):
    """The student has no school record of that level since 2013 (rule 4)."""

    code = "no_records"

    def __init__(self, available_levels: tuple[str, ...], earlier_years: bool) -> None:
        super().__init__()
        self.available_levels = available_levels
        self.earlier_years = earlier_years


class RecordUnderReview(Refusal):
    """A school record of that level is being corrected by its school (rule 4)."""

    code = "record_under_review"

    def __init__(self, school_name: str, year: int, grade: int) -> None:
        super().__init__()
        self.school_name = school_name
        self.year = year
        self.grade = grade


class TranscriptNotConfirmed(Refusal):
    """A certificate was asked for before its transcript was shown (rule 5)."""

    code = "transcript_not_confirmed"


class TooManyCorrections(Refusal):
    """A request has opened as many corrections as one request may (rule 14)."""

    code = "too_many_corrections"


class CertificateNotFound(Refusal):
    """No certificate has that virtual code and that document number; one answer for both (rule 8)."""

    code = "certificate_not_found"


class InstitutionUnknown(Refusal):
    """A list of questions comes with no key, a wrong one or a revoked one; one answer for all (rule 13)."""

    code = "institution_unknown"
    proven = False


class QuotaExceeded(Refusal):
    """A list has more questions than an institution has left today; nothing of it was answered (rule 13)."""

    code = "quota_exceeded"
    proven = False

    def __init__(self, retry_after: int, quota_left: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds until its next day begins."""
        self.quota_left = quota_left
        """Questions that it still has today."""


class QuestionFileNotFound(Refusal):
    """The institution opened no file of that name, or its day is over (rule 13)."""

    code = "file_not_found"
    proven = False


class NoCurrentCertificate(Refusal):
    """The existing certificate was asked for, and there is none that says the same (rule 7)."""

    code = "no_current_certificate"


class TemporarilyUnavailable(Refusal):
    """A store or source does not answer. Nothing was lost: the same call may be made again."""

    code = "temporarily_unavailable"

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds after which to try again."""


class ChainRefused(Refusal):
    """Certificates that an operator would install are no chain of the key that seals; `reason` says why, in Spanish."""

    code = "chain_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CertificateAnnulled(Refusal):
    """The e-mail of an annulled certificate is not sent again."""

    code = "certificate_annulled"


class NoEmailAddress(Refusal):
    """An operator's e-mail has nowhere to go: the certificate has no address, or it was erased."""

    code = "no_email_address"


class InstitutionNotFound(Refusal):
    """An operator names an institution that there is not, or wants a new key for one that was revoked."""

    code = "institution_not_found"


class NotProtected(Refusal):
    """An operator ends the protection of a student who was never on the list, or asks for one whom none protects."""

    code = "not_protected"


class PersonNotFound(Refusal):
    """An operator asks for a student whom the people registry does not have, or has as deceased."""

    code = "person_not_found"


class MailNotSent(Refusal):
    """An operator's e-mail did not leave: it is being sent at this moment, or the mail service rejected it."""

    code = "mail_not_sent"

    def __init__(self, mail: str) -> None:
        super().__init__()
        self.mail = mail
        """The mail state of the certificate, see `constancia.certifying.delivery`."""


class LoadNotFound(Refusal):
    """No file of that name is in the inbox."""

    code = "load_not_found"


class LoadEnded(Refusal):
    """The load that is to be cancelled has ended already."""

    code = "load_ended"


class MailRejected(Exception):
    """The mail or SMS service said no to a message, and nothing was sent."""


class MailDeferred(MailRejected):
    """The mail service takes no message at this moment or today, and nothing was sent; this message may leave later."""


class NotDelivered(Exception):
    """A certificate's e-mail did not leave, or nobody knows whether it did; its mail state is the argument."""


class FileRefused(Exception):
    """Nothing of a file can be loaded; `code` says why, see `constancia.wording.FILE_FAULTS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class InvalidRow(Exception):
    """A line is no row of its spreadsheet: its quotes do not close, or it has more cells than there are columns."""


class InvalidCheckpoint(Exception):
    """A checkpoint of the public log is not written as one, or not signed by the key that it must be signed by."""


class IncompleteAudit(Exception):
    """An audit of the public log did not come to its end in the time that it has; its name is the argument."""


class LogForked(Exception):
    """What is stored of the public log is not what the log's state says; the path is the argument."""
