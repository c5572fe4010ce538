"""AWS failing on demand: before a call takes effect, after it did, once or from then on, or the function dying."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from botocore.retries.standard import ExponentialBackoff


class Died(BaseException):
    """The function's process ended here: nothing in it can catch that."""


Call = Callable[[], Any]


@dataclass(frozen=True)
class Fault:
    """One way of failing. `strike` gets the client, the operation, its parameters and the true call."""

    name: str
    strike: Callable[[Any, str, dict[str, Any], Call], Any]
    lasting: bool = False
    """It goes on from its call to the end of the invocation."""
    on_the_wire: bool = False
    """It befalls one try of the call; botocore sees it and tries again by itself."""


def _raise(error: BaseException) -> Any:
    raise error


def _error(code: str) -> Callable[[Any, str, dict[str, Any], Call], Any]:
    return lambda client, operation, parameters, call: _raise(
        ClientError({"Error": {"Code": code, "Message": "injected"}}, operation)
    )


def _time_out(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    raise ReadTimeoutError(endpoint_url="injected")


def _take_effect_then_time_out(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    call()
    raise ReadTimeoutError(endpoint_url="injected")


def _die(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    raise Died


def _take_effect_then_die(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    call()
    raise Died


def _take_effect_then_refuse(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    """The write took effect, its answer was lost, and its repetition met the condition it had itself made false."""
    if operation == "TransactWriteItems":
        call()
        return _cancel(client, parameters, "ConditionalCheckFailed")
    answer = call()
    if "ConditionExpression" in parameters:
        refusal = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "injected"}}
        if parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
            refusal["Item"] = client.get_item(TableName=parameters["TableName"], Key=parameters["Key"])["Item"]
        raise client.exceptions.ConditionalCheckFailedException(refusal, operation)
    if parameters.get("IfNoneMatch"):
        raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "injected"}}, operation)
    return answer


def _take_effect_then_fail(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    """An error of AWS's own says nothing of what was done."""
    call()
    response = {
        "Error": {"Code": "InternalServerError", "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": 500},
    }
    raise ClientError(cast(Any, response), operation)


def _conflict(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    """Somebody else is writing the same at this moment; nothing was written here, and botocore tries no write again."""
    if operation == "TransactWriteItems":
        return _cancel(client, parameters, "TransactionConflict")
    if operation in ("PutItem", "UpdateItem"):
        raise client.exceptions.TransactionConflictException(
            {"Error": {"Code": "TransactionConflictException", "Message": "injected"}}, operation
        )
    if parameters.get("IfNoneMatch"):
        raise ClientError({"Error": {"Code": "ConditionalRequestConflict", "Message": "injected"}}, operation)
    return call()


def _take_effect_while_under_way(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    """The first try takes effect late; botocore's own repetition meets it under way, and then it is done."""
    answer = call()
    if operation == "TransactWriteItems":
        raise client.exceptions.TransactionInProgressException(
            {"Error": {"Code": "TransactionInProgressException", "Message": "injected"}}, operation
        )
    return answer


def _cancel(client: Any, parameters: dict[str, Any], reason: str) -> Any:
    actions = [next(iter(action.values())) for action in parameters["TransactItems"]]
    struck = next((n for n, action in enumerate(actions) if "ConditionExpression" in action), 0)
    raise client.exceptions.TransactionCanceledException(
        {
            "Error": {"Code": "TransactionCanceledException", "Message": "injected"},
            "CancellationReasons": [{"Code": reason if n == struck else "None"} for n in range(len(actions))],
        },
        "TransactWriteItems",
    )


def _lose_try(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    return None, ConnectTimeoutError(endpoint_url="injected")


def _lose_answer(client: Any, operation: str, parameters: dict[str, Any], call: Call) -> Any:
    call()
    return None, ReadTimeoutError(endpoint_url="injected")


FAULTS = (
    Fault("throttled", _error("ThrottlingException")),
    Fault("access denied", _error("AccessDeniedException")),
    Fault("timed out before it took effect", _time_out),
    Fault("timed out after it took effect", _take_effect_then_time_out),
    Fault("took effect, and its repetition was refused", _take_effect_then_refuse),
    Fault("took effect, and the answer was an error of AWS's own", _take_effect_then_fail),
    Fault("met another writer", _conflict),
    Fault("the same transaction still under way", _take_effect_while_under_way),
    Fault("the function died before", _die),
    Fault("the function died after", _take_effect_then_die),
    Fault("all of AWS silent from here on", _time_out, lasting=True),
    Fault("one try lost, repeated by botocore", _lose_try, on_the_wire=True),
    Fault("one answer lost, repeated by botocore", _lose_answer, on_the_wire=True),
)


IN_EVERY_RUN = ("took effect, and its repetition was refused", "met another writer", "the function died after")
"""The three that differ most; the others take their time in `make prove`."""
whatever_call_fails = pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name, marks=() if fault.name in IN_EVERY_RUN else pytest.mark.slow)
        for fault in FAULTS
    ],
)
"""Runs a test with each fault."""


class Failing:
    """Counts the calls that functions make to AWS, and lets the one that was chosen fail."""

    def __init__(self) -> None:
        self.wire = threading.local()
        self.lock = threading.Lock()
        self.running = self.lasting = False
        self.calls: list[str] = []
        """The operations called since the last `plan`."""
        self.asked: list[dict[str, Any]] = []
        """Their parameters."""
        self.fault: Fault | None = None
        self.at: Callable[[int], bool] = lambda _: False
        self.struck = 0

    def plan(self, fault: Fault | None, at: Callable[[int], bool] = lambda _: False) -> None:
        """From now on, the calls whose number (from 0) `at` picks fail with `fault`."""
        self.fault, self.at, self.calls, self.asked, self.struck = fault, at, [], [], 0

    @contextmanager
    def armed(self) -> Iterator[None]:
        """While a function runs, in this thread and in those that it starts; one function at a time."""
        self.running, self.lasting = True, False
        try:
            yield
        finally:
            self.running = False

    def strikes(self, operation: str, parameters: dict[str, Any]) -> Fault | None:
        """Counts a call; the fault if it is this one's turn."""
        if not self.running:
            return None
        with self.lock:
            self.calls.append(operation)
            self.asked.append(parameters)
            if self.fault and (self.lasting or self.at(len(self.calls) - 1)):
                self.lasting = self.fault.lasting
                self.struck += 1
                return self.fault
        return None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Puts itself between botocore's clients and AWS, and takes botocore's pauses away."""
        client, endpoint, backoff = cast(Any, BaseClient), cast(Any, Endpoint), cast(Any, ExponentialBackoff)
        call, send, pause = client._make_api_call, endpoint._do_get_response, backoff.delay_amount
        wire = self.wire

        def failing_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            fault = self.strikes(operation, parameters)
            if fault is None:
                return call(client, operation, parameters)
            if fault.on_the_wire:
                wire.fault = fault
                return call(client, operation, parameters)
            return fault.strike(client, operation, parameters, lambda: call(client, operation, parameters))

        def failing_send(endpoint: Any, request: AWSPreparedRequest, model: Any, context: Any) -> Any:
            fault, wire.fault = getattr(wire, "fault", None), None
            if fault is None:
                return send(endpoint, request, model, context)
            return fault.strike(None, model.name, {}, lambda: send(endpoint, request, model, context))

        client._make_api_call, endpoint._do_get_response = failing_call, failing_send
        backoff.delay_amount = lambda *_: 0
        try:
            yield
        finally:
            client._make_api_call, endpoint._do_get_response, backoff.delay_amount = call, send, pause
