"""The schedules on this machine: each function is called at its moments, in Lima time, while the service runs."""

import json
import logging
import threading
from collections.abc import Callable
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


def is_hourly(expression: str) -> bool:
    """Whether a `cron(…)` is one minute of every hour."""
    minute, *rest = expression.removeprefix("cron(").removesuffix(")").split()
    return minute.isdigit() and rest == ["*", "*", "*", "?", "*"]


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
        self.begun = False

    def run(self, stopping: threading.Event) -> None:
        """Checks the time until `stopping` is set."""
        while not stopping.wait(PAUSE):
            self.tick(lima.now())

    def tick(self, now: datetime) -> None:
        """Makes the calls of every minute that passed since the last check. A call that fails is logged.

        The first check makes the hourly ones in any case: nobody waits here for the hour to end.
        """
        if not self.begun:
            self.begun = True
            self._call_those_due(now, is_hourly)
        while self.last + timedelta(minutes=1) <= now:
            self.last += timedelta(minutes=1)
            self._call_those_due(self.last, lambda expression: is_due(expression, self.last))

    def _call_those_due(self, moment: datetime, due: Callable[[str], bool]) -> None:
        for function in wiring.FUNCTIONS:
            for schedule in function.schedules:
                if due(schedule.expression):
                    try:
                        self.invoke(function.name, event_at(schedule, moment))
                    except Exception:
                        logger.exception("%s failed on its schedule", function.name)
