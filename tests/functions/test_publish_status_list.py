"""The status list as everybody reads it: renewed on its schedule, made anew from a day."""

from datetime import timedelta
from typing import Any

import boto3
import pytest
from constancia import lima
from constancia.attesting.claims import NotAttested
from constancia.aws.keys import StatusListKeys
from constancia.aws.status_list import KEY, StatusListFile
from constancia.verifying.status_list import StatusList, read

from infra.local import storage
from tests.functions.conftest import Invoke, event
from tests.journeys.citizen import request_body
from tests.trust.world import Client, World


def published() -> StatusList:
    document = StatusListFile().read()
    assert document
    return read(document, StatusListKeys().known)


def annul(world: World, code: str) -> None:
    answer = world.invoke("annul_certificate", {**event("annul_certificate", "annul"), "virtual_code": code})
    assert answer["annulled_now"]


def test_an_annulment_is_in_the_next_list_and_the_list_tells_nothing_else(aws: None) -> None:
    world = World()
    citizen = Client(world)
    world.invoke("publish_status_list", event("publish_status_list", "scheduled"))
    first, second = (citizen.obtain(request_body()) for _ in range(2))
    annul(world, first["virtual_code"])
    answer = world.invoke("publish_status_list", event("publish_status_list", "scheduled"))
    assert (answer["annulled"], answer["superseded"]) == (1, 0)
    assert published().annulled == {int(first["serial_number"])}
    found = citizen.call("GET", "/.well-known/anuladas")
    assert (found.status, found.headers["Content-Type"]) == (200, "application/cbor")
    assert found.headers["Cache-Control"] == "public, max-age=300"
    for code in (first["virtual_code"], second["virtual_code"]):
        assert code.encode() not in found.body


def test_there_is_none_before_the_first(aws: None) -> None:
    assert Client(World()).call("GET", "/.well-known/anuladas").status == 404


def test_made_anew_from_a_day_it_knows_what_happened_since(aws: None) -> None:
    world = World()
    first = Client(world).obtain(request_body())
    annul(world, first["virtual_code"])
    world.invoke("publish_status_list", {})
    assert lima.now() - published().since < timedelta(minutes=5), "it says that it knows nothing of earlier ones"
    day = (lima.now().date() - timedelta(days=3)).isoformat()
    answer: dict[str, Any] = world.invoke("publish_status_list", {**event("publish_status_list", "anew"), "since": day})
    assert answer["since"].startswith(day)
    assert published().annulled == {int(first["serial_number"])}


def test_a_list_that_somebody_put_there_is_not_gone_on_with(invoke: Invoke) -> None:
    invoke("publish_status_list", {})
    bucket, s3 = storage.names()["STATUS_LIST_BUCKET"], boto3.client("s3", region_name=storage.REGION)
    s3.put_object(Bucket=bucket, Key=KEY, Body=b"nothing of ours")
    with pytest.raises(NotAttested):
        invoke("publish_status_list", {})
    assert s3.get_object(Bucket=bucket, Key=KEY)["Body"].read() == b"nothing of ours"
