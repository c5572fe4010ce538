"""Whatever call to AWS fails, and however: nothing is lost, nothing is doubled, and nobody is told what is not so."""

from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from infra.local import storage
from tests.trust import population
from tests.trust.audit import audit
from tests.trust.failing import FAULTS, Fault
from tests.trust.journey import STEPS, Journey
from tests.trust.world import URL, World

MOST_CALLS = 12
"""No step makes more calls to AWS in one try."""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_failure_at_any_call_to_aws_is_healed_by_trying_again(world: World, fault: Fault) -> None:
    acknowledged = [Journey(world).go()]
    points = crash_points(world)
    assert {step for step, _ in points} == {*STEPS} - {"captcha"}, "the key of the challenges is fetched once and kept"
    for step, call in points:
        acknowledged.append(Journey(world, before=strike(world, fault, step, call)).go())
        assert world.failing.struck, f"call {call} of {step} did not come"
    assert len(acknowledged) == len(points) + 1
    assert audit(acknowledged, world.views.outbox(), URL) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
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


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_failure_while_the_key_of_the_challenges_is_drawn_is_healed_by_trying_again(
    world: World, fault: Fault
) -> None:
    Journey(world, before=strike(world, fault, "captcha", 0)).go()
    assert world.failing.struck


def crash_points(world: World) -> list[tuple[str, int]]:
    """Every call to AWS of an undisturbed journey: its step and its number in it."""
    calls: dict[str, int] = {}
    steps = list(STEPS)

    def count(step: str) -> None:
        calls[steps[steps.index(step) - 1]] = len(world.failing.calls)
        world.failing.plan(None)

    Journey(world, before=count).go()
    count(steps[0])
    return [(step, call) for step in steps for call in range(calls[step])]


def strike(world: World, fault: Fault, step: str, call: int) -> Callable[[str], None]:
    """Lets one call of one step fail, once."""

    def before(name: str) -> None:
        if name == step:
            world.failing.plan(fault, lambda number: number == call)
        else:
            world.failing.fault = None

    world.failing.plan(None)
    return before
