"""DynamoDB: the client, items as plain values, single writes, transactions and queries.

What DynamoDB refuses for another reason than a condition is raised as botocore raises it; `constancia.aws.api` answers
"temporarily unavailable" to it.
"""

import base64
import json
import secrets
import time
import zlib
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from constancia.errors import TemporarilyUnavailable

Item = dict[str, Any]
"""Attributes by name, as plain values or in DynamoDB's own form."""

CONFLICT_RETRIES = 8
KEYS_A_CALL = 100
"""Keys of one `BatchGetItem` (Amazon DynamoDB API reference)."""
READ_TRIES = 6
"""Calls in which DynamoDB may leave some keys for later while somebody waits; the pauses add up to 1.2 seconds."""
_CHANCE = secrets.SystemRandom()
"""Chance from the system: copies of a function that begin with one snapshot would else draw the same numbers."""

FIRST_PAUSE = 0.02
"""Seconds; doubled on average at every retry of a write or a transaction that met another one."""

_CLIENT_SETTINGS = Config(
    connect_timeout=2,
    retries={"mode": "standard", "max_attempts": 3},
    # A fifth of a call's time: botocore would check again the calls that are written here, and say at length who calls.
    parameter_validation=False,
    user_agent="constancia",
)


@cache
def client(read_timeout: int = 3) -> Any:
    """The DynamoDB client, made on first use and kept for the life of the process.

    Args:
        read_timeout: seconds that it waits for an answer.
    """
    made = boto3.client("dynamodb", config=_CLIENT_SETTINGS.merge(Config(read_timeout=read_timeout)))
    made.meta.events.register("before-parse.dynamodb", _parse_as_json)
    return made


def _parse_as_json(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Takes an answer as the JSON that it is.

    botocore walks through every value of every item by its model, which takes longer than all else of reading many
    items, and changes none of the strings, numbers and booleans.
    """
    if response_dict["status_code"] == HTTPStatus.OK:
        customized_response_dict.update(json.loads(response_dict["body"]))
        response_dict["body"] = b""


class Packed(str):
    """A long text, kept compressed: a transcript takes a third, and DynamoDB charges for each begun kilobyte."""

    __slots__ = ()


def wire(item: Item) -> Item:
    """Plain values in DynamoDB's form; attributes that are None are left out."""
    return {name: _wire_value(value) for name, value in item.items() if value is not None}


def _wire_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, set):
        return {"SS": sorted(value)}
    if isinstance(value, Packed):
        return {"B": zlib.compress(value.encode(), zlib.Z_BEST_COMPRESSION)}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def plain(item: Item) -> Item:
    """An item in DynamoDB's form as plain strings, whole numbers and booleans: the inverse of `wire`."""
    return {name: _plain_value(*value.items()) for name, value in item.items()}


def _plain_value(typed: tuple[str, Any]) -> Any:
    kind, value = typed
    if kind == "B":
        # As JSON writes it, or as botocore has read it.
        return zlib.decompress(base64.b64decode(value) if isinstance(value, str) else value).decode()
    return int(value) if kind == "N" else value


class Action(NamedTuple):
    """One write, done by itself (`perform`) or together with others (`transact`)."""

    kind: str
    """`Put` or `Update`."""
    arguments: dict[str, Any]


class ConditionFailed(Exception):
    """A condition refused a write or a transaction, and nothing was written."""

    def __init__(self, failed: list[int], item: Item | None = None) -> None:
        super().__init__(failed)
        self.failed = failed
        """The places of the actions whose conditions failed."""
        self.item = item or {}
        """The item as it is, where a single write asked for it."""


def perform(action: Action, **options: Any) -> dict[str, Any]:
    """Does one action by itself; gives DynamoDB's answer.

    Args:
        action: the write.
        options: further arguments of the call, such as `ReturnValues`.

    Raises:
        ConditionFailed: its condition failed.
        TemporarilyUnavailable: it kept meeting transactions with the same item.
    """
    call = client().put_item if action.kind == "Put" else client().update_item
    for attempt in range(CONFLICT_RETRIES):
        try:
            answer: dict[str, Any] = call(**action.arguments, **options)
        except client().exceptions.ConditionalCheckFailedException as error:
            raise ConditionFailed([0], plain(error.response.get("Item", {}))) from error
        except client().exceptions.TransactionConflictException:
            # Nothing was written, and botocore does not try it again.
            _pause(attempt)
        else:
            return answer
    raise TemporarilyUnavailable


def _pause(attempt: int) -> None:
    """Waits before a write that met a transaction is tried again."""
    time.sleep(FIRST_PAUSE * 2**attempt * _CHANCE.uniform(0.5, 1.5))


def performed(action: Action) -> bool:
    """Does one action by itself; False if its condition refused it."""
    try:
        perform(action)
    except ConditionFailed:
        return False
    return True


def transact(*actions: Action) -> None:
    """Does all of the actions or none.

    Raises:
        ConditionFailed: a condition failed.
        TemporarilyUnavailable: it kept meeting other transactions.
    """
    token = secrets.token_hex(16)
    for attempt in range(CONFLICT_RETRIES):
        try:
            client().transact_write_items(
                TransactItems=[{action.kind: action.arguments} for action in actions], ClientRequestToken=token
            )
        except client().exceptions.TransactionCanceledException as error:
            reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
            failed = [place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
            if failed:
                raise ConditionFailed(failed) from error
            if not {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} & set(reasons):
                raise
            token = secrets.token_hex(16)
        except client().exceptions.TransactionInProgressException:
            # An earlier try is still being done: under its own token it cannot be done twice.
            pass
        else:
            return
        _pause(attempt)
    raise TemporarilyUnavailable


def read_keys(keys: list[tuple[str, Item]], *, tries: int = READ_TRIES) -> list[tuple[str, Item]]:
    """The items under any number of keys, as the last write left them, in no order; a hundred keys a call.

    Args:
        keys: tables, each with a key of it in DynamoDB's own form; none of them twice.
        tries: calls in which DynamoDB may leave some of a hundred keys for later.

    Returns:
        The items that there are, in DynamoDB's own form, each with its table.

    Raises:
        TemporarilyUnavailable: the tables did not answer for all of them.
    """
    found: list[tuple[str, Item]] = []
    for first in range(0, len(keys), KEYS_A_CALL):
        asked: Item = {}
        for table, key in keys[first : first + KEYS_A_CALL]:
            asked.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
        for attempt in range(tries):
            answer = client().batch_get_item(RequestItems=asked)
            found += [(table, item) for table, items in answer["Responses"].items() for item in items]
            asked = answer.get("UnprocessedKeys", {})
            if not asked:
                break
            time.sleep(FIRST_PAUSE * 2**attempt)
        else:
            raise TemporarilyUnavailable
    return found


def query(dynamodb: Any, **question: Any) -> Iterator[Item]:
    """The items that a query finds, page after page, as plain values.

    Args:
        dynamodb: a client.
        question: the arguments of `Query`. (botocore's paginator would search every answer by paths.)
    """
    while True:
        page = dynamodb.query(**question)
        yield from map(plain, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        question["ExclusiveStartKey"] = page["LastEvaluatedKey"]
