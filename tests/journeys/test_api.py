"""The HTTP interface to the letter: every answer as the OpenAPI document says, every refusal with its code."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from constancia import wording
from jsonschema import Draft202012Validator

from infra.console.services import Local
from infra.local import service
from tests.institution import answers_of, authorized, hand_in, lines_of, question, register, state_of
from tests.journeys.citizen import GUARDIAN, STUDENT, Answer, Citizen, request_body, student_body

OPENAPI = json.loads((Path(__file__).parents[2] / "portal" / "api" / "openapi.json").read_text())


def check(answer: Answer, method: str, path: str) -> Answer:
    """The answer, found to be one that the document describes."""
    described = OPENAPI["paths"][path][method]["responses"][str(answer.status)]
    kind = answer.headers["Content-Type"].partition(";")[0]
    schema = {**described["content"][kind]["schema"], "components": OPENAPI["components"]}
    Draft202012Validator(schema).validate(answer.json)
    assert answer.headers["Cache-Control"] == "no-store"
    sent = {name.lower(): value for name, value in answer.headers.items()}
    for header, documented in described.get("headers", {}).items():
        if documented.get("required", True) or header.lower() in sent:
            value = sent[header.lower()]
            assert int(value) > 0 if documented["schema"]["type"] == "integer" else value
    return answer


def refused(answer: Answer, code: str, path: str = "/api/requests", method: str = "post") -> dict[str, Any]:
    """The problem, found to be that one."""
    assert answer.json["code"] == code, answer.json
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status == answer.json["status"] == wording.PROBLEMS[code].status
    problem: dict[str, Any] = check(answer, method, path).json
    assert problem["title"]
    assert problem["detail"]
    return problem


def with_(whom: str, **changes: Any) -> dict[str, Any]:
    """The request with some members of the applicant or student changed."""
    people = {"applicant": GUARDIAN, "student": STUDENT}
    return request_body(**{whom: {**people[whom], **changes}})


def test_the_document_is_served_and_valid_openapi(citizen: Citizen) -> None:
    served = citizen.call("GET", "/api/openapi.json")
    assert served.status == 200
    assert served.json == OPENAPI
    assert OPENAPI["openapi"].startswith("3.1")
    for schema in OPENAPI["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_answer_of_the_main_journey_is_as_documented(citizen: Citizen) -> None:
    check(citizen.call("GET", "/api/captcha?for=request"), "get", "/api/captcha")
    asked = check(citizen.ask(request_body()), "post", "/api/requests")
    request_id = asked.json["request_id"]
    check(citizen.transcript(request_id), "get", "/api/requests/{request_id}/transcript")
    accepting = "/api/requests/{request_id}/certificate"
    first = check(citizen.accept(request_id), "post", accepting)
    again = check(citizen.accept(request_id), "post", accepting)
    assert (first.status, again.status) == (201, 200)
    check(citizen.verify(first.json["virtual_code"], STUDENT["document_number"]), "post", "/api/verifications")


def test_what_is_not_a_json_object_is_malformed(citizen: Citizen) -> None:
    for body in (
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe{}",
        '{"modality":"EBR"}'.encode("utf-16"),
        b'{"a":NaN}',
        b'{"a":1,"a":2}',
        b"[" * 10_000,
        b'{"a":' * 3_000,
        b'{"a":' + b"9" * 5_000 + b"}",
        b"\xef\xbb\xbf{}",
    ):
        for path in ("/api/requests", "/api/verifications"):
            refused(citizen.call("POST", path, body), "malformed_request", path)
            # Where there is a body at all, what it is announced as is judged first.
            code = "unsupported_media_type" if body else "malformed_request"
            refused(citizen.call("POST", path, body, "application/octet-stream"), code, path)


def test_a_body_over_16_kib_is_malformed_and_one_over_10_mb_never_reaches_a_function(citizen: Citizen) -> None:
    refused(citizen.call("POST", "/api/requests", b" " * 16_385), "malformed_request")
    refused(citizen.call("POST", "/api/requests", b" " * 1_000_000), "malformed_request")
    too_large = citizen.call("POST", "/api/requests", b" " * (10 * 1024 * 1024 + 1))
    assert (too_large.status, too_large.json) == (413, {"message": "Request Entity Too Large"})


def test_all_bad_fields_are_named_at_once(citizen: Citizen) -> None:
    body = {
        "applicant": {"kind": "guardian", "document_number": 40000001, "birth_date": "1980-02-30"},
        "student": {"document_number": "7170560", "birth_date": "2999-01-01", "father_given_names": " "},
        "modality": "ABC",
        "level": 3,
        "contact": {"email": "ana@", "phone": "call me"},
        "purpose": {"code": "other", "detail": ""},
        "declaration_accepted": False,
    }
    problem = refused(citizen.post("/api/requests", body), "invalid_fields")
    assert sorted(error["field"] for error in problem["errors"]) == sorted(
        [
            "applicant.document_number",
            "applicant.birth_date",
            "applicant.father_given_names",
            "applicant.mother_given_names",
            "student.document_number",
            "student.birth_date",
            "student.father_given_names",
            "student.mother_given_names",
            "modality",
            "level",
            "contact.email",
            "contact.phone",
            "purpose.detail",
            "declaration_accepted",
        ]
    )
    assert all(error["detail"] for error in problem["errors"])


def test_an_empty_object_names_every_required_field(citizen: Citizen) -> None:
    problem = refused(citizen.post("/api/requests", {}), "invalid_fields")
    assert [error["field"] for error in problem["errors"]] == [
        "applicant.kind",
        "applicant.document_number",
        "applicant.birth_date",
        "applicant.father_given_names",
        "applicant.mother_given_names",
        "purpose.code",
        "modality",
        "level",
        "declaration_accepted",
    ]
    problem = refused(citizen.post("/api/verifications", {}), "invalid_fields", "/api/verifications")
    assert [error["field"] for error in problem["errors"]] == ["virtual_code", "document_number"]


def test_a_captcha_is_for_one_purpose_and_one_use(citizen: Citizen) -> None:
    refused(citizen.post("/api/requests", request_body()), "captcha_failed")
    refused(citizen.post("/api/requests", request_body(captcha="bm8=")), "captcha_failed")
    refused(citizen.post("/api/requests", request_body(captcha=7)), "captcha_failed")
    refused(citizen.post("/api/requests", request_body(captcha=citizen.prove_human("verification"))), "captcha_failed")
    proof = citizen.prove_human("request")
    assert citizen.post("/api/requests", request_body(captcha=proof)).status == 201
    refused(citizen.post("/api/requests", request_body(captcha=proof)), "captcha_failed")
    problem = refused(citizen.call("GET", "/api/captcha?for=fun"), "invalid_fields", "/api/captcha", "get")
    assert problem["errors"][0]["field"] == "for"
    refused(citizen.call("GET", "/api/captcha"), "invalid_fields", "/api/captcha", "get")


def test_every_cause_of_an_unconfirmed_identity_gets_the_same_bytes(citizen: Citizen) -> None:
    causes = [
        with_("student", document_number="99999999"),
        with_("student", birth_date="2010-03-01"),
        with_("student", father_given_names="JUAN"),
        with_("student", father_given_names=None),
        with_("student", mother_given_names="ROSA"),
        with_("applicant", document_number="99999999"),
        with_("applicant", birth_date="1980-05-18"),
        with_("applicant", mother_given_names="ANA"),
        request_body(
            applicant={
                "kind": "guardian",
                "document_number": "41000002",
                "birth_date": "1983-09-30",
                "father_given_names": "EUSEBIO",
                "mother_given_names": "JULIANA",
            }
        ),
        request_body(
            applicant={
                "kind": "student",
                "document_number": "77000007",
                "birth_date": "2008-01-01",
                "father_given_names": "ALDO",
                "mother_given_names": "INÉS",
            },
            student=None,
        ),
    ]
    answers = [citizen.ask(body) for body in causes]
    refused(answers[0], "identity_not_confirmed")
    assert {answer.body for answer in answers} == {answers[0].body}
    assert {tuple(sorted(set(answer.headers.items()) - {("Date", answer.headers["Date"])})) for answer in answers} == {
        tuple(sorted(set(answers[0].headers.items()) - {("Date", answers[0].headers["Date"])}))
    }


def test_ages_are_judged_as_submitted(citizen: Citizen) -> None:
    child = {"kind": "student", **STUDENT, "birth_date": "2018-03-09"}
    refused(citizen.ask(student_body(applicant=child)), "guardian_required")
    refused(citizen.ask(with_("student", birth_date="1990-01-01")), "student_must_apply")
    refused(citizen.ask(with_("applicant", birth_date="2015-01-01")), "guardian_must_be_adult")


def test_other_modalities_are_refused_with_an_explanation(citizen: Citizen) -> None:
    for modality in ("EBA", "EBE"):
        assert (
            "certificado de estudios"
            in refused(citizen.ask(request_body(modality=modality)), "modality_not_covered")["detail"]
        )


def test_unknown_and_unshown_requests(citizen: Citizen) -> None:
    shown = "/api/requests/{request_id}/transcript"
    accepted = "/api/requests/{request_id}/certificate"
    for request_id in ("nothing", "%00", "a" * 3000, "..%5c..", "%C3%B1"):
        refused(citizen.transcript(request_id), "request_not_found", shown, "get")
        refused(citizen.accept(request_id), "request_not_found", accepted)
    request_id = citizen.ask(request_body()).json["request_id"]
    refused(citizen.accept(request_id), "transcript_not_confirmed", accepted)


def test_a_level_without_records_names_those_that_have_some(citizen: Citizen) -> None:
    shown = "/api/requests/{request_id}/transcript"
    problem = refused(
        citizen.transcript(citizen.ask(request_body(level="initial")).json["request_id"]), "no_records", shown, "get"
    )
    assert (problem["available_levels"], problem["earlier_years"]) == (["primary", "secondary"], False)
    adult = {
        "kind": "student",
        "document_number": "76000006",
        "birth_date": "1995-05-05",
        "father_given_names": "HUGO",
        "mother_given_names": "GLADYS",
    }
    asked = citizen.ask(request_body(applicant=adult, student=None, level="secondary"))
    problem = refused(citizen.transcript(asked.json["request_id"]), "no_records", shown, "get")
    assert (problem["available_levels"], problem["earlier_years"]) == ([], True)
    assert "certificado de estudios" in problem["detail"]


def test_a_record_under_review_names_school_year_and_grade(citizen: Citizen) -> None:
    guardian = {
        "kind": "guardian",
        "document_number": "43000004",
        "birth_date": "1982-12-24",
        "father_given_names": "SIXTO",
        "mother_given_names": "BENITA",
    }
    student = {
        "document_number": "74000004",
        "birth_date": "2011-10-10",
        "father_given_names": "PABLO",
        "mother_given_names": "FLOR",
    }
    asked = citizen.ask(request_body(applicant=guardian, student=student, level="secondary"))
    shown = "/api/requests/{request_id}/transcript"
    problem = refused(citizen.transcript(asked.json["request_id"]), "record_under_review", shown, "get")
    assert (problem["school_name"], problem["year"], problem["grade"]) == ("I.E. TÚPAC AMARU II", 2025, 2)


def test_a_wrong_code_and_a_wrong_document_get_the_same_bytes(citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    wrong = [citizen.verify("ZZZZZZZZ", STUDENT["document_number"]), citizen.verify(code, "71705601")]
    wrong.append(citizen.verify("C2CC6526", "71705601"))
    refused(wrong[0], "certificate_not_found", "/api/verifications")
    assert {answer.body for answer in wrong} == {wrong[0].body}


def test_every_answer_about_a_file_of_questions_is_as_documented(citizen: Citizen, running: service.Service) -> None:
    opening, showing = "/api/verifications/files", "/api/verifications/files/{file_id}"
    made = register(Local(running.url).call, quota=3)
    key = authorized(made["key"])
    refused(citizen.post(opening, {"answer": "status", "bytes": 1}), "institution_unknown", opening)
    refused(citizen.call("POST", opening, b"{", headers=key), "malformed_request", opening)
    problem = refused(citizen.post(opening, {}, key), "invalid_fields", opening)
    assert [error["field"] for error in problem["errors"]] == ["answer", "bytes"]
    refused(citizen.call("GET", f"{opening}/0123456789abcdef", headers=key), "file_not_found", showing, "get")
    refused(citizen.call("GET", f"{opening}/0123456789abcdef"), "institution_unknown", showing, "get")
    opened = check(citizen.post(opening, {"answer": "status", "bytes": 1}, key), "post", opening)
    assert check(state_of(citizen, made["key"], opened.json["file_id"]), "get", showing).json["state"] == "waiting"
    answered = OPENAPI["components"]["schemas"]["ListAnswer"]
    schema = {**answered, "components": OPENAPI["components"]}
    for content, ends in (
        (lines_of([question("C2CC6526", "71705600")] * 2), "answered"),
        (lines_of([question("C2CC6526", "71705600")] * 2), "quota_exceeded"),
        (b"\n", "empty"),
        (b"PK\x03\x04", "not_text"),
    ):
        file_id = hand_in(citizen, made["key"], content)
        for _ in range(600):
            state = check(state_of(citizen, made["key"], file_id), "get", showing)
            if state.json["state"] in ("answered", "refused"):
                break
            time.sleep(0.05)
        if ends == "answered":
            for answer in answers_of(citizen, state):
                Draft202012Validator(schema).validate(answer)
        else:
            assert (state.json["state"], state.json["refused"]["code"]) == ("refused", ends)


def test_unknown_routes_and_methods_are_answered_as_api_gateway_does(citizen: Citizen) -> None:
    for method, path in (
        ("GET", "/api"),
        ("GET", "/api/nothing"),
        ("GET", "/api/requests"),
        ("PUT", "/api/requests"),
        ("DELETE", "/api/requests/x/certificate"),
        ("GET", "/api/requests/x/certificate"),
        ("POST", "/api/requests//certificate"),
        ("POST", "/api/captcha"),
        ("PATCH", "/api/verifications"),
        ("POST", "/"),
        ("GET", "/api/requests/..%2f..%2fx/transcript"),
    ):
        answer = citizen.call(method, path)
        assert (answer.status, answer.json) == (404, {"message": "Not Found"}), (method, path)


def test_a_file_outside_the_portal_is_not_served(citizen: Citizen) -> None:
    for path in ("/../README.md", "/%2e%2e/README.md", "/..%2fpyproject.toml", "/modules/../../cdk.json"):
        answer = citizen.call("GET", path)
        assert answer.status == 404
        assert b"constancia_pdf" not in answer.body


@pytest.mark.parametrize("path", ["/", "/solicitar/", "/verificar/", "/constancia/", "/accesibilidad/"])
def test_the_pages_are_there_with_the_headers_of_the_wiring(citizen: Citizen, path: str) -> None:
    answer = citizen.call("GET", path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
