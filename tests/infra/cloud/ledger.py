"""A record of every call that a function makes of AWS, in the terms of the wiring's grants."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from infra import wiring
from infra.local import storage
from infra.local.gateway import Gateway
from infra.local.runtime import Event, Runtime
from infra.local.views import Views
from tests.trust.world import URL


@dataclass(frozen=True)
class Call:
    """What a function asked for."""

    function: str
    action: str
    resource: str
    index: str | None = None
    key: str = ""
    """The object's key, for S3."""


@dataclass(frozen=True)
class Reply:
    """A call and the answer of AWS."""

    service: str
    operation: str
    parameters: dict[str, Any]
    answer: dict[str, Any] | None
    error: str = ""
    """The code of the refusal, if it was one."""
    body: bytes = b""
    """An object's content."""

    @property
    def units(self) -> float:
        """The read or write units that DynamoDB charged for it, where the ledger weighs.

        DynamoDB Local adds up the bytes that a transaction writes into a table before it counts kilobytes; DynamoDB
        counts two units for each begun kilobyte of each item, so every further item is charged for itself. And Local
        counts an index twice as well, which DynamoDB writes once, after the transaction ("Transactions: how it works").
        """
        charged = (self.answer or {}).get("ConsumedCapacity", [])
        tables = charged if isinstance(charged, list) else [charged]
        actions = [action for item in self.parameters.get("TransactItems", ()) for action in item.values()]
        indexed = sum(
            index.key in action.get("Item", ())
            for action in actions
            for index in wiring.table(RESOURCES[action["TableName"]]).indexes
        )
        further = len(actions) - len(tables) if actions else 0
        return float(sum(part["CapacityUnits"] for part in tables) + 2 * further - indexed)


@dataclass(frozen=True)
class Exchange:
    """One run of a function."""

    function: str
    event: Event
    answer: Any
    replies: tuple[Reply, ...]
    own_ms: float
    """Processor time of the function's own code, without the calls."""


IN_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
S3_ACTIONS = {
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}
"""Where the permission has another name than the call."""
RESOURCES = {
    storage.names()[stored.setting]: stored.name
    for stored in (*wiring.TABLES, *wiring.BUCKETS, *wiring.QUEUES, *wiring.KEYS)
}


class Ledger:
    """Runs functions, and writes down what they call."""

    def __init__(self) -> None:
        self.calls: set[Call] = set()
        self.exchanges: list[Exchange] = []
        self.replies: list[Reply] = []
        """Of the run that goes on."""
        self.running: str | None = None
        self.runtime = Runtime()
        self.gateway = Gateway(self.invoke, Views(f"{URL}/_local"))
        self.restarted_at = 0
        self.weighing = False
        """DynamoDB is asked what each call costs."""
        self.in_calls = 0.0
        self.meet_another_store = False
        """The next PDF finds one under its key, as if another tab had been a moment faster."""

    def invoke(self, name: str, event: Event) -> Any:
        """Runs a function on an event."""
        self.running, self.replies, self.in_calls = name, [], 0.0
        started = time.process_time()
        try:
            answer = self.runtime.invoke(name, event)
        finally:
            self.running = None
        own = (time.process_time() - started - self.in_calls) * 1000
        self.exchanges.append(Exchange(name, event, answer, tuple(self.replies), own))
        return answer

    def restart(self) -> None:
        """Another copy of each function, which finds what the first one kept."""
        self.runtime = Runtime()
        self.restarted_at = len(self.exchanges)

    @contextmanager
    def open(self) -> Iterator["Ledger"]:
        """Writes until the block ends, whatever client the functions use."""
        clients: Any = BaseClient
        signers: Any = S3SigV4QueryAuth
        call, sign = clients._make_api_call, signers.add_auth

        def noted_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            if not self.running:
                return call(client, operation, parameters)
            name = client.meta.service_model.service_name
            self.calls.update(_read(self.running, name, operation, parameters))
            if operation == "PutObject" and self.meet_another_store:
                self.meet_another_store = False
                call(client, operation, dict(parameters))
            if self.weighing and name == "dynamodb":
                parameters = {**parameters, "ReturnConsumedCapacity": "TOTAL"}
            started = time.process_time()
            try:
                answer = call(client, operation, parameters)
            except ClientError as error:
                self.replies.append(Reply(name, operation, parameters, None, error.response["Error"]["Code"]))
                raise
            finally:
                self.in_calls += time.process_time() - started
            body = b""
            if operation == "GetObject":
                body = answer["Body"].read()
                answer["Body"] = StreamingBody(io.BytesIO(body), len(body))
            self.replies.append(Reply(name, operation, parameters, answer, body=body))
            return answer

        def noted_signature(signer: Any, request: Any) -> None:
            # Whoever follows the link reads with the rights of the function that signed it.
            if self.running:
                bucket, _, key = urlsplit(request.url).path.removeprefix("/_local/").partition("/")
                action = {"GET": "GetObject", "PUT": "PutObject"}[request.method]
                self.calls.add(Call(self.running, action, bucket, key=key))
            sign(signer, request)

        clients._make_api_call, signers.add_auth = noted_call, noted_signature
        try:
            yield self
        finally:
            clients._make_api_call, signers.add_auth = call, sign


def _read(function: str, service: str, operation: str, parameters: dict[str, Any]) -> Iterator[Call]:
    """The permissions that a call needs."""
    if service == "dynamodb":
        if operation == "TransactWriteItems":
            for item in parameters["TransactItems"]:
                ((kind, action),) = item.items()
                yield Call(function, IN_TRANSACTION[kind], RESOURCES[action["TableName"]])
        elif operation in ("BatchGetItem", "BatchWriteItem"):
            for table in parameters["RequestItems"]:
                yield Call(function, operation, RESOURCES[table])
        else:
            yield Call(function, operation, RESOURCES[parameters["TableName"]], parameters.get("IndexName"))
    elif service == "s3":
        action = S3_ACTIONS.get(operation, operation)
        yield Call(function, action, RESOURCES[parameters["Bucket"]], key=parameters.get("Key", ""))
    elif service == "sqs":
        yield Call(function, operation, RESOURCES[parameters["QueueUrl"]])
    elif service == "kms":
        yield Call(function, operation, RESOURCES[parameters["KeyId"]])
    elif service == "sesv2":
        yield Call(function, operation, "mail")
    elif service == "pinpoint-sms-voice-v2":
        yield Call(function, operation, "sms")
    else:
        raise AssertionError(f"{function} calls {service}.{operation}, of which the table knows nothing")
