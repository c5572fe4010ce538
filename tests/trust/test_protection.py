"""By order of a court nobody asks for a student over the internet: from that moment on, whatever was begun before."""

from typing import Any

import pytest

from tests.infra.cloud.life import BY_EMAIL
from tests.journeys.citizen import STUDENT, request_body
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.journey import Journey
from tests.trust.test_operators import MOST_CALLS, insist
from tests.trust.world import Client, World

COURT = {"reason": "Expediente 01234-2026-0-1801-JR-FT-05", "operator": "mrojas"}
NUMBER = str(STUDENT["document_number"])


def command(what: str, number: str = NUMBER, **more: str) -> dict[str, Any]:
    return {"command": what, "document_number": number, **COURT, **more}


@pytest.fixture
def client(world: World) -> Client:
    return Client(world)


def test_nobody_asks_for_a_protected_student_until_the_protection_ends(world: World, client: Client) -> None:
    assert client.ask(request_body()).status == 201
    world.invoke("protect_student", command("add"))
    refused = client.ask(request_body())
    unknown = client.ask({**request_body(), "student": {**request_body()["student"], "document_number": "99999999"}})
    assert (refused.status, refused.body) == (403, unknown.body)
    assert refused.json["code"] == "identity_not_confirmed"
    world.invoke("protect_student", command("remove"))
    assert client.ask(request_body()).status == 201


@pytest.mark.parametrize("steps", ["accepted", "shown", "issued"])
def test_a_request_that_was_begun_before_ends(world: World, client: Client, steps: str) -> None:
    """Also one that has its certificate: its answer would show the link to the PDF again."""
    request_id = client.ask(request_body()).json["request_id"]
    if steps != "accepted":
        client.transcript(request_id)
    if steps == "issued":
        client.accept(request_id)
    world.invoke("protect_student", command("add"))
    unknown = client.transcript("A" * 32)
    for answer in (client.transcript(request_id), client.accept(request_id), client.have_again(request_id)):
        assert (answer.status, answer.body) == (404, unknown.body)


def test_a_request_that_waits_for_its_code_ends_too(world: World, client: Client) -> None:
    asked = client.ask(BY_EMAIL).json
    assert asked["confirmation"]
    world.invoke("protect_student", command("add", BY_EMAIL["applicant"]["document_number"]))
    for answer in (client.send_code(asked["request_id"]), client.confirm(asked["request_id"])):
        assert (answer.status, answer.json["code"]) == (404, "request_not_found")


def test_a_certificate_of_a_protected_student_is_verified_as_before(world: World) -> None:
    """Who holds it knows what it says, and the student may need it."""
    journey = Journey(world)
    journey.go()
    before = journey.verify().json
    world.invoke("protect_student", command("add", journey.number))
    after = journey.verify().json
    assert [answer.pop("pdf_url") is not None for answer in (before, after)] == [True, True]
    assert after == before


def test_protecting_one_student_closes_no_other(world: World, client: Client) -> None:
    world.invoke("protect_student", command("add", "71705601"))
    assert client.ask(request_body()).status == 201


@pytest.mark.parametrize("what", ["add", "remove"])
@whatever_call_fails
def test_the_list_is_changed_once_and_stays_changed_whatever_call_fails(
    world: World, client: Client, fault: Fault, what: str
) -> None:
    for call in range(MOST_CALLS):
        world.invoke("protect_student", command("add" if what == "remove" else "remove")) if call else None
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        insist(world, "protect_student", command("add"), lambda answer: "protection" in answer)
        if what == "remove":
            insist(world, "protect_student", command("remove"), lambda answer: bool(answer["protection"]["ended_at"]))
        struck = world.failing.struck
        world.failing.plan(None)
        assert client.ask(request_body()).status == (403 if what == "add" else 201)
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")


def test_the_list_says_who_protected_whom_why_and_when_it_ended(world: World) -> None:
    first = world.invoke("protect_student", command("add"))
    again = world.invoke("protect_student", command("add", operator="otra", reason="Otro"))
    assert (first["changed"], again["changed"], again["protection"]) == (True, False, first["protection"])
    world.invoke("protect_student", command("add", "71705601"))
    ended = world.invoke("protect_student", command("remove", reason="Oficio 0456-2026"))["protection"]
    listed = world.invoke("protect_student", {"command": "list"})["protections"]
    assert [kept["document_number"] for kept in listed] == [NUMBER, "71705601"]
    assert (listed[0], listed[0]["by"], listed[0]["end_reason"]) == (ended, "mrojas", "Oficio 0456-2026")
    assert listed[1]["ended_at"] is None
    (kept,) = (item for item in items_of("PROTECTIONS_TABLE") if item["document_number"] == NUMBER)
    assert kept["expires_at"] > 0
    assert world.invoke("protect_student", command("add"))["changed"]
    (kept,) = (item for item in items_of("PROTECTIONS_TABLE") if item["document_number"] == NUMBER)
    assert "expires_at" not in kept, "a protection in force is never deleted"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({}, "invalid_fields"),
        ({"command": "open"}, "invalid_fields"),
        ({"command": "add", "document_number": "7170560", **COURT}, "invalid_fields"),
        ({"command": "add", "document_number": NUMBER, "operator": "mrojas"}, "invalid_fields"),
        ({"command": "remove", "document_number": "71705699", **COURT}, "not_protected"),
    ],
)
def test_what_changes_nothing_is_refused(world: World, wrong: dict[str, Any], code: str) -> None:
    assert world.invoke("protect_student", wrong)["problem"]["code"] == code
    assert items_of("PROTECTIONS_TABLE") == []
