"""The stream of this machine's service goes on after what befalls a stream: silence, and changes that are gone."""

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.local.stream import StreamPoller
from tests.trust.audit import audit
from tests.trust.journey import Journey
from tests.trust.world import World


@pytest.mark.parametrize("exception", ["TrimmedDataAccessException", "ExpiredIteratorException"])
def test_a_place_in_the_stream_that_is_lost_is_found_again_and_nothing_is_mailed_twice(
    world: World, exception: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Journey(world).go()
    get_records, streams = world.poller.streams.get_records, world.poller.streams
    lost: ClientError = getattr(streams.exceptions, exception)({"Error": {"Code": exception}}, "GetRecords")

    def lose_once(**arguments: Any) -> Any:
        monkeypatch.setattr(streams, "get_records", get_records)
        raise lost

    monkeypatch.setattr(streams, "get_records", lose_once)
    second = Journey(world).go()
    assert streams.get_records == get_records, "the place was lost"
    assert audit([first, second], world.views.outbox()) == []


def test_a_stream_that_does_not_answer_is_asked_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    poller = StreamPoller(world.sender, world.invoke)
    stopping = threading.Event()
    asked: list[str] = []

    def silent(stream: str) -> None:
        asked.append(stream)
        if len(asked) == 2:
            stopping.set()
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1")

    monkeypatch.setattr(poller, "poll", silent)
    poller.run(stopping)
    assert asked == [world.stream] * 2
