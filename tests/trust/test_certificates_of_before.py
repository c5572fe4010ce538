"""A certificate of before attestations is verified again once an operator has it attested, and only a true one is."""

import operator
from functools import partial
from typing import Any

import boto3
import pytest

from infra.local import storage
from tests.infra.cloud.life import before
from tests.trust.audit import audit
from tests.trust.failing import Fault, whatever_call_fails
from tests.trust.test_tampering import DNI, Forger, issued
from tests.trust.world import Client, World


def order(world: World, code: str) -> str:
    """What becomes of an operator's command, given until it is answered."""
    for _ in range(3):
        try:
            answer = world.invoke("render_certificate", {"virtual_code": code})
        except Exception:  # noqa: S112 whatever AWS raises, an operator tries again
            continue
        return str(answer["outcome"])
    raise AssertionError("no answer")


def test_it_is_not_verified_until_it_is_attested_and_then_says_what_it_said(world: World) -> None:
    code, client = issued(world), Client(world)
    told = client.verify(code, DNI).json
    before(code)
    assert client.verify(code, DNI).json["code"] == "temporarily_unavailable"
    assert [order(world, code), order(world, code)] == ["attested", "already"]
    again = client.verify(code, DNI).json
    assert (again["status"], again["transcript"]) == ("valid", told["transcript"])
    assert again["certificate"]["sha256"] == told["certificate"]["sha256"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("sha256", "0" * 64), ("annulled_on", "2026-01-01"), ("superseded_on", "2026-01-01"), ("pdf_key", "X/x.pdf")],
)
def test_one_that_disagrees_with_its_pdf_or_the_event_log_is_not_attested(world: World, name: str, value: str) -> None:
    code, forger = before(issued(world)), Forger()
    forger.put({**forger.get(code), name: {"S": value}})
    assert order(world, code) == "disagrees"
    assert "attestation" not in forger.get(code)


def test_an_attested_record_is_never_signed_again_in_other_words(world: World) -> None:
    code, forger = issued(world), Forger()
    item: dict[str, Any] = forger.get(code)
    item.pop("attestation")
    forger.put({**item, "serial_number": {"N": "99"}})
    assert order(world, code) == "disagrees"
    assert Client(world).verify(code, DNI).status == 503


@whatever_call_fails
def test_whatever_call_fails_it_is_attested_once_and_with_all_its_milestones(world: World, fault: Fault) -> None:
    code = issued(world)
    for call in range(6):
        before(code)
        world.failing.plan(fault, partial(operator.eq, call))
        order(world, code)
        struck = world.failing.struck
        world.failing.plan(None)
        assert order(world, code) == "already"
        assert Client(world).verify(code, DNI).json["status"] == "valid"
        if not struck:
            break
    else:
        pytest.fail("more calls than were struck")
    assert call > 3
    found = boto3.client("s3", region_name=storage.REGION).list_objects_v2(Bucket=storage.names()["PDFS_BUCKET"])
    assert found["KeyCount"] == 1
    assert audit() == []
