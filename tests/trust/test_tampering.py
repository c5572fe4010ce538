"""Whoever can write every record of the table of certificates, and nothing else, makes no verification lie."""

from typing import Any

import boto3
import pytest
from constancia.aws.certificates import student_key

from infra.local import storage
from tests.institution import ask, question, register
from tests.journeys.citizen import Answer, student_body
from tests.trust.audit import items_of
from tests.trust.journey import Journey
from tests.trust.test_crash_points import BY_SMS
from tests.trust.world import Client, World

Item = dict[str, Any]
DNI = student_body()["applicant"]["document_number"]
OTHER = student_body(applicant={"kind": "student", **BY_SMS}, level="secondary")
UNANSWERED = {"applicant", "purpose", "email", "assurance", "privacy_notice", "salt"}
"""Attributes that no verification answers; the salt is answered once the certificate is in the public log, and a wrong
one proves nothing to who checks it (`tests/journeys/portal/test_portal_public_log.py`)."""
ANSWERED = {"transcript", "serial_number", "issued_at", "pdf_key", "sha256", "attestation", "state"}
"""Attributes that an issued certificate has, and that an answer follows from."""
ADDED = {"superseded_on", "annulled_on", "annulment_reason"}


class Forger:
    """Somebody with `PutItem`, `UpdateItem` and `GetItem` on the table of certificates."""

    def __init__(self) -> None:
        self.client = boto3.client("dynamodb", region_name=storage.REGION)
        self.table = storage.names()["CERTIFICATES_TABLE"]

    def get(self, code: str) -> Item:
        found: Item = self.client.get_item(TableName=self.table, Key={"virtual_code": {"S": code}})["Item"]
        return found

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.table, Item=item)


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("VERIFICATION_FAILURES_HERE", "1000")
    monkeypatch.setenv("VERIFICATION_FAILURES_TARGET", "1000")
    return Client(world)


@pytest.fixture
def forger(world: World) -> Forger:
    return Forger()


def issued(world: World, body: dict[str, Any] | None = None) -> str:
    code: str = Journey(world, body).obtain()["virtual_code"]
    return code


def told(answer: Answer) -> dict[str, Any]:
    """What an answer says, without the link, which is signed anew each time."""
    return {name: value for name, value in answer.json.items() if name != "pdf_url"}


def values_for(name: str, item: Item, other: Item) -> list[Any]:
    """What a forger may try for an attribute: none, that of another certificate, and a few of their own."""
    code = item["virtual_code"]["S"]
    own: dict[str, list[Any]] = {
        "state": [{"S": "reserved"}, {"S": "valid"}],
        "superseded_on": [{"S": "2026-01-01"}],
        "annulled_on": [{"S": "2026-01-01"}],
        "annulment_reason": [{"S": "porque sí"}],
        "serial_number": [{"N": "99"}],
        "issued_at": [{"S": "2020-01-01T00:00:00-05:00"}, {"S": item["issued_at"]["S"].replace("-05:00", ".5-05:00")}],
        "sha256": [{"S": "0" * 64}],
        "pdf_key": [{"S": f"{code}/../x.pdf"}, {"S": ""}],
        "attestation": [{"S": ""}, {"S": "A" * 300}, {"S": item["attestation"]["S"][:-4]}],
    }
    swapped = [other[name]] if name in other and other[name] != item.get(name) else []
    return [None, *swapped, *own.get(name, [])]


def test_whatever_attribute_of_a_record_is_changed_or_taken_away_nothing_but_the_truth_is_told(
    world: World, client: Client, forger: Forger
) -> None:
    code, other_code = issued(world), issued(world, OTHER)
    truth = told(client.verify(code, DNI))
    item, other = forger.get(code), forger.get(other_code)
    assert {*item} == {*UNANSWERED, *ANSWERED, "virtual_code"}, "a new attribute has its place in this test"
    tried = 0
    for name in sorted({*item, *ADDED} - {"virtual_code"}):
        for value in values_for(name, item, other):
            forged = {each: said for each, said in {**item, name: value}.items() if said is not None}
            if forged == item:
                continue
            forger.put(forged)
            answer = client.verify(code, DNI)
            if name not in UNANSWERED or answer.status != 200:
                assert answer.status in (404, 503), (name, value, answer)
            else:
                assert told(answer) == truth, (name, value)
            tried += 1
    assert tried > 25
    forger.put(item)
    assert told(client.verify(code, DNI)) == truth


def test_no_record_makes_a_certificate_of_what_was_never_issued(world: World, client: Client, forger: Forger) -> None:
    item = forger.get(issued(world))
    for code, pdf_key in (("C2CC6526", item["pdf_key"]), ("7K9WQ4ZT", {"S": f"7K9WQ4ZT/{'0' * 32}.pdf"})):
        forger.put({**item, "virtual_code": {"S": code}, "pdf_key": pdf_key})
        assert client.verify(code, DNI).status == 503


