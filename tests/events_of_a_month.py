"""An invented month of the event log: the same entries each time, as the service would have written them."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from constancia import event_log
from constancia.event_log import Event, event
from constancia.lima import LIMA

BUSY = [0.3, 0.2, 0.1, 0.1, 0.1, 0.4, 1, 2, 4, 6, 7, 7, 6, 5, 5, 6, 6, 6, 7, 8, 7, 4, 2, 1]
"""How the hours of a day compare."""
WORDS = {
    "level": (["secondary", "primary", "initial"], [60, 35, 5]),
    "applicant": (["student", "guardian"], [55, 45]),
    "purpose": (
        ["scholarship", "university", "school", "police_or_armed_forces", "job", "other"],
        [40, 25, 15, 10, 7, 3],
    ),
}
REASONS = (
    (
        *("identity_not_confirmed", "invalid_fields", "record_under_review", "no_records", "captcha_failed"),
        *("guardian_required", "too_many_attempts", "temporarily_unavailable", "modality_not_covered"),
    ),
    [40, 20, 10, 9, 8, 6, 4, 2, 1],
)
OUTCOMES = (["valid", "superseded", "annulled"], [90, 9, 1])
ANSWERS = (["easy", "so_so", "hard"], [80, 15, 5])
INSTITUTIONS = ("5f0c2a91", "0b7e44d3")
"""The ids of those that asked a third of all questions."""
SHARES: dict[str, float] = {
    event_log.REQUEST_ACCEPTED: 22,
    event_log.CERTIFICATE_ISSUED: 20,
    event_log.MAIL_SENT: 20,
    event_log.REQUEST_REFUSED: 9,
    event_log.CERTIFICATE_VERIFIED: 15,
    event_log.CERTIFICATE_DOWNLOADED: 10,
    event_log.VERIFICATION_REFUSED: 2,
    event_log.CERTIFICATE_SUPERSEDED: 1.5,
    event_log.MAIL_FAILED: 0.3,
    event_log.CERTIFICATE_ANNULLED: 0.05,
    event_log.OPINION_GIVEN: 3,
}


def events_of(day: date, count: int) -> Iterator[Event]:
    """`count` events of a day, the same ones each time."""
    dice = random.Random(day.toordinal())  # noqa: S311 repeatable
    names = dice.choices(list(SHARES), list(SHARES.values()), k=count)
    hours = dice.choices(range(24), BUSY, k=count)
    for place, (name, hour) in enumerate(zip(names, hours, strict=True)):
        moment = datetime(day.year, day.month, day.day, hour, tzinfo=LIMA) + timedelta(seconds=dice.uniform(0, 3599))
        facts: dict[str, Any] = {}
        if name in (event_log.REQUEST_ACCEPTED, event_log.CERTIFICATE_ISSUED):
            facts = {fact: dice.choices(*choices)[0] for fact, choices in WORDS.items()}
        elif name in (event_log.REQUEST_REFUSED, event_log.VERIFICATION_REFUSED):
            facts = {"reason": dice.choices(*REASONS)[0]}
        elif name == event_log.CERTIFICATE_VERIFIED:
            facts = {"outcome": dice.choices(*OUTCOMES)[0]}
        elif name == event_log.MAIL_FAILED:
            facts = {"reason": "refused"}
        elif name == event_log.OPINION_GIVEN:
            facts = {"answer": dice.choices(*ANSWERS)[0]}
        if name in (event_log.CERTIFICATE_VERIFIED, event_log.VERIFICATION_REFUSED) and place % 3 == 0:
            facts["institution"] = INSTITUTIONS[place % len(INSTITUTIONS)]
        yield event(name, moment, None, **facts)


def busyness(day: date) -> float:
    """How busy a day is, as a factor: half on weekends, and more each day towards the end of the month."""
    return (0.5 if day.weekday() >= 5 else 1) * (1 + day.day / 40)


def entry_of(one: Event) -> dict[str, str]:
    """An event as the attributes of its item in the log, the keys aside."""
    return {"name": one.name, "time": one.moment.isoformat(timespec="microseconds"), **dict(one.facts)}
