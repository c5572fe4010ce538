"""Guessing (rules 2, 3 and 8): one answer at one cost for every cause; limits that hold and lock nobody else out."""

import copy
import json
import re
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from inspect import CO_GENERATOR
from types import FrameType
from typing import Any

import boto3
import pytest
from constancia.asking.codes import ConfirmationCodes
from constancia.asking.intake import take_request
from constancia.asking.request import AcceptedRequest
from constancia.contact import Contact, Destination
from constancia.current_certificates import MOST_COPIES
from constancia.errors import TooManyAttempts
from constancia.event_log import Event
from constancia.guarding.attempts import Attempt, Counter, Limiter, network_of
from constancia.lima import LIMA
from constancia.people import Person, read_person

from infra.local import storage
from tests.conftest import SAMPLES
from tests.core.test_verification import Anybody
from tests.journeys.citizen import GUARDIAN, STUDENT, Answer, request_body
from tests.trust.guessing import (
    ATTACKS,
    BESIDE,
    HONEST,
    OTHERS,
    SAME,
    Attack,
    ask,
    close_one_student,
    flood_one_student,
    limits,
    refused_requests,
    simulate,
)
from tests.trust.journey import Journey
from tests.trust.world import Client, World

OTHERS_NUMBER = "72000002"
HERE = limits("IDENTITY").most_here


def cost(world: World, act: Any) -> tuple[Answer, list[str], int]:
    """An answer, the calls to AWS behind it, and how many Python calls it took: a clock that nothing disturbs.

    Of a call to AWS its parameters count with an x for each letter and digit: as many items, each as long.
    """
    calls = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        code = frame.f_code
        # A generator is entered anew for each letter of a name: that is the name's length and not a cause.
        calls += event == "call" and "constancia" in code.co_filename and not code.co_flags & CO_GENERATOR

    world.failing.plan(None)
    sys.setprofile(count)
    try:
        answer = act()
    finally:
        sys.setprofile(None)
    asked = [re.sub(r"\w", "x", json.dumps(parameters)) for parameters in world.failing.asked]
    return answer, [f"{operation} {size}" for operation, size in zip(world.failing.calls, asked, strict=True)], calls


CONTACT = {"email": "rosa@example.com", "phone": "987654321"}


def registry_learns(number: str, **changes: Any) -> None:
    """The registry learns something of somebody: that they died, or how to reach them."""
    client: Any = boto3.client("dynamodb", region_name=storage.REGION)
    place = {"TableName": storage.names()["PEOPLE_TABLE"], "Key": {"document_number": {"S": number}}}
    held = json.loads(client.get_item(**place)["Item"]["person"]["S"])
    client.update_item(
        **place,
        UpdateExpression="SET person = :person",
        ExpressionAttributeValues={":person": {"S": json.dumps({**held, **changes})}},
    )


def test_every_cause_of_an_unconfirmed_identity_has_the_same_answer_byte_for_byte_at_the_same_cost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(world)
    met: dict[str, tuple[Answer, list[str], int]] = {}

    def refuse(cause: str, body: dict[str, Any]) -> None:
        proof = client.prove_human("request")
        met[cause] = cost(world, lambda: ask(client, body, proof))

    ask(client, refused_requests()["all of it"], client.prove_human("request"))
    for cause, body in refused_requests().items():
        refuse(cause, body)
    client.network = "190.12.34.57"
    for who, number in (("student", STUDENT["document_number"]), ("guardian", GUARDIAN["document_number"])):
        registry_learns(str(number), deceased=True)
        refuse(f"the {who} is dead", request_body())
        registry_learns(str(number), deceased=False)
    command = {"document_number": STUDENT["document_number"], "reason": "Expediente 01234-2026", "operator": "mrojas"}
    assert world.invoke("protect_student", {"command": "add", **command})["changed"]
    refuse("the student is protected, and all of it is right", request_body())
    for cause, body in refused_requests().items():
        refuse(f"{cause}, and the student is protected", body)
    world.invoke("protect_student", {"command": "remove", **command})
    client.network = "190.12.34.60"
    monkeypatch.setenv("NAMES_ONLY", "closed")
    refuse("no contact on record, and names do not suffice", request_body())
    client.network = "190.12.34.58"
    for number in (STUDENT["document_number"], GUARDIAN["document_number"]):
        registry_learns(str(number), contact=CONTACT)
    for cause, body in refused_requests().items():
        refuse(f"{cause}, and both have a contact on record", body)
    answers = {(answer.status, tuple(answer.headers.items()), answer.body) for answer, _, _ in met.values()}
    assert len(answers) == 1
    assert answers.pop()[0] == 403
    assert len({tuple(calls) for _, calls, _ in met.values()}) == 1, "the same calls, of the same size"
    counts = {cause: calls for cause, (_, _, calls) in met.items()}
    assert max(counts.values()) <= 1.05 * min(counts.values()), counts


