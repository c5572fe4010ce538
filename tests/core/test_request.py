"""Reading a request: every fault named at once, nothing that gets through is anything but what it should be."""

import json
from datetime import date
from typing import Any

import pytest
from constancia import wording
from constancia.asking.request import read_request
from constancia.errors import CaptchaFailed, InvalidFields, MalformedRequest, Refusal
from constancia.fields import LARGEST_BODY
from hypothesis import given
from hypothesis import strategies as st

from tests.journeys.citizen import GUARDIAN, STUDENT, request_body, student_body

TODAY = date(2026, 11, 23)


def faults(**changes: Any) -> dict[str, str]:
    """What is wrong with the request, by field."""
    body = {**request_body(), "captcha": "proof", **changes}
    with pytest.raises(InvalidFields) as refused:
        read_request(json.dumps(body).encode(), TODAY)
    return {error.field: error.code for error in refused.value.errors}


def read(body: dict[str, Any]) -> Any:
    return read_request(json.dumps({"captcha": "proof", **body}).encode(), TODAY)


def test_a_guardians_request_is_read() -> None:
    request = read(request_body())
    assert request.applicant_kind == "guardian"
    assert request.guardian.document_number == GUARDIAN["document_number"]
    assert request.student.birth_date == date(2010, 2, 28)
    assert request.student.mother_given_names is None
    assert (request.purpose, request.purpose_detail, request.phone) == ("scholarship", None, "987654321")


def test_a_student_asks_with_their_own_data_as_applicant() -> None:
    request = read(student_body())
    assert request.guardian is None
    assert request.student.document_number == STUDENT["document_number"]
    assert read(student_body(student=None)).applicant_kind == "student"


def test_a_student_who_asks_alone_gives_no_second_student() -> None:
    assert faults(applicant={"kind": "student", **STUDENT}) == {"student": "invalid"}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1234567", "invalid"),
        ("123456789", "invalid"),
        ("1234567a", "invalid"),
        ("١٢٣٤٥٦٧٨", "invalid"),
        ("12345678\n", "invalid"),
        (" 12345678", "invalid"),
        (12345678, "wrong_type"),
        (None, "required"),
        ("", "invalid"),
    ],
)
def test_a_document_number_is_eight_digits(value: Any, code: str) -> None:
    assert faults(student={**STUDENT, "document_number": value}) == {"student.document_number": code}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2011-02-29", "invalid"),
        ("28/02/2010", "invalid"),
        ("20100228", "invalid"),
        ("2010-W08-7", "invalid"),
        ("2010-02-28T00:00", "invalid"),
        ("2026-11-24", "out_of_range"),
        ("1899-12-31", "out_of_range"),
        (20100228, "wrong_type"),
        (None, "required"),
    ],
)
def test_a_birth_date_is_a_day_of_the_calendar_up_to_today(value: Any, code: str) -> None:
    assert faults(student={**STUDENT, "birth_date": value}) == {"student.birth_date": code}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "required"),
        ("   ", "required"),
        ("A" * 121, "too_long"),
        ("-", "invalid"),
        ("' .", "invalid"),
        ("123", "invalid"),
        ("JUAN\u202eSOLRAC", "characters"),
        ("JUAN\x00", "characters"),
        ("\ud800", "characters"),
        (7, "wrong_type"),
        (["JUAN"], "wrong_type"),
    ],
)
def test_a_parents_names_are_text_or_an_explicit_null(value: Any, code: str) -> None:
    assert faults(student={**STUDENT, "father_given_names": value}) == {"student.father_given_names": code}


def test_a_parent_left_out_is_not_a_parent_the_registry_does_not_hold() -> None:
    silent = {name: value for name, value in STUDENT.items() if name != "mother_given_names"}
    assert faults(student=silent) == {"student.mother_given_names": "required"}


@pytest.mark.parametrize(
    "email",
    [
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "a b@example.com",
        "ana@example.com\r\nBcc: x@y.pe",
        "ñ@example.com",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    assert faults(contact={"email": email}) == {"contact.email": "invalid"}


@pytest.mark.parametrize("contact", [{}, {"email": None}, {"email": None, "phone": "987654321"}])
def test_an_address_is_optional(contact: dict[str, Any]) -> None:
    assert read(request_body(contact=contact)).email is None


def test_an_address_of_over_254_characters_is_refused() -> None:
    assert faults(contact={"email": "a@" + "b" * 60 + (".c" + "d" * 60) * 4 + ".pe"}) == {"contact.email": "invalid"}


@pytest.mark.parametrize("phone", ["98765", "call me", "9876-54321", 987654321])
def test_a_phone_is_optional_and_made_of_digits(phone: Any) -> None:
    assert set(faults(contact={"email": "ana@example.com", "phone": phone})) == {"contact.phone"}
    assert read(request_body(contact={"email": "ana@example.com"})).phone is None
    assert read(request_body(contact={"email": "ana@example.com", "phone": None})).phone is None


def test_another_purpose_needs_a_detail_of_at_most_150_characters() -> None:
    assert faults(purpose={"code": "other", "detail": None}) == {"purpose.detail": "required"}
    assert faults(purpose={"code": "other", "detail": " "}) == {"purpose.detail": "required"}
    assert faults(purpose={"code": "other", "detail": "x" * 151}) == {"purpose.detail": "too_long"}
    assert read(request_body(purpose={"code": "other", "detail": "Viaje"})).purpose_detail == "Viaje"
    assert faults(purpose={"code": "fun"}) == {"purpose.code": "not_a_choice"}


@pytest.mark.parametrize("accepted", [False, None, "true", 1])
def test_the_declaration_is_accepted_with_true_and_nothing_else(accepted: Any) -> None:
    assert set(faults(declaration_accepted=accepted)) == {"declaration_accepted"}


def test_a_member_of_the_wrong_kind_is_one_fault() -> None:
    assert set(faults(contact="ana@example.com", purpose=[])) == {"contact", "purpose"}


def test_a_missing_proof_is_told_once_the_fields_are_right() -> None:
    with pytest.raises(CaptchaFailed):
        read_request(json.dumps(request_body()).encode(), TODAY)
    assert faults(captcha=None, level="x") == {"level": "not_a_choice"}


def test_16_kib_is_the_largest_body() -> None:
    body = json.dumps({**request_body(), "captcha": "proof"}).encode()
    assert read_request(body.ljust(LARGEST_BODY), TODAY)
    with pytest.raises(MalformedRequest):
        read_request(body.ljust(LARGEST_BODY + 1), TODAY)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*request_body(), "captcha", "x"]), json_values))
def test_no_object_makes_reading_fail_otherwise_than_by_a_refusal_that_can_be_worded(body: dict[str, Any]) -> None:
    try:
        read_request(json.dumps({**request_body(), **body}).encode(), TODAY)
    except InvalidFields as refused:
        assert all(wording.fault(error) for error in refused.errors)
    except Refusal as refused:
        assert wording.detail(refused.code, refused.facts)


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail_otherwise_than_by_a_refusal(body: bytes) -> None:
    with pytest.raises(Refusal):
        read_request(body, TODAY)
