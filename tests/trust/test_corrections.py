"""A correction is opened once, closed once, told at most once whatever fails; what is written of it names nobody."""

import json
import threading
from typing import Any

import boto3
import pytest
from constancia import lima
from constancia.certifying import delivery
from constancia.correcting.closing import SENDING_TAKES

from infra.local import service, storage
from tests.journeys.citizen import Answer, request_body
from tests.trust.audit import items_of
from tests.trust.failing import FAULTS, Fault
from tests.trust.journey import Journey
from tests.trust.test_background import insist, strike_each_call
from tests.trust.test_email_erasure import erasure, stores_with
from tests.trust.world import Client, World

EMAIL = "waraqapu.quilla@example.net"
COMMENT = "La profesora Illariy Choquehuayta se equivocó"


def rows() -> list[tuple[int, str]]:
    """The years and areas of the documentation's student in primary."""
    records = map(json.loads, (service.SAMPLES / "school_records.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        (record["year"], mark["name"])
        for record in records
        if (record["student"], record["level"]) == ("71705600", "primary")
        for mark in record["marks"]
        if mark["group"] == "area"
    ]


def begun(client: Client) -> str:
    """A request whose transcript was shown."""
    request_id = str(client.ask(request_body(contact={"email": EMAIL, "phone": None})).json["request_id"])
    assert client.transcript(request_id).status == 200
    return request_id


def correct(client: Client, request_id: str, year: int, name: str) -> Answer:
    body = {"year": year, "group": "area", "name": name, "should_be": "AD", "comment": COMMENT}
    return client.post(f"/api/requests/{request_id}/corrections", body, client.authorization(request_id))


def load_other_marks(mark: str = "C") -> None:
    """Every mark of the student becomes another one, as by a load."""
    table = storage.names()["SCHOOL_RECORDS_TABLE"]
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    for item in items_of("SCHOOL_RECORDS_TABLE"):
        if item["student"] == "71705600" and "record" in item:
            record = json.loads(item["record"])
            for each in record["marks"]:
                each["mark"] = mark
            dynamodb.update_item(
                TableName=table,
                Key={"student": {"S": item["student"]}, "level_year": {"S": item["level_year"]}},
                UpdateExpression="SET #record = :record",
                ExpressionAttributeNames={"#record": "record"},
                ExpressionAttributeValues={":record": {"S": json.dumps(record)}},
            )


def follow_up(world: World) -> Any:
    return insist(world, "keep_corrections", {"at": lima.now().isoformat()})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_correction_is_opened_once_whatever_call_fails(world: World, fault: Fault) -> None:
    client, cells = Client(world), rows()
    journey = Journey(world)
    request_id = begun(client)

    def ask(call: int) -> None:
        answer = journey.step("correct", lambda: correct(client, request_id, *cells[call]), 200, 201)
        world.failing.fault = None
        kept = items_of("CORRECTIONS_TABLE")
        assert len(kept) == call + 1
        (mine,) = (each for each in kept if (each["year"], each["name"]) == cells[call])
        assert mine["ticket"] == answer.json["ticket"]
        again = correct(client, request_id, *cells[call])
        assert (again.status, again.json) == (200, answer.json)
        (request,) = items_of("REQUESTS_TABLE")
        assert request["corrections"] == call + 1
        names = [item.get("name") for item in items_of("EVENTS_TABLE")]
        assert names.count("correction_opened") == call + 1

    assert strike_each_call(world, fault, ask) >= len(("request", "protection", "open one", "open"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_correction_is_closed_once_and_told_at_most_once_whatever_call_fails(world: World, fault: Fault) -> None:
    client, cells = Client(world), rows()
    request_id = begun(client)

    def close(call: int) -> None:
        fault, at = world.failing.fault, world.failing.at
        world.failing.plan(None)
        ticket = correct(client, request_id, *cells[call]).json["ticket"]
        load_other_marks(f"{call:02}")
        world.failing.plan(fault, at)
        follow_up(world)
        world.failing.fault = None
        wait_until_nobody_can_be_sending()
        follow_up(world)
        (kept,) = (each for each in items_of("CORRECTIONS_TABLE") if each["ticket"] == ticket)
        assert "closed_at" in kept
        assert "email" not in kept, "the address goes with the e-mail"
        sent = [mail for mail in world.views.outbox() if ticket in mail["subject"]]
        assert kept["mail"] in (delivery.SENT, delivery.REFUSED, delivery.UNKNOWN)
        assert len(sent) <= 1
        if kept["mail"] == delivery.SENT:
            assert len(sent) == 1
        names = [item.get("name") for item in items_of("EVENTS_TABLE")]
        assert names.count("correction_closed") == call + 1
        assert names.count("mail_sent") + names.count("mail_failed") == call + 1

    assert strike_each_call(world, fault, close) > len(("list", "records", "close", "claim", "count", "send", "settle"))


def wait_until_nobody_can_be_sending() -> None:
    """Lets the time pass after which a sender has ended."""
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    for item in items_of("CORRECTIONS_TABLE"):
        if item.get("mail") == delivery.SENDING:
            dynamodb.update_item(
                TableName=storage.names()["CORRECTIONS_TABLE"],
                Key={"list_name": {"S": item["list_name"]}, "cell": {"S": item["cell"]}},
                UpdateExpression="SET mail_since = mail_since - :long",
                ExpressionAttributeValues={":long": {"N": str(SENDING_TAKES + 1)}},
            )


def test_ten_at_once_who_see_the_same_wrong_mark_have_one_ticket(world: World) -> None:
    clients = [Client(world, f"10.1.1.{n}") for n in range(10)]
    requests = [begun(client) for client in clients]
    answers: list[Answer] = []

    def ask(client: Client, request_id: str) -> None:
        answers.append(correct(client, request_id, 2019, "MATEMÁTICA"))

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(clients, requests, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({answer.json["ticket"] for answer in answers}) == 1
    assert len(items_of("CORRECTIONS_TABLE")) == 1


def test_a_request_opens_no_more_than_twenty_corrections_however_many_ask_at_once(world: World) -> None:
    client = Client(world)
    request_id = begun(client)
    statuses: list[int] = []
    cells = rows()[:30]

    def ask(cell: tuple[int, str]) -> None:
        statuses.append(correct(client, request_id, *cell).status)

    threads = [threading.Thread(target=ask, args=(cell,)) for cell in cells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(201) <= 20
    assert len(items_of("CORRECTIONS_TABLE")) == statuses.count(201)


def test_an_address_that_is_erased_with_a_certificate_leaves_its_corrections_too(world: World) -> None:
    client = Client(world)
    request_id = begun(client)
    assert correct(client, request_id, 2019, "MATEMÁTICA").status == 201
    code = client.accept(request_id).json["virtual_code"]
    assert stores_with(EMAIL) == {"certificates", "corrections"}
    world.invoke("erase_email", erasure(code))
    assert stores_with(EMAIL) == set()
    load_other_marks()
    assert follow_up(world) == {"schools": 0, "sent": 0, "left": 0}
    assert world.views.outbox() == []


def test_what_is_written_down_about_a_correction_names_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "false")
    caplog.set_level("DEBUG", "infra")
    client = Client(world)
    request_id = begun(client)
    assert correct(client, request_id, 2019, "MATEMÁTICA").status == 201
    for name in ("QUECHUA", "MATEMÁTICA" * 30):
        assert correct(client, request_id, 2019, name).status == 422
    load_other_marks()
    assert follow_up(world)["sent"] == 1
    logs = capfd.readouterr()
    (mail,) = world.views.outbox()
    (kept,) = items_of("CORRECTIONS_TABLE")
    written = {
        "logs and metrics": logs.out + logs.err + caplog.text,
        "event log": json.dumps(items_of("EVENTS_TABLE")),
        "counters": json.dumps(items_of("ATTEMPTS_TABLE")),
        "mail": mail["subject"] + mail["text"] + mail["html"],
    }
    assert all(written.values())
    for word in (EMAIL, "71705600", "ROSA CECILIA", "Choquehuayta", "Illariy"):
        assert [where for where, text in written.items() if word.casefold() in text.casefold()] == [], word
    assert "ROSA" not in json.dumps(kept), "a correction holds no name but what somebody wrote"
