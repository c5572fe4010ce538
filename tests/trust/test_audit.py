"""The audit that every other trust test ends with sees each kind of harm; else its silence would mean nothing."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from constancia.aws.certificates import read_certificate, student_key

from infra.local import storage
from tests.trust.audit import audit, items_of
from tests.trust.journey import Journey
from tests.trust.world import URL, World


def change(table: str, key: dict[str, str], expression: str, **values: dict[str, str]) -> None:
    arguments: dict[str, Any] = {
        "TableName": storage.names()[table],
        "Key": {name: {"S": value} for name, value in key.items()},
        "UpdateExpression": expression,
    }
    if values:
        arguments["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    boto3.client("dynamodb", region_name=storage.REGION).update_item(**arguments)


def store(key: str, pdf: bytes) -> None:
    boto3.client("s3", region_name=storage.REGION).put_object(Bucket=storage.names()["PDFS_BUCKET"], Key=key, Body=pdf)


def lose_pdf(code: str, item: dict[str, Any]) -> None:
    boto3.client("s3", region_name=storage.REGION).delete_object(
        Bucket=storage.names()["PDFS_BUCKET"], Key=item["pdf_key"]
    )


def alter_pdf(code: str, item: dict[str, Any]) -> None:
    store(item["pdf_key"], b"%PDF another")


def leave_pdf_alone(code: str, item: dict[str, Any]) -> None:
    store("ZZZZZZZZ/0.pdf", b"%PDF")


def repeat_serial_number(code: str, item: dict[str, Any]) -> None:
    others = (other for other in items_of("CERTIFICATES_TABLE") if "state" in other and other["virtual_code"] != code)
    number = next(others)["serial_number"]
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET serial_number = :number", number={"N": str(number)})


def forget_what_is_current(code: str, item: dict[str, Any]) -> None:
    key = student_key(read_certificate(item).holder_number)
    boto3.client("dynamodb", region_name=storage.REGION).delete_item(
        TableName=storage.names()["CERTIFICATES_TABLE"], Key={"virtual_code": {"S": key}}
    )


def supersede_by_the_same(code: str, item: dict[str, Any]) -> None:
    (newest,) = {other["virtual_code"] for other in items_of("CERTIFICATES_TABLE") if "state" in other} - {code}
    marks = {"day": {"S": "2026-11-23"}, "by": {"S": newest}}
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET superseded_on = :day, superseded_by = :by", **marks)


def lose_record(code: str, item: dict[str, Any]) -> None:
    boto3.client("dynamodb", region_name=storage.REGION).delete_item(
        TableName=storage.names()["CERTIFICATES_TABLE"], Key={"virtual_code": {"S": code}}
    )


def tie_to_two_requests(code: str, item: dict[str, Any]) -> None:
    change("REQUESTS_TABLE", {"request_id": "another"}, "SET virtual_code = :code", code={"S": code})


def log_twice(code: str, item: dict[str, Any]) -> None:
    key = {"day_shard": "2026-11-23#0", "time": "again"}
    boto3.client("dynamodb", region_name=storage.REGION).put_item(
        TableName=storage.names()["EVENTS_TABLE"],
        Item={n: {"S": v} for n, v in {**key, "name": "certificate_issued", "virtual_code": code}.items()},
    )


def forget_mail(code: str, item: dict[str, Any]) -> None:
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "REMOVE mail")


def mail_elsewhere(code: str, item: dict[str, Any]) -> None:
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET email = :other", other={"S": "otra@example.com"})


def forget_dead_letter(code: str, item: dict[str, Any]) -> None:
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET mail = :unknown", unknown={"S": "unknown"})


def say_otherwise(code: str, item: dict[str, Any]) -> None:
    changed = item["transcript"].replace('"A"', '"AD"')
    assert changed != item["transcript"]
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET transcript = :changed", changed={"S": changed})


def move_issue(code: str, item: dict[str, Any]) -> None:
    change("CERTIFICATES_TABLE", {"virtual_code": code}, "SET issued_at = :at", at={"S": "2026-01-01T00:00:00-05:00"})


def give_back_too_much(code: str, item: dict[str, Any]) -> None:
    change("ATTEMPTS_TABLE", {"subject": "target#1"}, "SET failures = :less", less={"N": "-1"})


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (lose_pdf, "issued without its PDF"),
        (alter_pdf, "its PDF is another"),
        (leave_pdf_alone, "a PDF without a record"),
        (repeat_serial_number, "was given 2 times"),
        (forget_what_is_current, "2 valid, and others kept as current"),
        (supersede_by_the_same, "superseded by one that says the same"),
        (lose_record, "acknowledged and lost"),
        (tie_to_two_requests, "belongs to 2 requests"),
        (log_twice, "its issue is 2 times in the log"),
        (give_back_too_much, "stands at -1"),
        (forget_mail, "its e-mail was left at None"),
        (forget_dead_letter, "its e-mail was refused or may have left, and no dead letter says so"),
        (mail_elsewhere, "mailed elsewhere"),
        (say_otherwise, "says otherwise than what was accepted"),
        (move_issue, "its PDF shows something else"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_harm_is_named(world: World, harm: Callable[[str, dict[str, Any]], None], named: str) -> None:
    acknowledged = [Journey(world).go(), Journey(world).go()]
    assert audit(acknowledged, world.views.outbox(), URL) == []
    code = acknowledged[0]["virtual_code"]
    harm(code, next(item for item in items_of("CERTIFICATES_TABLE") if item["virtual_code"] == code))
    assert any(named in fault for fault in audit(acknowledged, world.views.outbox(), URL))
