"""What no citizen waits for survives every failure too: files, schedules and the bus, each retried as by AWS."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
from constancia import event_log, lima
from constancia.aws.event_log import EventLog
from constancia.aws.keys import StatusListKeys
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.service_state import ServiceStateFile
from constancia.aws.status_list import StatusListFile
from constancia.certifying import delivery
from constancia.verifying.status_list import read

from infra import wiring
from infra.local import service, storage
from infra.local.events import download_event
from infra.local.inbox import Inbox
from tests.functions.conftest import event
from tests.trust import population
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.world import World

MOST_CALLS = 60
RECORDS = len(list(population.school_records(0)))
DAILY = event("report_issuance", "daily")


def strike_each_call(world: World, fault: Fault, act: Callable[[int], None]) -> int:
    """Acts again and again, each time with another call to AWS failing, until none is left; how many there were."""
    for call in range(MOST_CALLS):
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        act(call)
        struck = world.failing.struck
        world.failing.plan(None)
        if not struck:
            return call
    raise AssertionError("more calls than were struck")


def insist(world: World, function: str, command: dict[str, Any]) -> Any:
    """Calls until there is an answer, as often as AWS would."""
    for _ in range(6):
        try:
            return world.invoke(function, command)
        except Exception as failure:
            assert not isinstance(failure, AssertionError)
    raise AssertionError(f"{function} did not answer in six tries")


@whatever_call_fails
def test_a_file_is_loaded_whole_and_told_once_whatever_call_fails(world: World, fault: Fault) -> None:
    inbox = Inbox(wiring.function("ingest_records"), world.invoke)
    struck: list[str] = []
    """By file: the operation that failed."""

    def load(student: int) -> None:
        lines = [population.person(student), *population.school_records(student), {"student": "?"}]
        content = "".join(json.dumps(line) + "\n" for line in lines)
        name = f"{student}.jsonl"
        inbox.s3.put_object(Bucket=inbox.bucket, Key=f"incoming/{name}", Body=content.encode())
        summary = inbox.work_off(f"incoming/{name}")
        struck.append(world.failing.calls[student] if world.failing.struck else "none")
        world.failing.fault = None
        counts = {kind: summary[kind] for kind in ("read", "loaded", "replaced", "unchanged", "outdated", "rejected")}
        wanted = {
            "read": RECORDS + 2,
            "loaded": RECORDS + 1,
            "rejected": 1,
            "replaced": 0,
            "unchanged": 0,
            "outdated": 0,
        }
        assert counts == wanted, f"call {student}"
        rejects = inbox.s3.get_object(Bucket=inbox.bucket, Key=summary["rejects"])["Body"].read().splitlines()
        assert [json.loads(reject)["line"] for reject in rejects] == [RECORDS + 2]
        assert world.invoke("watch_loads", {"command": "progress", "name": name})["summary"] == summary
        number = population.document_number(student)
        assert number in {item["document_number"] for item in items_of("PEOPLE_TABLE")}
        assert len(SchoolRecordReplica().of_student(number)) == RECORDS

    assert strike_each_call(world, fault, load) > len(("plan", "read a batch", "keep", "note it", "finish"))
    notices = [mail for mail in world.views.outbox() if mail["subject"].startswith("Carga de ")]
    assert {mail["to"] for mail in notices} == {service.OPERATORS}
    mailed = Counter(mail["subject"].removeprefix("Carga de ").partition(".")[0] for mail in notices)
    times = [(mailed[str(student)], operation) for student, operation in enumerate(struck)]
    assert [operation for sent, operation in times if sent > 1] == [], "nobody is told twice"
    # Only what fails between the claim of a notice and its sending may lose it; the alarm `NoticeRefused` says so then.
    lost = [operation for sent, operation in times if sent == 0]
    assert set(lost) <= {"PutObject", "SendEmail"}
    assert len(lost) <= 2
    assert times[-1] == (1, "none")


@whatever_call_fails
def test_a_report_is_whole_and_the_same_whatever_call_fails(world: World, fault: Fault) -> None:
    s3, bucket = boto3.client("s3", region_name=storage.REGION), storage.names()["REPORTS_BUCKET"]
    event_of_the_day = {"day_shard": "2026-03-01#0", "time": "2026-03-01T10:00:00-05:00#1", "name": "mail_sent"}
    boto3.client("dynamodb", region_name=storage.REGION).put_item(
        TableName=storage.names()["EVENTS_TABLE"], Item={name: {"S": value} for name, value in event_of_the_day.items()}
    )
    undisturbed = insist(world, "report_issuance", DAILY)
    csv = s3.get_object(Bucket=bucket, Key=undisturbed["csv"])["Body"].read()

    def report(_: int) -> None:
        for kept in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            s3.delete_object(Bucket=bucket, Key=kept["Key"])
        assert insist(world, "report_issuance", DAILY) == undisturbed
        assert s3.get_object(Bucket=bucket, Key=undisturbed["csv"])["Body"].read() == csv
        assert s3.get_object(Bucket=bucket, Key=undisturbed["pdf"])["Body"].read().startswith(b"%PDF")

    assert undisturbed["totals"]["mail_sent"]["now"] == 1
    assert strike_each_call(world, fault, report) > len(("figures", "a day", "csv", "pdf", "mail"))


@whatever_call_fails
def test_an_e_mail_that_came_back_is_marked_once_whatever_call_fails(world: World, fault: Fault) -> None:
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    item = event("send_certificate", "issued")["Records"][0]["dynamodb"]["NewImage"]

    def mark(call: int) -> None:
        code = f"C2CC65{call:02}"
        sent = {**item, "virtual_code": {"S": code}, "mail": {"S": delivery.SENT}}
        dynamodb.put_item(TableName=storage.names()["CERTIFICATES_TABLE"], Item=sent)
        report = event("mark_bounce", "bounce")
        report["detail"]["mail"]["tags"]["virtual_code"] = [code]
        insist(world, "mark_bounce", report)
        (state,) = [each["mail"] for each in items_of("CERTIFICATES_TABLE") if each["virtual_code"] == code]
        (failure,) = [each["reason"] for each in items_of("EVENTS_TABLE") if each["virtual_code"] == code]
        assert (state, failure) == (delivery.BOUNCED, delivery.BOUNCED)

    assert strike_each_call(world, fault, mark) == len(("mark", "event"))


@whatever_call_fails
def test_a_download_is_counted_once_whatever_call_fails(world: World, fault: Fault) -> None:
    def count(_: int) -> None:
        command = download_event("pdfs", "C2CC652Z/0.pdf")
        before = len(items_of("EVENTS_TABLE"))
        insist(world, "count_download", command)
        assert len(items_of("EVENTS_TABLE")) == before + 1

    assert strike_each_call(world, fault, count) == 1


@whatever_call_fails
def test_a_status_list_names_what_was_annulled_whatever_call_fails(world: World, fault: Fault) -> None:
    insist(world, "publish_status_list", {})
    certificate = event("send_certificate", "issued")["Records"][0]["dynamodb"]["NewImage"]
    boto3.client("dynamodb", region_name=storage.REGION).put_item(
        TableName=storage.names()["CERTIFICATES_TABLE"], Item=certificate
    )
    annulled = event_log.event(event_log.CERTIFICATE_ANNULLED, lima.now(), certificate["virtual_code"]["S"])
    EventLog().record(annulled)

    def renew(_: int) -> None:
        assert insist(world, "publish_status_list", {})["annulled"] == 1
        document = StatusListFile().read()
        assert document
        assert read(document, StatusListKeys().known).annulled == {int(certificate["serial_number"]["N"])}

    assert strike_each_call(world, fault, renew) > len(("read", "events", "certificates", "sign", "publish"))


@whatever_call_fails
def test_what_is_down_is_told_and_taken_back_whatever_call_fails(world: World, fault: Fault) -> None:
    nobody = {"PORTAL_URL": "http://127.0.0.1:9", "TRIAL_CODE": "DYNGXN2B", "TRIAL_DOCUMENT": "71705600"}
    published = ServiceStateFile()

    def tell(_: int) -> None:
        with service.environment(nobody):
            assert insist(world, "try_service", {})["down"] == "service"
        assert (published.read() or {})["down"] == "service"
        assert insist(world, "try_service", {})["down"] is None
        assert published.read() == {}

    assert strike_each_call(world, fault, tell) > len(("read", "publish"))
