"""The two engines that the suite runs on: Amazon's own for what must be true, moto for what must be quick."""

import time
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from constancia.asking.request import RequestKey
from constancia.aws import dynamodb
from constancia.aws.dynamodb import ConditionFailed, perform, transact
from constancia.aws.repository import Repository
from constancia.aws.requests import Requests
from constancia.errors import TemporarilyUnavailable

from infra import wiring
from infra.local import storage
from tests.trust.failing import FAULTS, Failing


@pytest.mark.usefixtures("real_aws")
def test_the_tables_of_the_wiring_stand_in_amazons_engine_with_the_sample_students() -> None:
    client = boto3.client("dynamodb", region_name=storage.REGION)
    assert "127.0.0.1" in client.meta.endpoint_url
    assert set(client.list_tables()["TableNames"]) == {storage.names()[table.setting] for table in wiring.TABLES}
    assert client.scan(TableName=storage.names()["PEOPLE_TABLE"], Select="COUNT")["Count"] > 0


@pytest.mark.usefixtures("real_aws")
def test_a_transaction_refused_in_one_action_changes_nothing() -> None:
    people = Repository("PEOPLE_TABLE", "document_number")
    with pytest.raises(ConditionFailed) as refused:
        transact(
            people.put({"document_number": "new"}),
            people.put({"document_number": "71705600"}, "attribute_not_exists(document_number)"),
        )
    assert refused.value.failed == [1]
    assert people.get("new") is None


@pytest.mark.usefixtures("aws")
def test_a_single_write_that_meets_a_transaction_is_tried_again_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dynamodb, "FIRST_PAUSE", 0)
    people, failing = Repository("PEOPLE_TABLE", "document_number"), Failing()
    (conflict,) = (fault for fault in FAULTS if fault.name == "met another writer")
    with failing.installed(), failing.armed():
        failing.plan(conflict, lambda number: number < 2)
        perform(people.put({"document_number": "new"}))
        assert failing.calls == ["PutItem"] * 3
        failing.plan(conflict, lambda number: True)
        with pytest.raises(TemporarilyUnavailable):
            perform(people.update("new", "SET number = :one", {":one": 1}))
    assert people.get("new") == {"document_number": "new"}


@pytest.mark.parametrize("store", ["real_aws", "aws"])
def test_answers_taken_as_they_came_are_those_that_botocore_reads(store: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(store)
    people = Repository("PEOPLE_TABLE", "document_number")
    item = {"document_number": "new", "text": "Ñ \u2028 \U0001f600", "number": 10**30, "yes": True, "empty": ""}
    transact(people.put(item))
    ours, botocores = dynamodb.client(), boto3.client("dynamodb", region_name=storage.REGION)
    key = {"document_number": {"S": "new"}}
    query = {"KeyConditionExpression": "document_number = :n", "ExpressionAttributeValues": {":n": {"S": "new"}}}
    for ask in (
        lambda client: client.get_item(TableName=people.name, Key=key, ReturnConsumedCapacity="TOTAL"),
        lambda client: client.get_item(TableName=people.name, Key={"document_number": {"S": "nobody"}}),
        lambda client: client.batch_get_item(RequestItems={people.name: {"Keys": [key]}}),
        lambda client: client.query(TableName=people.name, **query),
        lambda client: list(client.get_paginator("query").paginate(TableName=people.name, **query)),
    ):
        assert _said(ask(ours)) == _said(ask(botocores))
    assert people.get("new") == item
    with pytest.raises(ours.exceptions.ConditionalCheckFailedException):
        ours.put_item(TableName=people.name, Item=key, ConditionExpression="attribute_not_exists(document_number)")


def _said(answer: Any) -> Any:
    """What an answer says, without what is about it."""
    pages = answer if isinstance(answer, list) else [answer]
    return [{name: value for name, value in page.items() if name != "ResponseMetadata"} for page in pages]


@pytest.mark.parametrize("store", ["real_aws", "aws"])
def test_a_transaction_repeated_with_its_token_is_done_once(store: str, request: pytest.FixtureRequest) -> None:
    """Amazon's engine is right: for ten minutes a token stands for one transaction (TransactWriteItems, API reference).

    moto ignores tokens, so there a repetition meets its own condition; the service lives with both, since the real
    one forgets a token too.
    """
    request.getfixturevalue(store)
    action = Repository("PEOPLE_TABLE", "document_number").put(
        {"document_number": "new"}, "attribute_not_exists(document_number)"
    )
    put = {action.kind: action.arguments}
    client: Any = boto3.client("dynamodb", region_name=storage.REGION)
    client.transact_write_items(TransactItems=[put], ClientRequestToken="token")
    if store == "real_aws":
        client.transact_write_items(TransactItems=[put], ClientRequestToken="token")
    else:
        with pytest.raises(client.exceptions.TransactionCanceledException):
            client.transact_write_items(TransactItems=[put], ClientRequestToken="token")


@pytest.mark.parametrize("store", ["real_aws", "aws"])
def test_neither_engine_forgets_an_expired_item_at_once_so_the_service_looks_at_the_time_itself(
    store: str, request: pytest.FixtureRequest
) -> None:
    """DynamoDB deletes expired items within days (developer guide, "Using time to live")."""
    request.getfixturevalue(store)
    requests = Requests()
    transact(requests.put({"request_id": "old", "expires_at": int(time.time()) - 1}))
    assert requests.get("old") is not None
    assert requests.request(RequestKey("old", "")) is None


@pytest.mark.parametrize("store", ["real_aws", "aws"])
def test_a_request_id_too_long_for_a_key_is_unknown_on_either_engine(
    store: str, request: pytest.FixtureRequest
) -> None:
    """Amazon's engine is right to refuse a key above 2,048 bytes (developer guide, "Constraints"); moto looks for it.

    Refused, it would be "try again" to whoever sent it, so the service asks neither for what has not the form of an id.
    """
    request.getfixturevalue(store)
    name, key = storage.names()["REQUESTS_TABLE"], {"request_id": {"S": "a" * 3000}}
    client: Any = boto3.client("dynamodb", region_name=storage.REGION)
    if store == "real_aws":
        with pytest.raises(ClientError):
            client.get_item(TableName=name, Key=key)
    else:
        assert "Item" not in client.get_item(TableName=name, Key=key)
    assert Requests().request(RequestKey("a" * 3000, "")) is None
