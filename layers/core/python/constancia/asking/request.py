"""The request: what a citizen asks for, read from JSON, and what is kept of it once it is accepted."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from constancia.asking.codes import Confirmation
from constancia.asking.eligibility import check_guardian_asks, check_modality, check_student_asks
from constancia.asking.identity import Claim
from constancia.contact import EMAIL, LONGEST_EMAIL, PHONE
from constancia.curriculum import LEVELS, MODALITIES
from constancia.errors import ConfirmationNeeded, TranscriptNotConfirmed
from constancia.fields import INVALID, REQUIRED, WRONG_TYPE, Fields, read_body
from constancia.guarding.human_proof import read_captcha
from constancia.people import DOCUMENT_NUMBER, LONGEST_NAME
from constancia.transcript import Student, Transcript

LIFETIME = timedelta(hours=24)
"""How long an accepted request is kept."""

GUARDIAN, STUDENT = "guardian", "student"
OPERATOR = "operator"
"""Who asks for a student whom a court protects; no citizen's request names this kind of applicant."""
BY_CONTACT, BY_NAMES, BY_OPERATOR = "contact", "names", "operator"
"""How sure an identity is."""
PURPOSES = ("scholarship", "university", "school", "police_or_armed_forces", "job", "other")

LONGEST_PURPOSE_DETAIL = 150
"""Characters."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as submitted, with every field of the right form."""

    student: Claim
    guardian: Claim | None
    """None when the student asks alone."""
    modality: str
    level: str
    email: str | None
    phone: str | None
    purpose: str
    purpose_detail: str | None
    captcha: str

    @property
    def applicant_kind(self) -> str:
        """Who asks: `guardian` or `student`."""
        return GUARDIAN if self.guardian else STUDENT

    def check_who_may_ask(self, today: date) -> None:
        """Checks the ages of rule 1 and the modality of rule 4 on the data as submitted.

        Raises:
            ModalityNotCovered: EBA or EBE.
            GuardianRequired: a student under 16 asks alone.
            GuardianMustBeAdult: the guardian is under 18.
            StudentMustApply: a guardian asks for a student of 18 or more.
        """
        check_modality(self.modality)
        if self.guardian:
            check_guardian_asks(self.guardian.birth_date, self.student.birth_date, today)
        else:
            check_student_asks(self.student.birth_date, today)


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request whose names agree with the registry; it is kept for 24 hours."""

    request_id: str
    expires_at: datetime
    student: Student
    modality: str
    level: str
    applicant: str
    email: str | None
    """Where e-mails about the certificate go: None sends none, and from the moment when the certificate has it."""
    phone: str | None
    purpose: str
    purpose_detail: str | None
    assurance: str
    """How sure the identity is: `contact` (a code comes back from the contact on record), `names`, or `operator`."""
    token_digest: str
    """The SHA-256 of its access token, in hexadecimal."""
    privacy_notice: str | None = None
    """The version of the privacy notice that was in force at its declaration; None where none was kept."""
    confirmation: Confirmation | None = None
    """The code that it waits for; None once the code was given, or where none is needed."""
    transcript: Transcript | None = None
    """The transcript that the citizen saw, frozen when it was first shown; None before."""
    virtual_code: str | None = None
    """The virtual code of its certificate, reserved or issued; None before."""

    def check_confirmed(self) -> None:
        """Checks that it does not wait for a code: until then nobody is shown anything of the student.

        Raises:
            ConfirmationNeeded: it waits.
        """
        if self.confirmation:
            raise ConfirmationNeeded

    def shown_transcript(self) -> Transcript:
        """The transcript that the citizen saw.

        Raises:
            ConfirmationNeeded: the request waits for its code.
            TranscriptNotConfirmed: no transcript was shown yet.
        """
        self.check_confirmed()
        if self.transcript is None:
            raise TranscriptNotConfirmed
        return self.transcript


class RequestKey(NamedTuple):
    """What a caller needs to go on with a request."""

    request_id: str
    """Names the request, in the address; it opens nothing by itself."""
    access_token: str
    """Opens it, in a header (rule 15); empty where the caller gave none."""


REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{32}")


def draw_request_id() -> str:
    """A new request identifier of 192 random bits."""
    return secrets.token_urlsafe(24)


def draw_access_token() -> str:
    """A new access token of 256 random bits. Only its digest is kept."""
    return secrets.token_urlsafe(32)


def token_digest(access_token: str) -> str:
    """What is kept of an access token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(access_token.encode()).hexdigest()


def read_request(body: bytes, today: date) -> Request:
    """The request in the body of `POST /api/requests`.

    Args:
        body: what the client sent.
        today: the Lima day; no birth date is later.

    Raises:
        MalformedRequest: the body is not a JSON object, or too large.
        InvalidFields: some fields are missing or wrong; with all of them.
        CaptchaFailed: the fields are right and the proof of a human is missing.
    """
    fields = read_body(body)
    applicant = fields.object("applicant")
    kind = applicant.choice("kind", (GUARDIAN, STUDENT))
    asking = _read_claim(applicant, today)
    guardian = None
    if kind == GUARDIAN:
        guardian, asking = asking, _read_claim(fields.object("student"), today)
    elif kind == STUDENT and fields.has("student"):
        fields.fault("student", INVALID)
    contact = fields.object("contact")
    purpose = fields.object("purpose")
    purpose_code = purpose.choice("code", PURPOSES)
    detail = purpose.optional_text("detail", LONGEST_PURPOSE_DETAIL)
    if purpose_code == "other" and detail is None:
        purpose.fault("detail", REQUIRED)
    email = contact.matching("email", EMAIL) if contact.has("email") else None
    if email and len(email) > LONGEST_EMAIL:
        contact.fault("email", INVALID)
    phone = contact.matching("phone", PHONE) if contact.has("phone") else None
    modality = fields.choice("modality", MODALITIES)
    level = fields.choice("level", LEVELS)
    accepted = fields.values.get("declaration_accepted")
    if accepted is not True:
        fields.fault("declaration_accepted", WRONG_TYPE if accepted not in (None, False) else REQUIRED)
    return Request(
        student=asking,
        guardian=guardian,
        modality=modality,
        level=level,
        email=email,
        phone=phone,
        purpose=purpose_code,
        purpose_detail=detail,
        captcha=read_captcha(fields),
    )


def _read_claim(fields: Fields, today: date) -> Claim:
    return Claim(
        document_number=fields.matching("document_number", DOCUMENT_NUMBER),
        birth_date=fields.birth_date("birth_date", today),
        father_given_names=fields.name_or_null("father_given_names", LONGEST_NAME),
        mother_given_names=fields.name_or_null("mother_given_names", LONGEST_NAME),
    )
