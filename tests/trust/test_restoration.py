"""The drill of a restoration, as the runbook has it, on Amazon's own engine: `make drill` runs it alone."""

from typing import Any

import boto3
import pytest

from infra import wiring
from infra.local import storage
from tests.trust.journey import Journey
from tests.trust.world import World

TABLE = wiring.table("certificates")
RESTORED = "constancia-certificates-restored"
COUNTER = {"virtual_code": {"S": "serial"}}


def state_of(table: str) -> list[dict[str, Any]]:
    """All items of a table: what point-in-time recovery brings back."""
    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return found


def restore(items: list[dict[str, Any]]) -> None:
    """Makes the table that AWS would restore: keys and items, without stream and expiry."""
    dynamodb = boto3.client("dynamodb")
    whole = storage.table_definition(TABLE)
    bare = {name: whole[name] for name in ("KeySchema", "AttributeDefinitions", "BillingMode")}
    dynamodb.create_table(TableName=RESTORED, **bare)
    for item in items:
        dynamodb.put_item(TableName=RESTORED, Item=item)


def take_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets what a restoration leaves out, and deploys the functions on the restored table."""
    dynamodb = boto3.client("dynamodb")
    dynamodb.update_time_to_live(
        TableName=RESTORED, TimeToLiveSpecification={"Enabled": True, "AttributeName": str(TABLE.expiry)}
    )
    stream = storage.table_definition(TABLE)["StreamSpecification"]
    dynamodb.update_table(TableName=RESTORED, StreamSpecification=stream)
    world.stream = dynamodb.describe_table(TableName=RESTORED)["Table"]["LatestStreamArn"]
    monkeypatch.setenv(TABLE.setting, RESTORED)
    world.runtime.modules.clear()


def lose_and_restore(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Journey, Journey]:
    """A certificate of before the restored moment and one of after it; then the table is lost and restored."""
    before, after = Journey(world), Journey(world)
    before.go()
    moment = state_of(storage.names()[TABLE.setting])
    after.go()
    restore(moment)
    take_over(world, monkeypatch)
    boto3.client("dynamodb").delete_table(TableName=storage.names()[TABLE.setting])
    return before, after


def test_after_a_restoration_certificates_verify_and_no_serial_number_is_given_twice(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = lose_and_restore(real_world, monkeypatch)
    boto3.client("dynamodb").update_item(
        TableName=RESTORED,
        Key=COUNTER,
        UpdateExpression="SET last_number = :n",
        ExpressionAttributeValues={":n": {"N": str(int(after.certificate["serial_number"]))}},
    )
    verified = before.verify()
    assert (verified.status, verified.json["certificate"]["sha256"]) == (200, before.certificate["sha256"])
    assert after.verify().status == 404, "what was issued after the moment is lost, and never called valid"
    later = Journey(real_world)
    later.go()
    assert int(later.certificate["serial_number"]) > int(after.certificate["serial_number"])


def test_without_the_runbook_s_step_for_the_counter_a_number_would_be_given_twice(
    real_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the step stays in the runbook."""
    _, after = lose_and_restore(real_world, monkeypatch)
    later = Journey(real_world)
    later.go()
    assert later.certificate["serial_number"] == after.certificate["serial_number"]
    assert later.certificate["virtual_code"] != after.certificate["virtual_code"]
