"""Taking requests in: the proof of a human, the network that counts, the limits, and a source that does not answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from constancia.aws import dynamodb, mail, sms
from constancia.aws.attempts import Attempts

from infra.local import service
from infra.local.citizen import newest_code
from infra.local.views import Views
from tests.conftest import PORTAL_URL
from tests.functions.conftest import Invoke, event, prove_human, with_body

WRONG = {
    "document_number": "71705600",
    "birth_date": "2010-02-28",
    "father_given_names": "PABLO",
    "mother_given_names": None,
}


def ask(invoke: Invoke, case: str = "guardian_asks", **changes: Any) -> Any:
    return invoke("validate_request", with_body(event("validate_request", case), **changes))


def code(answer: Any) -> str | None:
    found: str | None = json.loads(answer["body"]).get("code")
    return found


def counters() -> dict[str, int]:
    table = service.settings(PORTAL_URL)["ATTEMPTS_TABLE"]
    items = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return {item["subject"]["S"]: int(item["failures"]["N"]) for item in items if "failures" in item}


@pytest.mark.parametrize("case", ["guardian_asks", "student_asks"])
def test_the_named_requests_are_accepted(invoke: Invoke, case: str) -> None:
    answer = ask(invoke, case, captcha=prove_human(invoke))
    assert answer["statusCode"] == 201
    assert len(json.loads(answer["body"])["request_id"]) >= 22


def test_an_empty_body_is_malformed(invoke: Invoke) -> None:
    assert code(invoke("validate_request", event("validate_request", "empty_body"))) == "malformed_request"


def test_what_is_refused_before_a_proof_of_a_human_leaves_nothing_in_the_log(invoke: Invoke) -> None:
    proof = prove_human(invoke)
    minor = {**event("validate_request", "student_asks")}
    body = json.loads(minor["body"])
    body["applicant"]["birth_date"] = "2019-01-01"
    refused = [
        invoke("validate_request", event("validate_request", "empty_body")),
        ask(invoke, level="university", captcha=proof),
        ask(invoke, captcha=None),
        ask(invoke, captcha="bm8="),
        ask(invoke, captcha=prove_human(invoke, "verification")),
        ask(invoke, "student_asks", applicant=body["applicant"], captcha=proof),
        invoke("assemble_transcript", event("assemble_transcript", "show")),
    ]
    assert {code(answer) for answer in refused} == {
        "malformed_request",
        "invalid_fields",
        "captcha_failed",
        "guardian_required",
        "request_not_found",
    }
    assert Views("").event_log() == []
    assert code(ask(invoke, student=WRONG, captcha=proof)) == "identity_not_confirmed"
    assert [entry["reason"] for entry in Views("").event_log()] == ["identity_not_confirmed"]


def test_fifteen_failures_from_one_network_close_that_student_there_and_no_other(invoke: Invoke) -> None:
    for _ in range(15):
        assert code(ask(invoke, student=WRONG, captcha=prove_human(invoke))) == "identity_not_confirmed"
    closed = ask(invoke, student=WRONG, captcha=prove_human(invoke))
    assert closed["statusCode"] == 429
    assert 0 < int(closed["headers"]["Retry-After"]) <= 24 * 3600
    assert code(ask(invoke, captcha=prove_human(invoke))) == "too_many_attempts", "nothing is evaluated any more"

    elsewhere = with_body(event("validate_request", "guardian_asks"), captcha=prove_human(invoke))
    elsewhere["requestContext"]["http"]["sourceIp"] = "198.51.100.8"
    assert invoke("validate_request", elsewhere)["statusCode"] == 201
    other = {"kind": "student", "document_number": "72000002", "birth_date": "2009-06-15"}
    other |= {"father_given_names": "WILBER", "mother_given_names": "MARÍA ELENA"}
    assert ask(invoke, "student_asks", applicant=other, captcha=prove_human(invoke))["statusCode"] == 201


def test_many_networks_together_close_a_student_too(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_FAILURES_TARGET", "6")
    answers = []
    for network in range(8):
        asked = with_body(event("validate_request", "guardian_asks"), student=WRONG, captcha=prove_human(invoke))
        asked["requestContext"]["http"]["sourceIp"] = f"198.51.100.{network}"
        answers.append(code(invoke("validate_request", asked)))
    assert answers == ["identity_not_confirmed"] * 6 + ["too_many_attempts"] * 2


def test_a_success_gives_back_what_it_reserved(invoke: Invoke) -> None:
    for _ in range(20):
        assert ask(invoke, captcha=prove_human(invoke))["statusCode"] == 201
    assert set(counters().values()) == {0}


def test_a_proof_is_spent_by_its_first_use_also_where_a_limit_refuses(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = prove_human(invoke)
    assert code(ask(invoke, student=WRONG, captcha=prove_human(invoke))) == "identity_not_confirmed"
    with monkeypatch.context() as strict:
        strict.setenv("IDENTITY_FAILURES_HERE", "1")
        assert code(ask(invoke, captcha=proof)) == "too_many_attempts"
    assert code(ask(invoke, captcha=proof)) == "captcha_failed"
    assert ask(invoke, captcha=prove_human(invoke))["statusCode"] == 201


def test_behind_cloudfront_the_network_is_what_cloudfront_vouches_for(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = [prove_human(invoke) for _ in range(3)]
    monkeypatch.setenv("ORIGIN_SECRET", "SECRET")
    monkeypatch.setenv("IDENTITY_FAILURES_NETWORK", "1")

    def fail(viewer: str, secret: str = "SECRET", forwarded: str = "203.0.113.9") -> str | None:
        asked = with_body(event("validate_request", "behind_cloudfront"), student=WRONG, captcha=proofs.pop())
        asked["headers"] |= {
            "cloudfront-viewer-address": viewer,
            "x-origin-secret": secret,
            "x-forwarded-for": forwarded,
        }
        return code(invoke("validate_request", asked))

    assert fail("[2001:db8:1:2::9]:51000") == "identity_not_confirmed"
    assert fail("[2001:db8:1:2::77]:400", forwarded="203.0.113.10") == "too_many_attempts", "the same /64"
    assert fail("203.0.113.50:1") == "identity_not_confirmed"


@pytest.mark.parametrize(
    ("function", "case"),
    [
        ("validate_request", "guardian_asks"),
        ("assemble_transcript", "show"),
        ("render_certificate", "accept"),
        ("verify_certificate", "verify"),
    ],
)
def test_who_goes_round_the_firewall_is_refused_before_anything_is_evaluated_and_leaves_no_event(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, function: str, case: str
) -> None:
    monkeypatch.setenv("ORIGIN_SECRET", "NEW OLD")
    asked = event(function, case)
    given: dict[str | None, Any] = {}
    for secret in (None, "", "guessed", "NEW OLD", "NEW", "OLD"):
        asked["headers"].pop("x-origin-secret", None)
        asked["headers"] |= {} if secret is None else {"x-origin-secret": secret}
        events_before = len(Views("").event_log())
        answer = invoke(function, asked)
        given[secret] = code(answer)
        if given[secret] == "not_through_portal":
            assert answer["statusCode"] == 403
            assert answer["headers"]["Content-Type"] == "application/problem+json"
            assert len(Views("").event_log()) == events_before
    assert [secret for secret, answered in given.items() if answered != "not_through_portal"] == ["NEW", "OLD"]


def test_a_source_that_does_not_answer_is_told_as_such_and_never_as_not_confirmed(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = prove_human(invoke)

    def unreachable(_self: object, **_keys: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    with monkeypatch.context() as broken:
        broken.setattr(type(dynamodb.client()), "batch_get_item", unreachable, raising=False)
        answer = ask(invoke, captcha=proof)
    assert (answer["statusCode"], code(answer)) == (503, "temporarily_unavailable")
    assert int(answer["headers"]["Retry-After"]) > 0
    assert set(counters().values()) == {0}, "who is told to try again has failed nothing"


def test_who_is_right_and_meets_the_limit_of_successes_at_the_last_moment_has_failed_nothing(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_NETWORK", "1")
    monkeypatch.setattr(Attempts, "check_network", lambda *_: None)
    assert ask(invoke, captcha=prove_human(invoke))["statusCode"] == 201
    assert code(ask(invoke, captcha=prove_human(invoke))) == "too_many_certificates"
    assert set(counters().values()) == {0}


class Google(BaseHTTPRequestHandler):
    """Plays reCAPTCHA's endpoint: the answer in the token."""

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        token = asked["response"][0]
        host = "evil.example" if token == "elsewhere" else "constancia.example"
        reply = b"<html>" if token == "broken" else json.dumps({"success": token != "no", "hostname": host}).encode()
        self.send_response(500 if token == "down" else 200)
        self.end_headers()
        self.wfile.write(reply if asked["secret"] == ["shh"] else b'{"success":false}')

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def recaptcha(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), Google)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HUMAN_PROOF", "recaptcha")
    monkeypatch.setenv("RECAPTCHA_SECRET", "shh")
    monkeypatch.setenv("RECAPTCHA_SITE_KEY", "site")
    monkeypatch.setenv("RECAPTCHA_HOST", "constancia.example")
    monkeypatch.setenv("RECAPTCHA_URL", f"http://127.0.0.1:{server.server_port}/siteverify")
    yield
    server.shutdown()
    server.server_close()


