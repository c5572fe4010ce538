"""The contact on record, over HTTP: who has one goes on with a code alone; before, nothing is told of the student."""

import json
from typing import Any

import pytest

from tests.journeys.citizen import Answer, Citizen, request_body
from tests.journeys.test_api import check, refused

CODES = "/api/requests/{request_id}/codes"
CONFIRMATION = "/api/requests/{request_id}/confirmation"
TRANSCRIPT = "/api/requests/{request_id}/transcript"
CERTIFICATE = "/api/requests/{request_id}/certificate"

BY_EMAIL = request_body(
    applicant={
        "kind": "guardian",
        "document_number": "41000002",
        "birth_date": "1983-09-30",
        "father_given_names": "EUSEBIO",
        "mother_given_names": "JULIANA",
    },
    student={
        "document_number": "72000002",
        "birth_date": "2009-06-15",
        "father_given_names": "WILBER",
        "mother_given_names": "MARÍA ELENA",
    },
    level="secondary",
)
"""A mother whose contact on record is an e-mail address."""
BY_SMS = request_body(
    applicant={
        "kind": "guardian",
        "document_number": "42000003",
        "birth_date": "1990-01-20",
        "father_given_names": "RICARDO",
        "mother_given_names": "NOEMÍ",
    },
    student={
        "document_number": "83000003",
        "birth_date": "2018-03-09",
        "father_given_names": None,
        "mother_given_names": "CARMEN ROSA",
    },
)
"""A mother whose contact on record is a telephone."""
NAMES = ("LUIS ALBERTO", "TICONA", "THIAGO", "PAREDES")


@pytest.fixture(autouse=True)
def many_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODES_TO_CONTACT", "100")


def asked(citizen: Citizen, body: dict[str, Any]) -> str:
    """The id of a request that waits for its code."""
    answer = check(citizen.ask(body), "post", "/api/requests")
    assert answer.status == 201
    assert answer.json["student"] is None
    assert not any(name in answer.body.decode() for name in NAMES)
    request_id: str = answer.json["request_id"]
    return request_id


@pytest.mark.parametrize(("body", "channel", "to"), [(BY_EMAIL, "email", "m…@e….com"), (BY_SMS, "sms", "…321")])
def test_the_whole_way_with_a_code(citizen: Citizen, body: dict[str, Any], channel: str, to: str) -> None:
    answer = citizen.ask(body)
    confirmation = answer.json["confirmation"]
    assert (confirmation["channel"], confirmation["to"], confirmation["resends_left"]) == (channel, to, 2)
    request_id = answer.json["request_id"]
    for waiting, path, method in (
        (citizen.transcript(request_id), TRANSCRIPT, "get"),
        (citizen.accept(request_id), CERTIFICATE, "post"),
    ):
        refused(waiting, "confirmation_needed", path, method)
        assert not any(name in waiting.body.decode() for name in NAMES)
    message = citizen.outbox()[-1]
    assert message.get("channel", "email") == channel
    assert not any(name in json.dumps(message, ensure_ascii=False).upper() for name in NAMES)
    confirmed = check(citizen.confirm(request_id), "post", CONFIRMATION)
    assert confirmed.json["student"]["document_number"] == body["student"]["document_number"]
    assert citizen.transcript(request_id).status == 200
    assert citizen.accept(request_id).status == 201


def test_without_a_contact_on_record_nothing_is_asked_and_the_certificate_is_said_to_rest_on_names(
    citizen: Citizen,
) -> None:
    answer = check(citizen.ask(request_body()), "post", "/api/requests")
    assert answer.json["confirmation"] is None
    assert answer.json["student"]["document_number"] == "71705600"
    request_id = answer.json["request_id"]
    assert check(citizen.send_code(request_id), "post", CODES).status == 200, "there is nothing to send"
    assert check(citizen.confirm(request_id, "123456"), "post", CONFIRMATION).status == 200
    citizen.transcript(request_id)
    code = citizen.accept(request_id).json["virtual_code"]
    events = citizen.call("GET", "/_local/events").json
    (issued,) = (event for event in events if event.get("virtual_code") == code and event["name"].endswith("issued"))
    assert issued["assurance"] == "names"


def test_five_wrong_codes_end_the_request(citizen: Citizen) -> None:
    request_id = asked(citizen, BY_EMAIL)
    right = citizen.outbox()[-1]["text"]
    wrong = "000000" if "000000" not in right else "000001"
    for left in (4, 3, 2, 1, 0):
        assert refused(citizen.confirm(request_id, wrong), "code_wrong", CONFIRMATION)["tries_left"] == left
    refused(citizen.confirm(request_id), "request_not_found", CONFIRMATION)
    refused(citizen.send_code(request_id), "request_not_found", CODES)
    refused(citizen.transcript(request_id), "request_not_found", TRANSCRIPT, "get")


