"""Taking requests in: the proof of a human, the network that counts, the limits, and a source that does not answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from constancia.aws import dynamodb

from infra.local import service
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


def test_a_refused_limit_does_not_spend_the_proof(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = prove_human(invoke)
    assert code(ask(invoke, student=WRONG, captcha=prove_human(invoke))) == "identity_not_confirmed"
    with monkeypatch.context() as strict:
        strict.setenv("IDENTITY_FAILURES_HERE", "1")
        assert code(ask(invoke, captcha=proof)) == "too_many_attempts"
    assert ask(invoke, captcha=proof)["statusCode"] == 201


def test_behind_cloudfront_the_network_is_what_cloudfront_vouches_for(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORIGIN_SECRET", "SECRET")
    monkeypatch.setenv("IDENTITY_FAILURES_NETWORK", "1")

    def fail(viewer: str, secret: str = "SECRET", forwarded: str = "203.0.113.9") -> str | None:
        asked = with_body(event("validate_request", "behind_cloudfront"), student=WRONG, captcha=prove_human(invoke))
        asked["headers"] |= {
            "cloudfront-viewer-address": viewer,
            "x-origin-secret": secret,
            "x-forwarded-for": forwarded,
        }
        return code(invoke("validate_request", asked))

    assert fail("[2001:db8:1:2::9]:51000") == "identity_not_confirmed"
    assert fail("[2001:db8:1:2::77]:400", forwarded="203.0.113.10") == "too_many_attempts", "the same /64"
    assert fail("203.0.113.50:1") == "identity_not_confirmed"
    assert fail("203.0.113.51:1", secret="guessed") == "identity_not_confirmed", "the peer's own counter"
    assert fail("203.0.113.52:1", secret="guessed") == "too_many_attempts", (
        "a header a client writes counts for nothing"
    )


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
    assert code(ask(invoke, captcha="down")) == "temporarily_unavailable"
    assert code(ask(invoke, captcha="broken")) == "temporarily_unavailable"


def test_recaptcha_out_of_reach_lets_nobody_through(
    invoke: Invoke, recaptcha: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECAPTCHA_URL", "http://127.0.0.1:1/siteverify")
    assert code(ask(invoke, captcha="good")) == "temporarily_unavailable"
