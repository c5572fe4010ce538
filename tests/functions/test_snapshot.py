"""What the snapshot of a function holds, and the hook by which answers of DynamoDB are read."""

from typing import Any

import boto3
import pytest
from constancia.aws import dynamodb, keys, s3
from constancia_pdf import prepared

from infra import wiring
from infra.local import runtime, storage

CLIENTS = {
    "render_certificate": ["dynamodb", "s3", "kms"],
    "verify_certificate": ["dynamodb", "kms"],
    "answer_institution": ["dynamodb", "kms", "s3"],
    "publish_keys": ["kms", "s3"],
}
"""What a function has ready; the others have DynamoDB's client."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services whose clients are made."""
    services: list[str] = []
    client: Any = boto3.client

    def noted(service: str, **given: Any) -> Any:
        services.append(service)
        return client(service, **given)

    monkeypatch.setattr(boto3, "client", noted)
    for kept in (dynamodb.client, s3.client, keys.client):
        kept.cache_clear()
    return services


@pytest.mark.parametrize("function", [function.name for function in wiring.FUNCTIONS if function.routes])
def test_clients_are_made_before_the_snapshot_and_nowhere_else(
    aws: None, made: list[str], monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    runtime.load(function)
    assert made == [], "on one machine the start costs nothing"
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    for kept in (prepared.head, prepared.head_places):
        kept.cache_clear()
    runtime.load(function)
    assert made == CLIENTS.get(function, ["dynamodb"])
    assert prepared.head.cache_info().currsize == (function == "render_certificate")


def test_botocore_still_lets_an_answer_of_dynamodb_be_taken_as_the_json_that_it_is(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract of botocore's event `before-parse`: if it changes, this test says so before certificates do."""
    seen: list[tuple[dict[str, Any], dict[str, Any]]] = []
    take = dynamodb._parse_as_json

    def watch(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **rest: Any) -> None:
        assert {"status_code", "body", "headers"} <= response_dict.keys()
        assert isinstance(response_dict["body"], bytes)
        assert customized_response_dict == {}
        take(response_dict, customized_response_dict, **rest)
        seen.append((response_dict, customized_response_dict))

    monkeypatch.setattr(dynamodb, "_parse_as_json", watch)
    dynamodb.client.cache_clear()
    key = {"document_number": {"S": "71705600"}}
    answer = dynamodb.client().get_item(TableName=storage.names()["PEOPLE_TABLE"], Key=key)
    dynamodb.client.cache_clear()
    ((left, taken),) = seen
    assert left["body"] == b"", "botocore has nothing left to parse"
    assert answer["Item"] == taken["Item"]
    assert answer["Item"]["document_number"] == {"S": "71705600"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_error_of_dynamodb_is_still_read_by_botocore(aws: None) -> None:
    with pytest.raises(dynamodb.client().exceptions.ResourceNotFoundException):
        dynamodb.client().get_item(TableName="nowhere", Key={"a": {"S": "b"}})
