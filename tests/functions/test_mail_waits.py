"""Ten thousand certificates at once on a mail service with limits, on a clock of the test's own."""

import heapq
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from constancia import lima
from constancia.aws.changes import Change, follow
from constancia.certifying import delivery, writing
from constancia.errors import MailDeferred
from constancia.event_log import Event

from infra import wiring
from tests.core.test_verification import RECORD
from tests.functions.conftest import event

HOW_MANY = 10_000
SHARDS = 4
"""Parts of the stream, each of which Lambda brings to one copy of the function at a time."""
A_SECOND = 14
"""Messages that SES takes a second from a new sender."""
SEND_TAKES, CALL_TAKES = 0.07, 0.01
"""Seconds of a message and of any other call."""
START = datetime(2026, 3, 2, 9, 0, tzinfo=lima.LIMA)


class Clock:
    """The time of one part of the stream."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


class MailService:
    """Takes so many messages a second, and none while its daily quota is used up by others."""

    def __init__(self, quota_back_after: float) -> None:
        self.quota_back_after = quota_back_after
        self.taken: Counter[int] = Counter()
        self.sent: Counter[str] = Counter()
        self.clock = Clock()

    def send(self, message: EmailMessage) -> None:
        self.clock.wait(SEND_TAKES)
        second = int(self.clock.seconds)
        if self.clock.seconds < self.quota_back_after or self.taken[second] >= A_SECOND:
            raise MailDeferred
        self.taken[second] += 1
        self.sent[message["Subject"]] += 1


class States:
    """The mail states of the certificates, and when each was last changed."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def claim(self, code: str) -> str | None:
        found = self.of.get(code)
        if found is None:
            self.of[code] = delivery.SENDING
        return found

    def release(self, code: str) -> None:
        del self.of[code]

    def settle(self, code: str, state: str, event: Event) -> None:
        self.of[code] = state


class MailLimit:
    """Lets every e-mail go, and counts those that were."""

    def __init__(self) -> None:
        self.counted = 0

    def may_send(self, address: str) -> bool:
        self.counted += 1
        return True

    def give_back(self, address: str) -> None:
        self.counted -= 1


@pytest.mark.parametrize(
    ("quota_back_after", "within"), [(0, 15 * 60), (3600, 3600 + 15 * 60)], ids=["rate", "daily quota"]
)
def test_ten_thousand_certificates_at_once_are_all_mailed_and_none_twice_by_14_a_second(
    quota_back_after: int, within: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an e-mail says has tests of its own, and its making would take most of the time here.
    monkeypatch.setattr(writing, "compose", lambda certificate, *_: {"Subject": certificate.virtual_code})
    service, states, limit, letters = MailService(quota_back_after), States(), MailLimit(), []
    trigger = wiring.function("send_certificate").stream
    assert trigger is not None
    sample = event("send_certificate", "issued")["Records"][0]["dynamodb"]
    moment = {"ApproximateCreationDateTime": START.timestamp()}
    changes: list[dict[str, Any]] = [
        {"dynamodb": {**sample, **moment, "Keys": {"virtual_code": {"S": f"C{n:07}"}}, "SequenceNumber": str(n)}}
        for n in range(HOW_MANY)
    ]
    clocks = [Clock() for _ in range(SHARDS)]
    waiting = [changes[shard::SHARDS] for shard in range(SHARDS)]

    def act(change: Change) -> None:
        service.clock.wait(2 * CALL_TAKES)
        delivery.announce(
            replace(RECORD, virtual_code=change.virtual_code),
            service.clock.now(),
            states=states,
            limit=limit,
            mailer=service,
            leave=lambda code, reason: letters.append((code, reason)),
            holder_url="https://constancia.example",
            sender="constancia@minedu.example",
        )

    turns = [(0.0, shard) for shard in range(SHARDS)]
    while turns:
        _, shard = heapq.heappop(turns)
        clock = service.clock = clocks[shard]
        batch = waiting[shard][: trigger.batch]
        answer = follow(
            {"Records": batch},
            act,
            lambda code, reason: letters.append((code, reason)),
            now=clock.now,
            wait=clock.wait,
        )
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        done = next((n for n, c in enumerate(batch) if c["dynamodb"]["SequenceNumber"] in failed), len(batch))
        del waiting[shard][:done]
        if waiting[shard]:
            heapq.heappush(turns, (clock.seconds, shard))
    assert letters == []
    assert (len(service.sent), set(service.sent.values())) == (HOW_MANY, {1})
    assert set(states.of.values()) == {delivery.SENT}
    assert limit.counted == HOW_MANY
    assert max(clock.seconds for clock in clocks) < within
    assert max(service.taken.values()) <= A_SECOND