def test_every_cause_of_a_certificate_not_found_has_the_same_answer_and_the_same_calls(world: World) -> None:
    client = Client(world)
    issued = Journey(world).go()["virtual_code"]
    reserved = Journey(world)
    world.failing.plan(None)
    reserved.obtain()
    dynamodb: Any = boto3.client("dynamodb", region_name=storage.REGION)
    dynamodb.update_item(
        TableName=storage.names()["CERTIFICATES_TABLE"],
        Key={"virtual_code": {"S": reserved.certificate["virtual_code"]}},
        UpdateExpression="SET #state = :reserved",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":reserved": {"S": "reserved"}},
    )
    questions = {
        "unknown code": ("ZZZZZZZZ", str(STUDENT["document_number"])),
        "another's document": (issued, OTHERS_NUMBER),
        "unknown document": (issued, "99999999"),
        "not issued yet": (reserved.certificate["virtual_code"], str(STUDENT["document_number"])),
    }
    met = {}
    for cause, (code, number) in questions.items():
        body = {"virtual_code": code, "document_number": number, "captcha": client.prove_human("verification")}
        met[cause] = cost(world, lambda body=body: client.post("/api/verifications", body))
    assert len({(answer.status, tuple(answer.headers.items()), answer.body) for answer, _, _ in met.values()}) == 1
    assert next(iter(met.values()))[0].status == 404
    assert len({tuple(calls) for _, calls, _ in met.values()}) == 1, "the same calls, of the same size"
    counts = {cause: calls for cause, (_, _, calls) in met.items()}
    assert max(counts.values()) <= 1.05 * min(counts.values()), counts


def wrong() -> dict[str, Any]:
    return copy.deepcopy(refused_requests()["student's father"])


def asked(client: Client, body: dict[str, Any], network: str) -> int:
    client.network = network
    status: int = ask(client, body, client.prove_human("request")).status
    return status


