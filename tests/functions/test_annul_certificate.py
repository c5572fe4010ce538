"""Annulment: once, with reason and author, seen at once by whoever verifies."""

from typing import Any

import boto3
import pytest
from constancia.aws.certificates import Certificates

from infra.local import service
from infra.local.views import Views
from tests.conftest import PORTAL_URL
from tests.functions.conftest import Invoke, event

CODE = "C2CC652Z"


@pytest.fixture(autouse=True)
def certificate(invoke: Invoke) -> None:
    """An issued certificate in the table."""
    image = event("send_certificate", "issued")["Records"][0]["dynamodb"]["NewImage"]
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").put_item(TableName=table, Item=image)


def kept() -> dict[str, Any]:
    item = Certificates().get(CODE)
    assert item is not None
    return item


def test_an_annulled_certificate_says_when_and_why_and_by_whom(invoke: Invoke) -> None:
    answer = invoke("annul_certificate", event("annul_certificate", "annul"))
    assert answer["annulled_now"]
    assert answer["annulment_reason"] == "Emitida con el acta de otro estudiante"
    record = Certificates().certificate(CODE)
    assert record is not None
    assert record.annulled_on is not None
    assert kept()["annulled_by"] == "mrojas"
    assert kept()["annulled_at"].startswith(record.annulled_on.isoformat())


def test_a_second_annulment_changes_nothing(invoke: Invoke) -> None:
    asked = event("annul_certificate", "annul")
    invoke("annul_certificate", asked)
    before = kept()
    answer = invoke("annul_certificate", {**asked, "reason": "Otro motivo", "operator": "otra"})
    assert not answer["annulled_now"]
    assert answer["annulment_reason"] == "Emitida con el acta de otro estudiante"
    assert kept() == before
    assert [entry["name"] for entry in Views("").event_log()] == ["certificate_annulled"]


def test_the_event_of_an_annulment_has_neither_reason_nor_author(invoke: Invoke) -> None:
    invoke("annul_certificate", event("annul_certificate", "annul"))
    (entry,) = Views("").event_log()
    assert set(entry) == {"day_shard", "time", "name", "virtual_code"}


@pytest.mark.parametrize("missing", ["reason", "operator", "virtual_code"])
def test_nothing_is_annulled_without_code_reason_and_author(invoke: Invoke, missing: str) -> None:
    asked = event("annul_certificate", "annul")
    del asked[missing]
    answer = invoke("annul_certificate", asked)
    assert answer["problem"]["code"] == "invalid_fields"
    assert [error["field"] for error in answer["problem"]["errors"]] == [missing]
    assert "annulled_on" not in kept()


def test_an_unknown_code_is_told_so(invoke: Invoke) -> None:
    answer = invoke("annul_certificate", {**event("annul_certificate", "annul"), "virtual_code": "ZZZZZZZZ"})
    assert answer["problem"]["code"] == "certificate_not_found"


def test_a_reserved_certificate_cannot_be_annulled(invoke: Invoke) -> None:
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    image = event("send_certificate", "issued")["Records"][0]["dynamodb"]["NewImage"]
    boto3.client("dynamodb").put_item(TableName=table, Item={**image, "state": {"S": "reserved"}})
    answer = invoke("annul_certificate", event("annul_certificate", "annul"))
    assert answer["problem"]["code"] == "certificate_not_found"
    assert "annulled_on" not in kept()


def test_the_look_up_tells_state_and_history_and_no_name_and_no_document_number(invoke: Invoke) -> None:
    invoke("annul_certificate", event("annul_certificate", "annul"))
    card = invoke("show_certificate", event("show_certificate", "show"))
    assert card["status"] == "annulled"
    assert card["annulled_by"] == "mrojas"
    assert [entry["name"] for entry in card["history"]] == ["certificate_annulled"]
    transcript = Certificates().certificate(CODE).transcript  # type: ignore[union-attr]
    assert transcript.student.document_number not in str(card)
    assert transcript.student.full_name not in str(card)


def test_a_mail_sent_again_goes_to_the_address_of_the_request(invoke: Invoke) -> None:
    answer = invoke("resend_certificate", event("resend_certificate", "resend"))
    (mail,) = Views("").outbox()
    assert CODE in mail["subject"]
    assert answer["email"] == f"{mail['to'][0]}…@{mail['to'].partition('@')[2]}"
    assert kept()["mail"] == "sent"
    assert [entry["name"] for entry in Views("").event_log()] == ["mail_sent"]


def test_a_mail_on_its_way_is_not_sent_again(invoke: Invoke) -> None:
    table = service.settings(PORTAL_URL)["CERTIFICATES_TABLE"]
    boto3.client("dynamodb").update_item(
        TableName=table,
        Key={"virtual_code": {"S": CODE}},
        UpdateExpression="SET mail = :sending",
        ExpressionAttributeValues={":sending": {"S": "sending"}},
    )
    assert invoke("resend_certificate", event("resend_certificate", "resend"))["problem"]["code"] == "mail_not_sent"
    assert Views("").outbox() == []
