"""An e-mail address that was erased is in no store, gets no more mail, and takes nothing from its certificate."""

from typing import Any

import pytest
from constancia.aws.dead_letters import DeadLetters
from constancia.certificate import NO_ADDRESS

from infra import wiring
from tests.journeys.citizen import student_body
from tests.trust.audit import items_of
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.journey import Journey
from tests.trust.test_operators import MOST_CALLS, annulment, insist
from tests.trust.world import World

EMAIL = "rosa.quilla@example.net"


def asking() -> dict[str, Any]:
    """The request of a student who leaves an address that is nobody else's."""
    return {**student_body(), "contact": {"email": EMAIL, "phone": "987604321"}}


def erasure(code: str) -> dict[str, Any]:
    return {"virtual_code": code, "operator": "mrojas"}


def stores_with(word: str) -> set[str]:
    """The tables that hold a text."""
    return {
        table.name
        for table in wiring.TABLES
        for item in items_of(table.setting)
        if word.casefold() in str(item).casefold()
    }


def names_of(code: str) -> list[str]:
    """The names of a certificate's events."""
    return [item["name"] for item in items_of("EVENTS_TABLE") if item.get("virtual_code") == code]


@whatever_call_fails
def test_an_address_is_erased_once_and_is_nowhere_any_more_whatever_call_fails(world: World, fault: Fault) -> None:
    for call in range(MOST_CALLS):
        journey = Journey(world, asking())
        code = journey.go()["virtual_code"]
        assert stores_with(EMAIL) == {"certificates"}
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        insist(world, "erase_email", erasure(code), lambda answer: bool(answer.get("email_erased_at")))
        struck = world.failing.struck
        world.failing.plan(None)
        assert stores_with(EMAIL) == set()
        assert names_of(code).count("email_erased") == 1
        assert journey.verify().json["status"] == "valid"
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")


def test_from_the_certificate_on_the_request_has_neither_address_nor_telephone(world: World) -> None:
    """So the address stands in one place, and one write erases it."""
    journey = Journey(world, asking())
    journey.obtain()
    assert stores_with(EMAIL) == {"certificates"}
    assert stores_with("987604321") == set()
    again = journey.client.accept(journey.request_id)
    assert (again.status, again.json["email"]) == (200, "r…@example.net")


def test_an_e_mail_that_waited_in_the_stream_is_not_sent_to_an_erased_address(world: World) -> None:
    """The change still has the address; the record decides."""
    code = Journey(world, asking()).obtain()["virtual_code"]
    assert world.invoke("erase_email", erasure(code))["erased_now"]
    world.deliver_mail()
    assert world.views.outbox() == []
    assert set(names_of(code)) == {"certificate_issued", "email_erased"}


def test_an_erased_address_is_told_of_nothing_and_nothing_waits_for_an_operator(world: World) -> None:
    code = Journey(world, asking()).go()["virtual_code"]
    world.invoke("erase_email", erasure(code))
    before = len(world.views.outbox())
    assert world.invoke("resend_certificate", {"virtual_code": code})["problem"]["code"] == "no_email_address"
    world.invoke("annul_certificate", annulment(code))
    world.deliver_mail()
    assert len(world.views.outbox()) == before
    assert not any(world.invoke("resend_certificate", {"dead_letters": True}).values())
    (kept,) = (item for item in items_of("CERTIFICATES_TABLE") if item["virtual_code"] == code)
    assert NO_ADDRESS not in kept.values()


def test_a_dead_letter_about_an_erased_address_needs_nothing_more(world: World) -> None:
    code = Journey(world, asking()).obtain()["virtual_code"]
    DeadLetters().leave(code, "refused")
    world.invoke("erase_email", erasure(code))
    assert world.invoke("resend_certificate", {"dead_letters": True}) == {"sent": [], "needless": [code], "left": []}


def test_a_second_erasure_changes_nothing_and_says_when_the_first_was(world: World) -> None:
    code = Journey(world, asking()).go()["virtual_code"]
    first = world.invoke("erase_email", erasure(code))
    again = world.invoke("erase_email", {**erasure(code), "operator": "otra"})
    assert again == {**first, "erased_now": False}
    shown = world.invoke("show_certificate", {"virtual_code": code})
    assert (shown["email"], shown["email_erased_by"]) == (None, "mrojas")
    assert names_of(code).count("email_erased") == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"virtual_code": "ZZZZZZZZ", "operator": "mrojas"}, "certificate_not_found"),
        ({"virtual_code": "ZZZZZZZZ"}, "invalid_fields"),
        ({"operator": "mrojas"}, "invalid_fields"),
    ],
)
def test_nothing_is_erased_without_code_and_operator(world: World, command: dict[str, Any], code: str) -> None:
    assert world.invoke("erase_email", command)["problem"]["code"] == code