def test_a_request_gets_three_codes_and_a_contact_so_many_a_day(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = asked(citizen, BY_SMS)
    for more in (1, 0):
        again = check(citizen.send_code(request_id), "post", CODES)
        assert (again.status, again.json["resends_left"]) == (201, more)
    no_more = citizen.send_code(request_id)
    refused(no_more, "too_many_codes", CODES)
    assert "Retry-After" not in no_more.headers, "waiting does not help this request"
    assert citizen.confirm(request_id).status == 200
    monkeypatch.setenv("CODES_TO_CONTACT", "1")
    today = citizen.ask(BY_SMS)
    refused(today, "too_many_codes")
    assert 0 < int(today.headers["Retry-After"]) <= 24 * 3600
    assert not any(name in today.body.decode() for name in NAMES)


@pytest.mark.parametrize(
    "code", [None, "", "12345", 123456, "１２３４５６", "123 456"], ids=["null", "none", "5", "number", "wide", "gap"]
)
def test_what_is_no_code_costs_no_try(citizen: Citizen, code: Any) -> None:
    request_id = asked(citizen, BY_EMAIL)
    header = citizen.authorization(request_id)
    answer = citizen.post(f"/api/requests/{request_id}/confirmation", {"code": code}, header)
    assert refused(answer, "invalid_fields", CONFIRMATION)["errors"][0]["field"] == "code"
    assert citizen.confirm(request_id).status == 200


def test_a_request_is_opened_by_its_own_token_alone(citizen: Citizen) -> None:
    request_id, other = asked(citizen, BY_EMAIL), citizen.ask(request_body()).json["request_id"]
    token, others = citizen.tokens[request_id], citizen.tokens[other]
    assert len(token) >= 22
    assert token not in request_id
    for headers in (
        {},
        {"Authorization": f"Bearer {others}"},
        {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Basic {token}"},
        {"Authorization": token},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {request_id}"},
    ):
        for method, step, path in (
            ("GET", "transcript", TRANSCRIPT),
            ("POST", "certificate", CERTIFICATE),
            ("POST", "codes", CODES),
            ("POST", "confirmation", CONFIRMATION),
        ):
            body = b'{"code":"123456"}' if method == "POST" else None
            answer = citizen.call(method, f"/api/requests/{request_id}/{step}", body, headers=headers)
            refused(answer, "request_not_found", path, method.lower())
    assert citizen.confirm(request_id).status == 200, "no try was spent, no code was sent"


def test_where_names_do_not_suffice_the_refusal_is_the_one_for_all_causes(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = citizen.ask(request_body(student={**request_body()["student"], "father_given_names": "PABLO"}))
    monkeypatch.setenv("NAMES_ONLY", "closed")
    closed = citizen.ask(request_body())
    refused(closed, "identity_not_confirmed")
    assert closed.body == wrong.body
    assert citizen.ask(BY_EMAIL).status == 201


POSTS: tuple[tuple[str, str], ...] = (
    ("/api/requests", "/api/requests"),
    ("/api/requests/x/codes", CODES),
    ("/api/requests/x/confirmation", CONFIRMATION),
    ("/api/requests/x/certificate", CERTIFICATE),
    ("/api/verifications", "/api/verifications"),
    ("/api/verifications/history", "/api/verifications/history"),
)


def events(citizen: Citizen) -> int:
    return len(citizen.call("GET", "/_local/events").json)


@pytest.mark.parametrize(("path", "documented"), POSTS)
def test_a_page_of_another_site_is_refused_before_anything_is_evaluated_and_nothing_is_stored(
    citizen: Citizen, path: str, documented: str
) -> None:
    stored = events(citizen)
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        refused(citizen.call("POST", path, b"{}", media_type), "unsupported_media_type", documented)
    for site in ("application/json", "text/plain"):
        answer = citizen.call("POST", path, b"{}", site, {"Sec-Fetch-Site": "cross-site"})
        refused(answer, "cross_site_request", documented)
    assert events(citizen) == stored
    same: Answer = citizen.call(
        "POST", path, b"{}", "Application/JSON; charset=utf-8", {"Sec-Fetch-Site": "same-origin"}
    )
    assert same.json["code"] in ("invalid_fields", "request_not_found")
