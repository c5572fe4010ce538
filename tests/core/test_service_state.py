"""What pages say is down, and since when: told by what happens and what does not, never by one person's bad luck."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from constancia.lima import LIMA
from constancia.verifying import service_state
from constancia.verifying.service_state import GOOD_FOR, LINES, MANY, publish_state, what_is_down

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=LIMA)


def entries(count: int, name: str, **facts: str) -> list[dict[str, str]]:
    return [{"name": name, **facts}] * count


def failing(name: str, count: int = MANY) -> list[dict[str, str]]:
    return entries(count, name, reason="temporarily_unavailable")


BY_CODE = {"assurance": "contact"}


@pytest.mark.parametrize(
    ("events", "down"),
    [
        ([], None),
        (failing("request_refused"), "requests"),
        (failing("request_refused", MANY - 1), None),
        (failing("request_refused") + entries(MANY + 1, "request_accepted", assurance="names"), None),
        (failing("request_refused") + entries(MANY + 1, "request_accepted", **BY_CODE), None),
        (entries(MANY, "request_refused", reason="identity_not_confirmed"), None),
        (failing("verification_refused"), "verifications"),
        (failing("verification_refused") + entries(MANY + 1, "certificate_verified"), None),
        (entries(MANY, "code_drawn"), "codes"),
        (entries(MANY, "code_drawn") + entries(30, "request_accepted", assurance="names"), "codes"),
        (entries(MANY, "code_drawn") + entries(1, "request_accepted", **BY_CODE), None),
        (entries(MANY, "certificate_issued"), "mail"),
        (entries(MANY, "certificate_issued") + entries(1, "mail_sent"), None),
        (entries(MANY, "certificate_issued") + failing("request_refused"), "requests"),
    ],
)
def test_what_is_down_is_told_by_what_fails_and_by_what_does_not_happen(
    events: list[dict[str, str]], down: str | None
) -> None:
    assert what_is_down(events) == down


class Published:
    """A bucket."""

    def __init__(self) -> None:
        self.state: dict[str, Any] | None = None
        self.writes = 0

    def read(self) -> dict[str, Any] | None:
        return self.state

    def publish(self, state: dict[str, Any]) -> None:
        self.state, self.writes = state, self.writes + 1

    def says(self) -> str:
        assert self.state
        return str(self.state["says"]["es"])


def test_a_line_keeps_its_beginning_while_it_goes_on_and_leaves_with_the_trouble() -> None:
    published = Published()
    for minute in (0, 5, 10):
        publish_state("service", NOON + timedelta(minutes=minute), published)
        assert published.says() == "El servicio tiene problemas desde las 12:00. Lo que escribiste no se pierde."
        assert published.state
        assert published.state["until"] == (NOON + timedelta(minutes=minute) + GOOD_FOR).timestamp()
    publish_state("mail", NOON + timedelta(minutes=15), published)
    assert "correos están tardando desde las 12:15" in published.says()
    publish_state(None, NOON + timedelta(minutes=20), published)
    assert published.state == {}
    publish_state("mail", NOON + timedelta(minutes=25), published)
    assert "desde las 12:25" in published.says(), "it is another trouble"


def test_a_line_that_nobody_renewed_is_over() -> None:
    published = Published()
    publish_state("service", NOON, published)
    publish_state("service", NOON + timedelta(hours=1), published)
    assert published.says().startswith("El servicio tiene problemas desde las 13:00.")


@pytest.mark.parametrize(
    ("hours", "said"), [(1, "desde la 1:00."), (9, "desde las 9:00."), (24, "desde el 26 de noviembre de 2026.")]
)
def test_since_when_is_said_as_people_say_it(hours: int, said: str) -> None:
    published, midnight = Published(), NOON - timedelta(hours=12)
    start = NOON if hours == 24 else midnight + timedelta(hours=hours)
    publish_state("service", start, published)
    if hours == 24:
        for later in range(10, 13 * 60, 10):
            publish_state("service", start + timedelta(minutes=later), published)
    assert said in published.says()


def test_nothing_is_written_where_nothing_changes() -> None:
    published = Published()
    for minute in range(0, 60, 5):
        publish_state(None, NOON + timedelta(minutes=minute), published)
    assert (published.state, published.writes) == ({}, 1)


def test_every_line_has_both_languages_and_says_since_when() -> None:
    kinds = {value for name, value in vars(service_state).items() if name in LINES_BY_NAME}
    assert set(LINES) == kinds
    assert all(line.count("{since}") == 1 for lines in LINES.values() for line in lines)


LINES_BY_NAME = ("SERVICE", "REQUESTS", "VERIFICATIONS", "CODES", "MAIL")
