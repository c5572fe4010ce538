"""The schedules on this machine: each function called at its moments, in Lima time, while the service runs."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from constancia import lima

from infra import wiring
from infra.local.runtime import Invoke

PAUSE = 10
"""Seconds between two looks at the clock."""

logger = logging.getLogger(__name__)


def is_due(expression: str, moment: datetime) -> bool:
    """Whether `cron(minutes hours day-of-month month day-of-week year)` means this minute; of its signs `*` and `?`."""
    wanted = expression.removeprefix("cron(").removesuffix(")").split()
    weekday = moment.isoweekday() % 7 + 1
    told = (moment.minute, moment.hour, moment.day, moment.month, weekday, moment.year)
    return all(sign in ("*", "?") or int(sign) == value for sign, value in zip(wanted, told, strict=True))


def event_at(schedule: wiring.Schedule, moment: datetime) -> dict[str, Any]:
    """The event that a function gets, with the moment in it as EventBridge Scheduler writes it."""
    written = json.dumps(schedule.event).replace(
        wiring.SCHEDULED_TIME, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    event: dict[str, Any] = json.loads(written)
    return event


class Clock:
    """Calls the functions of the wiring at their moments."""

    def __init__(self, invoke: Invoke) -> None:
        self.invoke = invoke
        self.last = lima.now().replace(second=0, microsecond=0)

    def run(self, stopping: threading.Event) -> None:
        """Looks at the clock until told to stop."""
        while not stopping.wait(PAUSE):
            self.tick(lima.now())

    def tick(self, now: datetime) -> None:
        """Makes the calls of every minute that passed since the last look."""
        while self.last + timedelta(minutes=1) <= now:
            self.last += timedelta(minutes=1)
            for function in wiring.FUNCTIONS:
                for schedule in function.schedules:
                    if is_due(schedule.expression, self.last):
                        try:
                            self.invoke(function.name, event_at(schedule, self.last))
                        except Exception:
                            logger.exception("%s failed on its schedule", function.name)
