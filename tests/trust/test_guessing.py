"""Guessing (rules 2, 3 and 8): one answer at one cost for every cause; limits that hold and lock nobody else out."""

import copy
import json
import re
import sys
from dataclasses import replace
from inspect import CO_GENERATOR
from types import FrameType
from typing import Any

import boto3
import pytest
from constancia.attempts import network_of

from infra.local import storage
from tests.journeys.citizen import GUARDIAN, STUDENT, Answer, request_body
from tests.trust.guessing import (
    ATTACKS,
    BESIDE,
    HONEST,
    OTHERS,
    SAME,
    Attack,
    ask,
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
    return answer, [f"{operation} {said}" for operation, said in zip(world.failing.calls, asked, strict=True)], calls


def deceased(number: str) -> None:
    """The registry learns that somebody died."""
    client: Any = boto3.client("dynamodb", region_name=storage.REGION)
    place = {"TableName": storage.names()["PEOPLE_TABLE"], "Key": {"document_number": {"S": number}}}
    held = json.loads(client.get_item(**place)["Item"]["person"]["S"])
    client.update_item(
        **place,
        UpdateExpression="SET person = :person",
        ExpressionAttributeValues={":person": {"S": json.dumps({**held, "deceased": True})}},
    )


def test_every_cause_of_an_unconfirmed_identity_has_the_same_answer_byte_for_byte_at_the_same_cost(
    world: World,
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
        deceased(str(number))
        refuse(f"the {who} is dead", request_body())
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
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("190.1.1.1", "190.1.1.2", False),
        ("::ffff:190.1.1.1", "190.1.1.1", True),
        ("::ffff:190.1.1.1", "::ffff:190.1.1.2", False),
    ],
)
def test_a_network_is_an_ipv4_address_however_written_or_an_ipv6_customers_64_bits(
    one: str, other: str, same: bool
) -> None:
    assert (network_of(one) == network_of(other)) is same


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.title)
def test_in_a_simulated_attack_guesses_stay_within_the_limits_and_nobody_else_notices(attack: Attack) -> None:
    days, allowed = 2, limits(attack.purpose)
    attack = replace(attack, targets=min(attack.targets, 1000))
    month = simulate(attack, days)
    most = attack.targets * (allowed.target.most if attack.networks > 1 else attack.tries) * days
    assert month.tried >= month.evaluated > most / 2
    assert month.evaluated <= most
    assert (month.served[OTHERS], month.refused[OTHERS]) == (days * HONEST, 0)
    # The price of the limit, which the documentation tells: many networks at one student close that student.
    assert (month.refused[SAME] > 0) is (attack.networks > 1)


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
