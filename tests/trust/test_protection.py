"""By order of a court nobody asks for a student over the internet: from that moment on, whatever was begun before."""

from typing import Any

import pytest
from constancia.certificate import SUPERSEDED

from tests.infra.cloud.life import BY_EMAIL
from tests.journeys.citizen import STUDENT, request_body
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.journey import Journey
from tests.trust.test_corrections import load_other_marks
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


def ask(world: World, **more: str) -> dict[str, Any]:
    """An operator's request for the protected student."""
    answer: dict[str, Any] = world.invoke("protect_student", command("ask", **{"level": "secondary", **more}))
    return answer


def test_an_operator_asks_for_a_protected_student_whose_earlier_certificates_send_no_notice(world: World) -> None:
    """The address was left before the court spoke: whoever reads it must not learn that the child has another one."""
    journey = Journey(world)
    before = journey.go()
    world.deliver_mail()
    world.invoke("protect_student", command("add", journey.number))
    load_other_marks()
    mails = len(world.views.outbox())
    asked = ask(world, document_number=journey.number, level=journey.body["level"])
    client = Client(world)
    client.tokens[asked["request_id"]] = asked["access_token"]
    assert client.transcript(asked["request_id"]).json["current_certificate"]["same_content"] is False
    issued = client.accept(asked["request_id"])
    assert (issued.status, issued.json["email"]) == (201, None)
    world.deliver_mail()
    assert journey.verify().json["status"] == SUPERSEDED
    assert len(world.views.outbox()) == mails
    shown = world.invoke("show_certificate", {"virtual_code": before["virtual_code"]})
    assert shown["email"] is None
    assert asked["portal_url"].startswith("http")
    told = [
        item["name"]
        for item in items_of("EVENTS_TABLE")
        if item.get("assurance") == item.get("applicant") == "operator"
    ]
    assert sorted(told) == ["certificate_issued", "request_accepted"]


def test_no_citizen_can_ask_as_an_operator(world: World, client: Client) -> None:
    world.invoke("protect_student", command("add"))
    posed = client.ask({**request_body(), "applicant": {**request_body()["applicant"], "kind": "operator"}})
    assert (posed.status, posed.json["code"]) == (422, "invalid_fields")


@pytest.mark.parametrize("number", ["71705601", "99999999"])
def test_an_operator_asks_for_nobody_who_is_not_protected(world: World, number: str) -> None:
    """Not for one whose protection ended either: who may ask for them asks at the portal."""
    assert ask(world, document_number=number)["problem"]["code"] == "not_protected"
    world.invoke("protect_student", command("add", number))
    world.invoke("protect_student", command("remove", number))
    assert ask(world, document_number=number)["problem"]["code"] == "not_protected"


def test_an_operator_asks_for_nobody_who_is_not_registered(world: World) -> None:
    world.invoke("protect_student", command("add", "99999999"))
    assert ask(world, document_number="99999999")["problem"]["code"] == "person_not_found"


@whatever_call_fails
def test_an_operators_request_is_whole_or_not_there_whatever_call_fails(world: World, fault: Fault) -> None:
    world.invoke("protect_student", command("add"))
    for call in range(MOST_CALLS):
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        insist(world, "protect_student", command("ask", level="secondary"), lambda answer: "request_id" in answer)
        struck = world.failing.struck
        world.failing.plan(None)
        accepted = [item for item in items_of("EVENTS_TABLE") if item["name"] == "request_accepted"]
        assert len(items_of("REQUESTS_TABLE")) == len(accepted)
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")


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
