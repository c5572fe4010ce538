"""The schedules on this machine: each function is called at its moments, in Lima time, while the service runs."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from constancia import lima

from infra import parts, wiring
from infra.local.runtime import Invoke

PAUSE = 10
"""Seconds between two checks of the time."""

logger = logging.getLogger(__name__)


def is_due(expression: str, moment: datetime) -> bool:
    """Whether a `cron(…)` of EventBridge Scheduler includes this minute.

    Fields are single numbers, `*`, `?`, or a number and a step such as `0/5`.
    """
    wanted = expression.removeprefix("cron(").removesuffix(")").split()
    weekday = moment.isoweekday() % 7 + 1
    actual = (moment.minute, moment.hour, moment.day, moment.month, weekday, moment.year)
    return all(_includes(sign, value) for sign, value in zip(wanted, actual, strict=True))


def _includes(sign: str, value: int) -> bool:
    if sign in ("*", "?"):
        return True
    first, _, step = sign.partition("/")
    return value == int(first) if not step else value >= int(first) and (value - int(first)) % int(step) == 0


def event_at(schedule: parts.Schedule, moment: datetime) -> dict[str, Any]:
    """The event of a schedule, with the moment in it as EventBridge Scheduler writes it (ISO 8601, UTC)."""
    written = json.dumps(schedule.event).replace(
        parts.SCHEDULED_TIME, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    event: dict[str, Any] = json.loads(written)
    return event


class Scheduler:
    """Calls the functions of the wiring at the moments of their schedules."""

    def __init__(self, invoke: Invoke) -> None:
        self.invoke = invoke
        self.last = lima.now().replace(second=0, microsecond=0)

    def run(self, stopping: threading.Event) -> None:
        """Checks the time until `stopping` is set."""
        while not stopping.wait(PAUSE):
            self.tick(lima.now())

    def tick(self, now: datetime) -> None:
        """Makes the calls of every minute that passed since the last check. A call that fails is logged."""
        while self.last + timedelta(minutes=1) <= now:
            self.last += timedelta(minutes=1)
            for function in wiring.FUNCTIONS:
                for schedule in function.schedules:
                    if is_due(schedule.expression, self.last):
                        try:
                            self.invoke(function.name, event_at(schedule, self.last))
                        except Exception:
                            logger.exception("%s failed on its schedule", function.name)
