"""The e-mail: sent once, or reported; never the marks, never the name."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from constancia.aws import mail
from constancia.aws.dead_letters import DeadLetters
from constancia.aws.mail_states import CertificateMail
from constancia.metric_names import CERTIFICATE_ISSUED, ISSUE_MAILED, MAIL_DUE

from infra import wiring
from infra.local import service, storage
from infra.local.stream import StreamPoller
from infra.local.views import Views
from tests.conftest import PORTAL_URL
from tests.functions.conftest import Invoke, event
from tests.journeys.citizen import request_body
from tests.trust.audit import dead_letters
from tests.trust.world import Client, World

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
    mail.client.cache_clear()
    yield
    mail.client.cache_clear()


def failed(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def names(views: Views) -> list[str]:
    return [entry["name"] for entry in views.event_log()]


def test_the_mail_has_the_link_the_date_and_the_number_and_neither_marks_nor_names(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    (mail,) = views.outbox()
    assert mail["to"] == "ana@example.com"
    for part in (mail["text"], mail["html"]):
        assert f"{PORTAL_URL}/constancia/?codigo={CODE}" in part
        for told in (CODE, "00000016", "23 de noviembre de 2026", "(511) 615-5800", "Ver y descargar la constancia"):
            assert told in part
        assert "R. C." not in part
        for secret in ("ROSA", "CECILIA", "ROSAL", "MATEMÁTICA", "71705600"):
            assert secret not in part
    assert names(views) == ["mail_sent"]


def test_without_an_address_nothing_is_sent_nothing_is_missing_and_operators_read_so(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    for image in ("NewImage", "OldImage"):
        change["dynamodb"].get(image, {}).pop("email", None)
    boto3.client("dynamodb").put_item(TableName=table, Item=change["dynamodb"]["NewImage"])
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert (views.outbox(), names(views), dead_letters()) == ([], [], [])
    shown = invoke("show_certificate", {"virtual_code": CODE})
    assert (shown["email"], shown["mail"]) == (None, "no_address")
    assert invoke("resend_certificate", {"virtual_code": CODE})["problem"]["code"] == "no_email_address"
    DeadLetters().leave(CODE, "unknown")
    assert invoke("resend_certificate", {"dead_letters": True}) == {"sent": [], "needless": [CODE], "left": []}


@pytest.mark.parametrize("email", ["ana@example.com", None])
def test_only_a_certificate_with_an_address_is_counted_as_to_be_mailed_and_mailed(
    aws: None, monkeypatch: pytest.MonkeyPatch, email: str | None
) -> None:
    world = World()
    citizen = Client(world)
    asked = {**request_body(), "contact": {"email": email, "phone": None}}
    citizen.obtain(asked)
    world.deliver_mail()
    counted: list[str] = []
    for function in ("render_certificate", "send_certificate"):
        monkeypatch.setattr(world.runtime.modules[function], "count", counted.append)
    citizen.obtain(asked)
    world.deliver_mail()
    found = [counted.count(name) for name in (CERTIFICATE_ISSUED, MAIL_DUE, ISSUE_MAILED)]
    assert found == ([1, 1, 1] if email else [1, 0, 0])


def test_a_retry_does_not_send_twice(invoke: Invoke, change: dict[str, Any], views: Views) -> None:
    for _ in range(3):
        assert failed(invoke("send_certificate", {"Records": [change, change]})) == []
    assert len(views.outbox()) == 1
    assert names(views) == ["mail_sent"]


def test_what_was_rejected_is_left_to_operators_by_its_code_and_leaves_on_their_order(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    mail = boto3.client("sesv2")
    mail.delete_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert names(views) == ["mail_failed"]
    assert dead_letters() == [{"virtual_code": CODE, "reason": "refused"}]
    mail.create_email_identity(EmailIdentity=storage.SENDER)
    order = {"dead_letters": True}
    assert invoke("resend_certificate", order) == {"sent": [CODE], "needless": [], "left": []}
    assert invoke("resend_certificate", order) == {"sent": [], "needless": [], "left": []}
    assert len(views.outbox()) == 1
    assert names(views) == ["mail_failed", "mail_sent"]


def test_a_letter_about_what_left_in_the_meantime_or_was_annulled_sends_nothing(
    invoke: Invoke, change: dict[str, Any], views: Views
) -> None:
    DeadLetters().leave(CODE, "unknown")
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert invoke("resend_certificate", {"dead_letters": True}) == {"sent": [], "needless": [CODE], "left": []}
    assert len(views.outbox()) == 1


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_a_letter_about_other_news_sends_no_e_mail_that_came_back_or_was_unwanted(
    invoke: Invoke, views: Views, state: str
) -> None:
    record: dict[str, Any] = event("send_certificate", "superseded")["Records"][0]
    image = {**record["dynamodb"]["NewImage"], "mail": {"S": state}, "superseded_mail": {"S": "refused"}}
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=image)
    DeadLetters().leave(CODE, "refused")
    assert invoke("resend_certificate", {"dead_letters": True}) == {"sent": [CODE], "needless": [], "left": []}
    (told,) = views.outbox()
    assert told["subject"].startswith("Hay una constancia nueva")
    assert kept(CODE)["mail"] == {"S": state}


def test_a_letter_whose_mail_does_not_leave_again_stays(invoke: Invoke, change: dict[str, Any], views: Views) -> None:
    boto3.client("sesv2").delete_email_identity(EmailIdentity=storage.SENDER)
    DeadLetters().leave(CODE, "refused")
    assert invoke("resend_certificate", {"dead_letters": True}) == {"sent": [], "needless": [], "left": [CODE]}
    sqs, queue = boto3.client("sqs"), storage.names()["UNDELIVERED_QUEUE"]
    hidden = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert hidden["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


NOT_NOW = [
    ("TooManyRequestsException", "Too many requests"),
    ("LimitExceededException", "Daily message quota exceeded."),
    ("MessageRejected", "Maximum sending rate exceeded."),
    ("ThrottlingException", "Rate exceeded"),
    ("SendingPausedException", "Sending is paused for this account."),
]


@pytest.mark.parametrize(("code", "text"), NOT_NOW)
def test_what_the_mail_service_does_not_take_now_waits_without_a_trace_and_leaves_later(
    invoke: Invoke, change: dict[str, Any], views: Views, monkeypatch: pytest.MonkeyPatch, code: str, text: str
) -> None:
    change["dynamodb"]["ApproximateCreationDateTime"] = time.time()
    monkeypatch.setattr("constancia.aws.changes.PAUSE", 0)

    def fails(_self: object, **_message: Any) -> None:
        answer = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": 429}}
        raise ClientError(answer, "SendEmail")  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(type(mail.client()), "send_email", fails, raising=False)
        for _ in range(3):
            assert failed(invoke("send_certificate", {"Records": [change]})) == [change["dynamodb"]["SequenceNumber"]]
            assert (names(views), dead_letters()) == ([], [])
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert len(views.outbox()) == 1
    assert (names(views), dead_letters()) == (["mail_sent"], [])


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

    change["dynamodb"]["ApproximateCreationDateTime"] = time.time()
    with monkeypatch.context() as patched:
        patched.setattr(type(mail.client()), "send_email", fails, raising=False)
        assert failed(invoke("send_certificate", {"Records": [change]}))
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert views.outbox() == []
    assert names(views) == ["mail_failed"]
    assert {(letter["virtual_code"], letter["reason"]) for letter in dead_letters()} == {(CODE, "unknown")}


def test_what_fails_for_a_day_is_left_to_operators_and_the_next_change_still_gets_its_mail(
    invoke: Invoke, change: dict[str, Any], views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"virtual_code": {"S": "DYNGONE1"}}
    gone = {**change, "dynamodb": {**change["dynamodb"], "Keys": keys, "SequenceNumber": "0"}}
    old = {**gone, "dynamodb": {**gone["dynamodb"], "ApproximateCreationDateTime": time.time() - 23 * 3600}}
    young = {**gone, "dynamodb": {**gone["dynamodb"], "ApproximateCreationDateTime": time.time() - 22 * 3600}}

    def away(self: object, code: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com")

    with monkeypatch.context() as patched:
        patched.setattr(CertificateMail, "claim", away)
        assert failed(invoke("send_certificate", {"Records": [young, change]})) == ["0"]
        assert failed(invoke("send_certificate", {"Records": [old, young]})) == ["0"]
    assert dead_letters() == [{"virtual_code": "DYNGONE1", "reason": "waited"}]
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert len(views.outbox()) == 1


def test_a_change_that_must_come_again_holds_its_place_in_the_stream() -> None:
    answers: list[dict[str, Any]] = []
    poller = StreamPoller(wiring.function("send_certificate"), lambda name, batch: answers[-1])
    pauses: list[float] = []
    poller.wait = pauses.append
    batch = [{"dynamodb": {"SequenceNumber": number}} for number in "12"]
    answers.append({"batchItemFailures": [{"itemIdentifier": "2"}]})
    assert not poller.deliver(batch)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2], "a store that is away for a moment is not asked in one go"
    answers.append({"batchItemFailures": []})
    assert poller.deliver(batch)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("superseded", ("fue reemplazada: el 1 de diciembre de 2026", "sigue siendo auténtica")),
        ("annulled", ("fue anulada el 1 de diciembre de 2026", "Motivo: Emitida con el acta de otro estudiante")),
    ],
)
def test_the_address_of_a_certificate_is_told_once_that_it_was_superseded_or_annulled(
    invoke: Invoke, views: Views, case: str, says: tuple[str, ...]
) -> None:
    record: dict[str, Any] = event("send_certificate", case)["Records"][0]
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=record["dynamodb"]["NewImage"])
    for _ in range(2):
        assert failed(invoke("send_certificate", {"Records": [record, record]})) == []
    (mail,) = views.outbox()
    assert mail["to"] == "ana@example.com"
    for part in (mail["text"], mail["html"]):
        for words in (*says, f"{PORTAL_URL}/constancia/?codigo={CODE}", CODE, "00000016", "23 de noviembre de 2026"):
            assert words in part
        for secret in ("ROSA", "CECILIA", "ROSAL", "MATEMÁTICA", "71705600", "7K9WQ4ZT"):
            assert secret not in part
    item = boto3.client("dynamodb").get_item(TableName=table, Key={"virtual_code": {"S": CODE}})["Item"]
    assert (item["mail"], item[f"{case}_mail"]) == ({"S": "sent"}, {"S": "sent"})


def kept(code: str) -> dict[str, Any]:
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    item: dict[str, Any] = boto3.client("dynamodb").get_item(TableName=table, Key={"virtual_code": {"S": code}})["Item"]
    return item


@pytest.mark.parametrize("case", ["superseded", "annulled"])
def test_news_that_must_wait_leaves_every_mail_state_as_it_was_and_is_told_later(
    invoke: Invoke, views: Views, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    record: dict[str, Any] = event("send_certificate", case)["Records"][0]
    record["dynamodb"]["ApproximateCreationDateTime"] = time.time()
    monkeypatch.setattr("constancia.aws.changes.PAUSE", 0)
    monkeypatch.setenv("MAILS_ADDRESS", "1")
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=record["dynamodb"]["NewImage"])
    before = kept(CODE)

    def fails(_self: object, **_message: Any) -> None:
        answer = {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}
        raise ClientError(answer, "SendEmail")  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(type(mail.client()), "send_email", fails, raising=False)
        for _ in range(3):
            assert failed(invoke("send_certificate", {"Records": [record]})) == [record["dynamodb"]["SequenceNumber"]]
            assert (kept(CODE), names(views), dead_letters()) == (before, [], [])
    assert failed(invoke("send_certificate", {"Records": [record]})) == []
    assert len(views.outbox()) == 1, "what did not leave does not count towards the address's limit"
    assert kept(CODE)[f"{case}_mail"] == {"S": "sent"}


@pytest.mark.parametrize("case", ["superseded", "annulled"])
def test_rejected_news_is_left_to_operators_and_leaves_on_their_order(invoke: Invoke, views: Views, case: str) -> None:
    record: dict[str, Any] = event("send_certificate", case)["Records"][0]
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=record["dynamodb"]["NewImage"])
    ses = boto3.client("sesv2")
    ses.delete_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [record]})) == []
    assert kept(CODE)[f"{case}_mail"] == {"S": "refused"}
    assert dead_letters() == [{"virtual_code": CODE, "reason": "refused"}]
    ses.create_email_identity(EmailIdentity=storage.SENDER)
    order = {"dead_letters": True}
    assert invoke("resend_certificate", order) == {"sent": [CODE], "needless": [], "left": []}
    assert invoke("resend_certificate", order) == {"sent": [], "needless": [], "left": []}
    (told,) = views.outbox()
    assert told["subject"].startswith({"superseded": "Hay una constancia nueva", "annulled": "Se anuló"}[case])
    assert kept(CODE)[f"{case}_mail"] == {"S": "sent"}


def test_a_letter_about_an_annulled_certificate_tells_of_its_annulment_alone(invoke: Invoke, views: Views) -> None:
    record: dict[str, Any] = event("send_certificate", "annulled")["Records"][0]
    image = {name: value for name, value in record["dynamodb"]["NewImage"].items() if name != "mail"}
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=image)
    DeadLetters().leave(CODE, "waited")
    assert invoke("resend_certificate", {"dead_letters": True}) == {"sent": [CODE], "needless": [], "left": []}
    (told,) = views.outbox()
    assert told["subject"].startswith("Se anuló")


def test_a_mail_that_was_rejected_does_not_count_towards_the_limit_of_its_address(
    invoke: Invoke, change: dict[str, Any], views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILS_ADDRESS", "1")
    ses = boto3.client("sesv2")
    ses.delete_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert kept(CODE)["mail"] == {"S": "refused"}
    ses.create_email_identity(EmailIdentity=storage.SENDER)
    assert failed(invoke("send_certificate", {"Records": [change]})) == []
    assert len(views.outbox()) == 1


def test_an_address_has_so_many_mails_a_day_and_the_state_says_why_there_are_no_more(
    invoke: Invoke, change: dict[str, Any], views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILS_ADDRESS", "2")
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    for number in range(4):
        image = {**change["dynamodb"]["NewImage"], "virtual_code": {"S": f"C2CC652{number}"}}
        boto3.client("dynamodb").put_item(TableName=table, Item=image)
        record = {**change, "dynamodb": {**change["dynamodb"], "NewImage": image}}
        assert failed(invoke("send_certificate", {"Records": [record]})) == []
    assert len(views.outbox()) == 2
    failures = [entry for entry in views.event_log() if entry["name"] == "mail_failed"]
    assert [entry["reason"] for entry in failures] == ["limited"] * 2
    item = boto3.client("dynamodb").get_item(TableName=table, Key={"virtual_code": {"S": "C2CC6523"}})["Item"]
    assert item["mail"] == {"S": "limited"}
    counters = boto3.client("dynamodb").scan(TableName=service.settings(PORTAL_URL)["ATTEMPTS_TABLE"])["Items"]
    assert "ana@example.com" not in str(counters)
