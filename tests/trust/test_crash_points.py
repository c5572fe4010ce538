"""Whatever call to AWS fails, and however: nothing is lost, nothing is doubled, and nobody is told what is not so."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import boto3
import pytest
from constancia import lima
from constancia.aws.pdfs import PdfBucket
from constancia.errors import TemporarilyUnavailable

from infra.local import storage
from tests.journeys.citizen import student_body
from tests.trust import population
from tests.trust.audit import audit, dead_letters
from tests.trust.failing import FAULTS, Fault, whatever_call_fails
from tests.trust.journey import STEPS, Journey
from tests.trust.test_races import accept, accepted_request
from tests.trust.world import URL, World

MOST_CALLS = 12
"""No step makes more calls to AWS in one try."""
BY_SMS = {
    "document_number": "75000005",
    "birth_date": "2004-08-01",
    "father_given_names": "MANUEL JESÚS",
    "mother_given_names": "NORMA",
}
"""A sample student whose contact on record is a telephone."""


@whatever_call_fails
def test_a_failure_at_any_call_to_aws_is_healed_by_trying_again(world: World, fault: Fault) -> None:
    acknowledged = [Journey(world).go()]
    points = crash_points(world, Journey)
    # A challenge calls nothing; this student has no contact on record.
    assert {step for step, _ in points} == {*STEPS} - {"captcha", "resend", "confirm"}
    for step, call in points:
        acknowledged.append(Journey(world, before=strike(world, fault, step, call)).go())
        assert world.failing.struck, f"call {call} of {step} did not come"
    assert len(acknowledged) == len(points) + 1
    assert audit(acknowledged, world.views.outbox(), URL) == []


@whatever_call_fails
def test_a_failure_at_any_call_while_a_code_is_sent_and_given_back_is_healed_by_asking_for_another(
    world: World, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODES_TO_CONTACT", "1000")
    monkeypatch.setenv("IDENTITY_FAILURES_HERE", "1000")
    body = student_body(applicant={"kind": "student", **BY_SMS}, level="secondary")
    points = [
        (step, call)
        for step, call in crash_points(world, partial(Journey, body=body))
        if step in ("ask", "resend", "confirm")
    ]
    assert {step for step, _ in points} == {"ask", "resend", "confirm"}
    acknowledged = []
    for step, call in points:
        acknowledged.append(Journey(world, body, before=strike(world, fault, step, call)).obtain())
        assert world.failing.struck, f"call {call} of {step} did not come"
    assert audit(acknowledged) == []


@whatever_call_fails
def test_a_failure_at_any_call_of_a_students_first_certificate_is_healed_too(
    world: World, fault: Fault, tmp_path: Path
) -> None:
    """Where nothing is superseded yet, issuing makes the holder's pointer instead of moving it."""
    population.write(tmp_path, MOST_CALLS)
    storage.load(boto3.client("dynamodb", region_name=storage.REGION), tmp_path)
    acknowledged = []
    for call in range(MOST_CALLS):
        before = strike(world, fault, "accept", call)
        acknowledged.append(Journey(world, population.request_body(call), before=before).go())
        if not world.failing.struck:
            break
    else:
        pytest.fail("more calls than were struck")
    assert len(acknowledged) > len(("request", "serial number", "reserve", "store", "current", "issue"))
    assert audit(acknowledged, world.views.outbox(), URL) == []


def test_what_was_reserved_before_midnight_supersedes_on_the_day_on_which_it_is_issued(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = lima.now()
    interrupted, other = accepted_request(1, says="one"), accepted_request(1, says="another")
    with monkeypatch.context() as yesterday:
        yesterday.setattr(lima, "now", lambda: today - timedelta(days=1))
        yesterday.setattr(PdfBucket, "store", Mock(side_effect=TemporarilyUnavailable))
        with pytest.raises(TemporarilyUnavailable):
            accept(interrupted)
    monkeypatch.setattr(lima, "now", lambda: today)
    between, _ = accept(other)
    late, first = accept(interrupted)
    assert first
    assert late.issued_at < between.issued_at
    record = world.invoke("show_certificate", {"virtual_code": between.virtual_code})
    assert (record["superseded_by"], record["superseded_on"]) == (late.virtual_code, today.date().isoformat())
    assert audit() == []


ANSWER_LOST = [
    pytest.param(fault, id=fault.name)
    for fault in FAULTS
    if fault.name in ("took effect, and its repetition was refused", "one answer lost, repeated by botocore")
]


@pytest.mark.parametrize("fault", ANSWER_LOST)
def test_a_claim_of_an_e_mail_whose_answer_was_lost_is_recognised_and_the_e_mail_leaves(
    world: World, fault: Fault
) -> None:
    code = Journey(world).obtain()["virtual_code"]
    world.failing.plan(fault, lambda number: number == 0)
    world.deliver_mail()
    assert (world.failing.calls[0], world.failing.struck) == ("UpdateItem", 1)
    (mail,) = world.views.outbox()
    assert code in mail["subject"]
    assert dead_letters() == []
    assert world.invoke("show_certificate", {"virtual_code": code})["mail"] == "sent"


def crash_points(world: World, journey: Callable[..., Journey]) -> list[tuple[str, int]]:
    """Every call to AWS of an undisturbed journey: its step and its number in it."""
    calls: dict[str, int] = {}
    under_way = STEPS[0]

    def count(step: str) -> None:
        nonlocal under_way
        calls[under_way] = len(world.failing.calls)
        under_way = step
        world.failing.plan(None)

    world.failing.plan(None)
    journey(world, before=count).go()
    count(STEPS[0])
    return [(step, call) for step, made in calls.items() for call in range(made)]


def strike(world: World, fault: Fault, step: str, call: int) -> Callable[[str], None]:
    """Lets one call of one step fail, once."""

    def before(name: str) -> None:
        if name == step:
            world.failing.plan(fault, lambda number: number == call)
        else:
            world.failing.fault = None

    world.failing.plan(None)
    return before
