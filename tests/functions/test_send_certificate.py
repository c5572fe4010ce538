"""The e-mail: sent once, or reported; never the marks, never the name."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from constancia.aws import ses

from infra import wiring
from infra.local import service, storage
from infra.local.stream import StreamPump
from infra.local.views import Views
from tests.conftest import PORTAL_URL
from tests.functions.conftest import Invoke, event
from tests.trust.audit import dead_letters

CODE = "C2CC652Z"


@pytest.fixture
def change(invoke: Invoke) -> dict[str, Any]:
    """The change that wakes the function, its certificate kept in the table."""
    record: dict[str, Any] = event("send_certificate", "issued")["Records"][0]
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=record["dynamodb"]["NewImage"])
    return record


@pytest.fixture
def views() -> Views:
    return Views("")


@pytest.fixture
def fresh_mail_client() -> Iterator[None]:
    ses.client.cache_clear()
    yield
    ses.client.cache_clear()


def failed(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def names(views: Views) -> list[str]:
    return [entry["name"] for entry in views.event_log()]


def test_the_mail_has_the_link_and_initials_and_neither_marks_nor_names(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    (mail,) = views.outbox()
    assert mail["to"] == "ana@example.com"
    for part in (mail["text"], mail["html"]):
        assert f"{PORTAL_URL}/verificar/?codigo={CODE}" in part
        assert "R. C. D. R. Ñ." in part
        for secret in ("ROSA", "CECILIA", "ROSAL", "MATEMÁTICA", "71705600"):
            assert secret not in part
    assert names(views) == ["mail_sent"]


def test_a_retry_does_not_send_twice(invoke: Invoke, change: dict[str, Any], views: Views) -> None:
    for _ in range(3):
        assert failed(invoke("send_certificate", {"Records": [change, change]})) == []
    assert len(views.outbox()) == 1
    assert names(views) == ["mail_sent"]


def test_what_was_refused_is_sent_once_the_service_takes_it(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    mail = boto3.client("sesv2")
    mail.delete_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [change]})) == [change["dynamodb"]["SequenceNumber"]]
    assert names(views) == ["mail_failed"]
    mail.create_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert len(views.outbox()) == 1
    assert names(views) == ["mail_failed", "mail_sent"]


@pytest.mark.parametrize(
    "failure",
    [
        ReadTimeoutError(endpoint_url="https://email.us-east-1.amazonaws.com"),
        ClientError(
            {"Error": {"Code": "InternalFailure"}, "ResponseMetadata": {"HTTPStatusCode": 500}},  # type: ignore[typeddict-item]
            "SendEmail",
        ),
    ],
    ids=["no answer", "an error of the mail service's own"],
)
def test_what_may_have_left_is_never_sent_again_and_ends_with_the_operators(
    invoke: Invoke, change: dict[str, Any], views: Views, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fails(_self: object, **_message: Any) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(type(ses.client()), "send_email", fails, raising=False)
        assert failed(invoke("send_certificate", {"Records": [change]}))
    assert failed(invoke("send_certificate", {"Records": [change]}))
    assert failed(invoke("send_certificate", {"Records": [change]}))
    assert views.outbox() == []
    assert names(views) == ["mail_failed"]


def test_what_fails_again_and_again_is_buried_and_the_next_change_still_gets_its_mail(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    broken = {**change, "dynamodb": {**change["dynamodb"], "NewImage": {}, "SequenceNumber": "0"}}
    function = wiring.function("send_certificate")
    calls = []

    def counting(name: str, batch: dict[str, Any]) -> Any:
        calls.append(len(batch["Records"]))
        return invoke(name, batch)

    pump = StreamPump(function, counting)
    pauses: list[float] = []
    pump.wait = pauses.append
    pump.deliver([broken, change])
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2], "a store that is away for a moment buries nothing"
    assert dead_letters() == 1
    assert len(views.outbox()) == 1
    assert function.stream is not None
    assert len(calls) == function.stream.retries + 1 + 1
