"""What operators ask for survives every failure too: done once, seen at once, and it can be asked again."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from constancia import lima
from constancia.aws.certificates import CertificateAnnulment, Certificates
from constancia.aws.event_log import EventLog
from constancia.certificate import ANNULLED, VALID
from constancia.certifying.annulment import annul
from constancia.certifying.delivery import SENDING_TAKES

from infra.local import storage
from tests.trust.audit import audit, items_of
from tests.trust.failing import FAULTS, Fault, whatever_call_fails
from tests.trust.journey import Journey
from tests.trust.world import Invocation, World

MOST_CALLS = 10


def annulment(code: str) -> dict[str, Any]:
    return {"virtual_code": code, "reason": "Emitida con el acta de otro estudiante", "operator": "mrojas"}


def insist(world: World, function: str, order: dict[str, Any], done: Callable[[dict[str, Any]], bool]) -> None:
    """Orders until it is done, as an operator would."""
    for _ in range(6):
        try:
            if done(world.invoke(function, order)):
                return
        except Exception as failure:
            assert not isinstance(failure, AssertionError)
    raise AssertionError(f"{function} was not done in six tries")


@whatever_call_fails
def test_an_annulment_is_done_once_and_told_to_every_verifier_whatever_call_fails(world: World, fault: Fault) -> None:
    for call in range(MOST_CALLS):
        journey = Journey(world)
        code = journey.go()["virtual_code"]
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        insist(world, "annul_certificate", annulment(code), lambda answer: bool(answer.get("annulled_on")))
        struck = world.failing.struck
        world.failing.plan(None)
        assert journey.verify().json["status"] == ANNULLED
        entries = [item for item in items_of("EVENTS_TABLE") if item.get("virtual_code") == code]
        assert [item["name"] for item in entries].count("certificate_annulled") == 1
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")
    world.deliver_mail()
    assert audit([], world.views.outbox()) == []


@whatever_call_fails
def test_an_e_mail_can_be_ordered_again_whatever_call_failed_before(world: World, fault: Fault) -> None:
    code = Journey(world).go()["virtual_code"]
    for call in range(MOST_CALLS):
        world.failing.plan(fault, lambda number, call=call: number == call)  # type: ignore[misc]
        try:
            world.invoke("resend_certificate", {"virtual_code": code})
        except Exception as failure:
            assert not isinstance(failure, AssertionError)
        struck = world.failing.struck
        world.failing.plan(None)
        wait_until_nobody_can_be_sending(code)
        before = len(world.views.outbox())
        assert world.invoke("resend_certificate", {"virtual_code": code}) == {
            "virtual_code": code,
            "email": "a…@example.com",
        }
        assert len(world.views.outbox()) == before + 1
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")


def wait_until_nobody_can_be_sending(code: str) -> None:
    """Lets as much time pass for the certificate's mail as a sender may take."""
    client: Any = boto3.client("dynamodb", region_name=storage.REGION)
    client.update_item(
        TableName=storage.names()["CERTIFICATES_TABLE"],
        Key={"virtual_code": {"S": code}},
        UpdateExpression="ADD mail_since :less",
        ExpressionAttributeValues={":less": {"N": str(-SENDING_TAKES - 1)}},
    )


def test_no_verification_that_begins_after_an_annulment_was_acknowledged_says_valid(real_world: World) -> None:
    code = Journey(real_world).go()["virtual_code"]
    acknowledged, ending = threading.Event(), threading.Event()
    seen: list[tuple[bool, str]] = []

    def verify() -> None:
        while not ending.is_set():
            begun_after = acknowledged.is_set()
            record = Certificates().certificate(code)
            assert record is not None
            seen.append((begun_after, record.state))
            ending.wait(0.001)

    crowd = [threading.Thread(target=verify) for _ in range(8)]
    for thread in crowd:
        thread.start()
    while not seen:
        ending.wait(0.001)
    annul(annulment(code), lima.now(), certificates=CertificateAnnulment(EventLog()))
    acknowledged.set()
    while not any(after for after, _ in seen):
        ending.wait(0.001)
    ending.set()
    for thread in crowd:
        thread.join()
    assert (False, VALID) in seen
    assert {state for after, state in seen if after} == {ANNULLED}


def test_a_verification_reads_the_certificate_consistently(world: World) -> None:
    """In AWS a read that does not ask for it may be answered by a copy that does not know of the annulment yet."""
    journey = Journey(world)
    journey.go()
    world.failing.plan(None)
    assert journey.verify().json["status"] == VALID
    table = storage.names()["CERTIFICATES_TABLE"]
    reads = [
        parameters["RequestItems"][table]
        for operation, parameters in zip(world.failing.calls, world.failing.asked, strict=True)
        if operation == "BatchGetItem" and table in parameters["RequestItems"]
    ]
    assert reads
    assert all(parameters.get("ConsistentRead") for parameters in reads)


def test_an_invocation_that_died_is_told_as_one(world: World) -> None:
    """Else the tests above would take any answer for an answer."""
    (death,) = (fault for fault in FAULTS if fault.name == "the function died before")
    world.failing.plan(death, lambda number: number == 0)
    with pytest.raises(Invocation):
        world.invoke("show_certificate", {"virtual_code": "ZZZZZZZZ"})
