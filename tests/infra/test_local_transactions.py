"""moto's transactions, made cheap, are still transactions: all or nothing, streams included."""

import boto3
import pytest

from infra.local import storage

TABLE = storage.names()["CERTIFICATES_TABLE"]
RECORDS = storage.names()["SCHOOL_RECORDS_TABLE"]


def action(kind: str, code: str, value: str, condition: str) -> dict[str, object]:
    key = {"virtual_code": {"S": code}}
    if kind == "Put":
        return {"Put": {"TableName": TABLE, "Item": {**key, "value": {"S": value}}, "ConditionExpression": condition}}
    return {
        "Update": {
            "TableName": TABLE,
            "Key": key,
            "UpdateExpression": "SET #v = :v",
            "ExpressionAttributeNames": {"#v": "value"},
            "ExpressionAttributeValues": {":v": {"S": value}},
            "ConditionExpression": condition,
        }
    }


def values(dynamodb: object) -> dict[str, str]:
    found = {}
    for code in ("A", "B", "C"):
        item = dynamodb.get_item(TableName=TABLE, Key={"virtual_code": {"S": code}}).get("Item")  # type: ignore[attr-defined]
        if item:
            found[code] = item["value"]["S"]
    return found


def test_a_transaction_that_fails_leaves_everything_as_it_was(aws: None) -> None:
    dynamodb = boto3.client("dynamodb")
    for code in ("A", "B"):
        dynamodb.put_item(TableName=TABLE, Item={"virtual_code": {"S": code}, "value": {"S": "old"}})
    there, absent = "attribute_exists(virtual_code)", "attribute_not_exists(virtual_code)"
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                action("Update", "A", "new", there),  # type: ignore[list-item]
                action("Put", "C", "new", absent),  # type: ignore[list-item]
                action("Put", "B", "new", absent),  # type: ignore[list-item]
            ]
        )
    assert values(dynamodb) == {"A": "old", "B": "old"}
    dynamodb.transact_write_items(
        TransactItems=[action("Update", "A", "new", there), action("Put", "C", "new", absent)]  # type: ignore[list-item]
    )
    assert values(dynamodb) == {"A": "new", "B": "old", "C": "new"}


def test_a_transaction_that_fails_is_not_in_the_stream(aws: None) -> None:
    dynamodb, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[
                action("Put", "A", "new", "attribute_not_exists(virtual_code)"),  # type: ignore[list-item]
                action("Update", "B", "new", "attribute_exists(virtual_code)"),  # type: ignore[list-item]
            ]
        )
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert streams.get_records(ShardIterator=place)["Records"] == []


def test_who_reads_a_stream_sees_the_changes_that_follow_a_refused_transaction(aws: None) -> None:
    dynamodb, streams = boto3.client("dynamodb"), boto3.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    place = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(
            TransactItems=[action("Update", "B", "new", "attribute_exists(virtual_code)")]  # type: ignore[list-item]
        )
    dynamodb.put_item(TableName=TABLE, Item={"virtual_code": {"S": "A"}, "value": {"S": "new"}})
    assert [record["eventName"] for record in streams.get_records(ShardIterator=place)["Records"]] == ["INSERT"]


def test_a_failed_write_of_a_school_record_brings_back_the_one_before(aws: None) -> None:
    dynamodb = boto3.client("dynamodb")
    key = {"student": {"S": "71705600"}, "level_year": {"S": "primary#2016"}}
    before = dynamodb.get_item(TableName=RECORDS, Key=key)["Item"]
    put = {"Put": {"TableName": RECORDS, "Item": {**key, "record": {"S": "{}"}}}}
    refused = action("Update", "B", "new", "attribute_exists(virtual_code)")
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[put, refused])  # type: ignore[list-item]
    assert dynamodb.get_item(TableName=RECORDS, Key=key)["Item"] == before
