"""A citizen's request for a certificate: from the JSON that arrives to a value every later step can trust."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from constancia.eligibility import MODALITIES, check_guardian_asks, check_modality, check_student_asks
from constancia.errors import CaptchaFailed, InvalidFields, MalformedRequest
from constancia.fields import INVALID, REQUIRED, WRONG_TYPE, Fields, decode_object
from constancia.identity import Claim
from constancia.transcript import LEVELS, Student, Transcript

LARGEST_BODY = 16 * 1024
"""Bytes."""
LIFETIME = timedelta(hours=24)

GUARDIAN, STUDENT = "guardian", "student"
PURPOSES = ("scholarship", "university", "school", "police_or_armed_forces", "job", "other")

LONGEST_NAME = 120
LONGEST_PURPOSE_DETAIL = 150
LONGEST_EMAIL = 254

DOCUMENT_NUMBER = re.compile(r"[0-9]{8}")
PHONE = re.compile(r"\+?[0-9][0-9 ]{5,18}")
# The form that HTML's <input type="email"> takes (WHATWG HTML, "valid e-mail address"), with a dotted domain.
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and by whom."""

    student: Claim
    guardian: Claim | None
    """None when the student asks alone."""
    modality: str
    level: str
    email: str
    phone: str | None
    purpose: str
    purpose_detail: str | None
    captcha: str

    @property
    def applicant_kind(self) -> str:
        """`guardian` or `student`."""
        return GUARDIAN if self.guardian else STUDENT

    def check_who_may_ask(self, today: date) -> None:
        """Rule 1 and the modality of rule 4, on the data as submitted.

        Raises:
            ModalityNotCovered, GuardianRequired, GuardianMustBeAdult, StudentMustApply: as their names say.
        """
        check_modality(self.modality)
        if self.guardian:
            check_guardian_asks(self.guardian.birth_date, self.student.birth_date, today)
        else:
            check_student_asks(self.student.birth_date, today)


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """A request whose applicant is confirmed. It lives 24 hours and then is forgotten."""

    request_id: str
    expires_at: datetime
    student: Student
    modality: str
    level: str
    applicant: str
    email: str
    phone: str | None
    purpose: str
    purpose_detail: str | None
    transcript: Transcript | None = None
    """What the citizen saw, frozen when it was shown; None before."""
    virtual_code: str | None = None
    """The code reserved for its certificate, if one is."""


REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{32}")


def draw_request_id() -> str:
    """An identifier of 192 random bits: knowing it is the right to go on with the request."""
    return secrets.token_urlsafe(24)


def read_body(body: bytes) -> Fields:
    """The JSON object that a client sent.

    Raises:
        MalformedRequest: not JSON, not an object, or larger than 16 KiB.
    """
    if len(body) > LARGEST_BODY:
        raise MalformedRequest
    try:
        return Fields(decode_object(body))
    except ValueError as error:
        raise MalformedRequest from error


def read_captcha(fields: Fields) -> str:
    """The proof of a human, whatever its form; a missing one is a failed one, once the other fields are right.

    Raises:
        InvalidFields: some other field is missing or wrong.
        CaptchaFailed: there is no proof.
    """
    if fields.errors:
        raise InvalidFields(tuple(fields.errors))
    captcha = fields.values.get("captcha")
    if not isinstance(captcha, str) or not captcha:
        raise CaptchaFailed
    return captcha


def read_request(body: bytes, today: date) -> Request:
    """The request in the body of `POST /api/requests`.

    Raises:
        MalformedRequest: it cannot be read.
        InvalidFields: with every field that is missing or wrong.
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
    email = contact.matching("email", EMAIL)
    if len(email) > LONGEST_EMAIL:
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
        father_given_names=fields.text_or_null("father_given_names", LONGEST_NAME),
        mother_given_names=fields.text_or_null("mother_given_names", LONGEST_NAME),
    )


def mask_email(email: str) -> str:
    """`ana@example.com` as `a…@example.com`."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}…@{domain}"