def test_a_reservation_cannot_be_made_to_look_issued(world: World, client: Client, forger: Forger) -> None:
    """Its attestation is right; that it was issued, the event log does not say."""
    item = forger.get(issued(world))
    events = storage.names()["EVENTS_TABLE"]
    key = {"day_shard": {"S": f"certificate#{item['virtual_code']['S']}"}, "time": {"S": "issued"}}
    assert forger.client.get_item(TableName=events, Key=key)["Item"]["sha256"] == item["sha256"]
    forger.client.delete_item(TableName=events, Key=key)
    assert client.verify(item["virtual_code"]["S"], DNI).status == 503


def test_an_annulled_certificate_cannot_be_made_valid_again_with_its_older_record(
    world: World, client: Client, forger: Forger
) -> None:
    code = issued(world)
    before = forger.get(code), forger.get(student_key(DNI))
    world.invoke("annul_certificate", {"virtual_code": code, "reason": "Acta corregida", "operator": "ana"})
    annulled = forger.get(code)
    assert client.verify(code, DNI).json["status"] == "annulled"
    for item in before:
        forger.put(item)
    assert client.verify(code, DNI).status == 503
    forger.put({**annulled, "annulment_reason": {"S": "Nada"}})
    assert client.verify(code, DNI).status == 503
    forger.put(annulled)
    found = client.verify(code, DNI).json
    assert (found["status"], found["certificate"]["attestation"]) == ("annulled", None)


def test_the_history_of_a_forged_record_is_not_told_either(world: World, client: Client, forger: Forger) -> None:
    item = forger.get(issued(world))
    forger.put({**item, "sha256": {"S": "0" * 64}})
    question = {"virtual_code": item["virtual_code"]["S"], "document_number": DNI}
    answer = client.post("/api/verifications/history", {**question, "captcha": client.prove_human("verification")})
    assert answer.status == 503


def test_a_forged_record_in_a_list_is_unverifiable_in_its_place_charged_and_told_to_operators(
    world: World, client: Client, forger: Forger, caplog: pytest.LogCaptureFixture
) -> None:
    code, other = issued(world), issued(world, OTHER)
    item = forger.get(code)
    forger.put({**item, "serial_number": {"N": "99"}})
    made = register(world.invoke, quota=10)
    number = OTHER["applicant"]["document_number"]
    asked = [question(code, DNI, "uno"), question(other, number, "dos"), question(code, DNI, "tres")]
    answer = ask(client, made["key"], asked, "transcript")
    answers = answer.json["answers"]
    assert [each["status"] for each in answers] == ["unverifiable", "valid", "unverifiable"]
    assert answers[0] == {"reference": "uno", "virtual_code": code, "status": "unverifiable"}
    assert answer.json["quota_left"] == 7
    alarming = [record for record in caplog.records if record.message == "a record is not authentic"]
    assert [vars(record)["virtual_code"] for record in alarming] == [code, code]
    by = made["institution"]["institution_id"]
    logged = [event for event in items_of("EVENTS_TABLE") if event.get("institution") == by]
    outcomes = sorted(event.get("reason") or event["outcome"] for event in logged)
    assert outcomes == ["temporarily_unavailable", "temporarily_unavailable", "valid"]
    forger.put(item)
    assert ask(client, made["key"], asked).json["answers"][0]["status"] == "valid"


@pytest.mark.parametrize(
    ("table", "item"),
    [
        ("SCHOOL_RECORDS_TABLE", {"student": {"S": DNI}, "level_year": {"S": "secondary#2019"}, "record": {"S": "[]"}}),
        ("LOG_ENTRIES_TABLE", {"event": {"S": "CODE#issued"}, "index": {"N": "7"}}),
    ],
    ids=["a school record that is none", "an index that is none"],
)
def test_what_only_decorates_an_answer_makes_none_fail(world: World, client: Client, table: str, item: Item) -> None:
    code = issued(world)
    dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
    mark = {"student": {"S": DNI}, "level_year": {"S": "changes"}}
    dynamodb.put_item(TableName=storage.names()["SCHOOL_RECORDS_TABLE"], Item=mark)
    before = client.verify(code, DNI)
    assert before.json["status"] == "valid"
    placed = {name: {"S": value["S"].replace("CODE", code)} if "S" in value else value for name, value in item.items()}
    dynamodb.put_item(TableName=storage.names()[table], Item=placed)
    assert told(client.verify(code, DNI)) == told(before)