def test_recaptcha_fits_the_same_port(invoke: Invoke, recaptcha: None) -> None:
    offered = json.loads(invoke("validate_request", event("validate_request", "challenge"))["body"])
    assert offered == {"provider": "recaptcha", "site_key": "site", "for": "request"}
    assert ask(invoke, captcha="good")["statusCode"] == 201
    assert code(ask(invoke, captcha="good")) == "captcha_failed", "one use"
    assert code(ask(invoke, captcha="no")) == "captcha_failed"
    assert code(ask(invoke, captcha="elsewhere")) == "captcha_failed", "another site's answer"
    assert code(ask(invoke, captcha="\ud800")) == "captcha_failed", "no text that could be sent on"
    assert code(ask(invoke, captcha="down")) == "temporarily_unavailable"
    assert code(ask(invoke, captcha="broken")) == "temporarily_unavailable"


def test_recaptcha_out_of_reach_lets_nobody_through(
    invoke: Invoke, recaptcha: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECAPTCHA_URL", "http://127.0.0.1:1/siteverify")
    assert code(ask(invoke, captcha="good")) == "temporarily_unavailable"


BY_EMAIL = {
    "kind": "student",
    "document_number": "78000008",
    "birth_date": "2009-12-31",
    "father_given_names": "RENÉ ÉTIENNE",
    "mother_given_names": "ZOË ANNE-MARIE",
}
BY_SMS = {
    "kind": "student",
    "document_number": "75000005",
    "birth_date": "2004-08-01",
    "father_given_names": "MANUEL JESÚS",
    "mother_given_names": "NORMA",
}
"""Sample students with a contact on record."""


def call(invoke: Invoke, case: str, accepted: dict[str, Any], **body: Any) -> Any:
    """A later call of a request, by its named event."""
    text = json.dumps(event("validate_request", case))
    text = text.replace("A" * 32, accepted["request_id"]).replace("Bearer TOKEN", f"Bearer {accepted['access_token']}")
    asked = json.loads(text)
    return invoke("validate_request", with_body(asked, **body) if body else asked)


@pytest.mark.parametrize("applicant", [BY_EMAIL, BY_SMS], ids=["e-mail", "sms"])
def test_a_service_that_rejects_the_message_is_told_as_such_and_another_code_can_be_asked_for(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, applicant: dict[str, Any]
) -> None:
    monkeypatch.setenv("SMS_ORIGINATION", "MINEDU")
    proof = prove_human(invoke)

    def reject(_self: object, **_message: Any) -> None:
        refusal: Any = {
            "Error": {"Code": "MessageRejected", "Message": "no"},
            "ResponseMetadata": {"HTTPStatusCode": 400},
        }
        raise ClientError(refusal, "Send")

    with monkeypatch.context() as broken:
        broken.setattr(type(mail.client()), "send_email", reject, raising=False)
        broken.setattr(type(sms.client()), "send_text_message", reject, raising=False)
        answer = ask(invoke, "student_asks", applicant=applicant, captcha=proof)
    assert answer["statusCode"] == 201
    accepted = json.loads(answer["body"])
    assert accepted["student"] is None
    assert accepted["confirmation"]["expires_at"] is None, "no code is on its way"
    assert Views("").outbox() == []
    again = call(invoke, "another_code", accepted)
    assert json.loads(again["body"])["expires_at"]
    (message,) = Views("").outbox()
    if applicant is BY_SMS:
        assert (message["channel"], message["from"], message["to"]) == ("sms", "MINEDU", "+51912345678")
    assert code(call(invoke, "code_given", accepted, code="not it")) == "invalid_fields"
    given = call(invoke, "code_given", accepted, code=newest_code([message]))
    assert json.loads(given["body"])["student"]["document_number"] == applicant["document_number"]


def test_the_attempt_stays_counted_until_the_code_is_given_back(invoke: Invoke) -> None:
    accepted = json.loads(ask(invoke, "student_asks", applicant=BY_EMAIL, captcha=prove_human(invoke))["body"])
    assert set(counters().values()) == {1}
    assert code(call(invoke, "code_given", accepted, code="000000")) == "code_wrong"
    assert set(counters().values()) == {1}
    call(invoke, "code_given", accepted, code=newest_code(Views("").outbox()))
    assert set(counters().values()) == {0}
