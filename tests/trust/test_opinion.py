"""An opinion is counted once for a request, whatever call fails and however many are sent at once."""

import threading

import pytest

from tests.journeys.citizen import Answer, request_body
from tests.trust.audit import items_of
from tests.trust.failing import FAULTS, Fault
from tests.trust.journey import Journey
from tests.trust.test_background import strike_each_call
from tests.trust.world import Client, World


def begun(client: Client) -> str:
    """A request whose transcript was shown."""
    request_id = str(client.ask(request_body()).json["request_id"])
    assert client.transcript(request_id).status == 200
    return request_id


def give(client: Client, request_id: str, answer: str) -> Answer:
    path = f"/api/requests/{request_id}/opinion"
    return client.post(path, {"answer": answer}, client.authorization(request_id))


def counted() -> list[str]:
    return [item["answer"] for item in items_of("EVENTS_TABLE") if item.get("name") == "opinion_given"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_an_opinion_is_counted_once_whatever_call_fails(world: World, fault: Fault) -> None:
    client, journey = Client(world), Journey(world)

    def ask(call: int) -> None:
        planned, at = world.failing.fault, world.failing.at
        world.failing.plan(None)
        request_id = begun(client)
        world.failing.plan(planned, at)
        answer = journey.step("opinion", lambda: give(client, request_id, "hard"), 200)
        world.failing.fault = None
        assert answer.json == {"answer": "hard"}
        assert counted() == ["hard"] * (call + 1)

    assert strike_each_call(world, fault, ask) >= len(("request", "protection", "keep"))


def test_of_ten_at_once_one_is_counted_and_all_are_told_which(world: World) -> None:
    client = Client(world)
    request_id = begun(client)
    told: list[str] = []

    def ask(answer: str) -> None:
        told.append(give(client, request_id, answer).json["answer"])

    threads = [threading.Thread(target=ask, args=(answer,)) for answer in ("easy", "hard") * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(told), set(told)) == (10, set(counted()))
    assert len(counted()) == 1