def test_above_the_limit_nothing_is_evaluated_not_even_a_right_answer(world: World) -> None:
    client = Client(world)
    assert [asked(client, wrong(), "190.1.1.1") for _ in range(HERE)] == [403] * HERE
    proof = client.prove_human("request")
    answer, calls, _ = cost(world, lambda: ask(client, request_body(), proof))
    assert (answer.status, answer.json["code"]) == (429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 24 * 3600
    assert not any(call.startswith("BatchGetItem") for call in calls), "the registry is not asked"


def test_who_fails_at_one_student_locks_out_neither_another_student_nor_the_same_one_elsewhere(world: World) -> None:
    client = Client(world)
    assert [asked(client, wrong(), "190.1.1.1") for _ in range(HERE + 1)][-1] == 429
    other = request_body(student={**STUDENT, "document_number": OTHERS_NUMBER})
    assert asked(client, other, "190.1.1.1") == 403, "evaluated, and not this guardian's student"
    assert asked(client, request_body(), "190.1.1.2") == 201


def test_many_networks_at_one_student_meet_the_students_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_FAILURES_TARGET", "6")
    client = Client(world)
    assert [asked(client, wrong(), f"190.1.1.{n}") for n in range(8)] == [403] * 6 + [429] * 2


def test_one_network_at_many_students_meets_the_networks_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_FAILURES_NETWORK", "6")
    client = Client(world)
    bodies = [request_body(student={**STUDENT, "document_number": f"7{n:07d}"}) for n in range(8)]
    assert [asked(client, body, "190.1.1.1") for body in bodies] == [403] * 6 + [429] * 2
    assert asked(client, bodies[7], "190.1.1.2") == 403


def test_successes_use_up_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_FAILURES_HERE", "2")
    client = Client(world)
    assert [asked(client, request_body(), "190.1.1.1") for _ in range(5)] == [201] * 5
    assert [asked(client, wrong(), "190.1.1.1") for _ in range(3)] == [403, 403, 429]


def test_verifications_are_limited_by_code_too_so_nobody_tries_documents_at_a_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFICATION_FAILURES_TARGET", "6")
    code = Journey(world).go()["virtual_code"]
    client = Client(world)
    statuses = []
    for number in range(8):
        client.network = f"190.1.1.{number}"
        statuses.append(client.verify(code, f"4000{number:04d}").status)
    assert statuses == [404] * 6 + [429] * 2


def test_who_tries_documents_at_a_code_from_one_network_does_not_close_it_to_other_verifiers(world: World) -> None:
    code = Journey(world).go()["virtual_code"]
    client = Client(world, "190.1.1.1")
    statuses = [client.verify(code, f"4000{number:04d}").status for number in range(HERE + 50)]
    assert statuses == [404] * HERE + [429] * 50
    client.network = "190.1.1.2"
    assert client.verify(code, str(STUDENT["document_number"])).status == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        ("190.1.1.1", "190.1.1.2", False),
        ("::ffff:190.1.1.1", "190.1.1.1", True),
        ("::ffff:190.1.1.1", "::ffff:190.1.1.2", False),
    ],
)
def test_a_network_is_an_ipv4_address_however_written_or_an_ipv6_customers_48_bits(
    one: str, other: str, same: bool
) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_a_network_that_is_stopped_counts_no_more_at_the_students_it_names(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDENTITY_FAILURES_NETWORK", "3")
    monkeypatch.setenv("IDENTITY_FAILURES_TARGET", "2")
    client = Client(world)
    other = request_body(student={**STUDENT, "document_number": OTHERS_NUMBER})
    assert [asked(client, other, "190.1.1.1") for _ in range(2)] == [403, 403]
    assert [asked(client, wrong(), "190.1.1.1") for _ in range(5)] == [403] + [429] * 4
    assert asked(client, wrong(), "190.1.1.2") == 403, "one failure, not five"


def test_a_document_number_alone_closes_no_verification(world: World) -> None:
    code = Journey(world).go()["virtual_code"]
    client = Client(world)
    for number in range(100):
        client.network = f"190.1.{number}.1"
        assert client.verify(f"ZZZZZZ{number:02d}", str(STUDENT["document_number"])).status == 404
    assert client.verify(code, str(STUDENT["document_number"])).status == 200


def test_a_student_whom_strangers_closed_is_open_to_a_contact_on_record_and_all_others_are_refused_alike() -> None:
    for contact, right, met in (
        (Contact("ana@example.com", None), True, None),
        (None, True, TooManyAttempts),
        (Contact(None, None), True, TooManyAttempts),
        (Contact("ana@example.com", None), False, TooManyAttempts),
        (None, False, TooManyAttempts),
    ):
        requests = ClosedRequests()
        registry = People(contact)
        with pytest.raises(met) if met else nullcontext():
            body = request_body() if right else wrong()
            take_request(
                json.dumps({**body, "captcha": "yes"}).encode(),
                "190.1.1.9",
                datetime(2026, 11, 23, 10, tzinfo=LIMA),
                human=Anybody(),
                limiter=Limiter("IDENTITY", limits("IDENTITY"), b"key"),
                registry=registry,
                requests=requests,
                codes=ConfirmationCodes(b"key", 5),
                sender=requests,
                names_suffice=True,
            )
        assert requests.written == (["success", "waits", "code"] if met is None else ["failure"])


class People:
    """The registry, in memory: the guardian and the student of the sample request."""

    def __init__(self, contact: Contact | None) -> None:
        lines = (SAMPLES / "people.jsonl").read_text().splitlines()
        everybody = (read_person(json.loads(line), date(2026, 11, 23)) for line in lines)
        self.people = {person.document_number: replace(person, contact=contact) for person in everybody}

    def look_up(self, student: str, others: Iterable[str], attempt: Attempt) -> dict[str, Person]:
        return {number: self.people[number] for number in (student, *others)}


class ClosedRequests:
    """The stores, where strangers have used up the limit of every student."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def reserve(self, attempt: Attempt) -> Attempt:
        return attempt._replace(closed=True)

    def count_failure(self, attempt: Attempt) -> None:
        self.written.append("failure")

    def count_success(self, attempt: Attempt) -> None:
        self.written.append("success")

    def release(self, attempt: Attempt) -> None:
        self.written.append("given back")

    def accept(self, request: AcceptedRequest, attempt: Attempt, event: Event) -> None:
        self.written.append("accepted")

    def wait(self, request: AcceptedRequest, counter: Counter, event: Event) -> None:
        self.written.append("waits")

    def send(self, destination: Destination, code: str) -> bool:
        self.written.append("code")
        return True


def test_one_network_has_so_many_requests_accepted_in_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_NETWORK", "3")
    client = Client(world)
    assert [asked(client, request_body(), "190.1.1.1") for _ in range(4)] == [201] * 3 + [429]
    assert asked(client, wrong(), "190.1.1.1") == 429, "right and wrong are refused alike"
    assert asked(client, request_body(), "190.1.1.2") == 201


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.title)
def test_in_a_simulated_attack_guesses_stay_within_the_limits_and_nobody_else_notices(attack: Attack) -> None:
    days, allowed = 2, limits(attack.purpose)
    attack = replace(attack, targets=min(attack.targets, 1000))
    month = simulate(attack, days)
    closing = attack.networks > 1 and attack.purpose == "VERIFICATION"
    most = attack.targets * (allowed.target.most if closing else attack.tries) * days
    assert month.tried >= month.evaluated > most / 2
    assert month.evaluated <= most
    assert (month.served[OTHERS], month.refused[OTHERS]) == (days * HONEST, 0)
    assert month.refused_with_contact == 0, "strangers close nobody who has a contact on record"
    # The price of the limit, which the documentation tells: many networks close a student without one, or a code.
    assert (month.refused[SAME] > 0) is (attack.networks > 1)


def test_in_a_simulated_month_one_identity_spoils_nothing_and_strangers_close_nobody_with_a_contact() -> None:
    days = 30
    flood = flood_one_student(days)
    assert flood.superseded == 0
    assert flood.issued < MOST_COPIES
    assert flood.mails <= flood.issued
    for networks in (1, 4, 1000):
        assert close_one_student(days, networks).closed_days == 0
    assert close_one_student(days, 1).closed_without == 0, "one network cannot close anybody"


@pytest.mark.parametrize("purpose", ["IDENTITY", "VERIFICATION"])
def test_one_network_is_stopped_at_its_limit_of_an_hour_whatever_it_guesses_at(purpose: str) -> None:
    attack = Attack("a flood", purpose, 5000, 1, 1, 2)
    month = simulate(attack, 1)
    hours_of_a_flood = 2
    # Honest people of that network mistype within the same limit.
    most = hours_of_a_flood * limits(purpose).network.most
    assert most - HONEST <= month.evaluated <= most
    assert month.refused[BESIDE] > 0, "the price: who shares the attacker's address waits for the next hour"
    assert month.refused[OTHERS] == month.refused[SAME] == 0
