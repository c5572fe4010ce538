"""Lima time: the clock and the calendar of every rule. Peru has had no daylight saving since 1994."""

from datetime import date, datetime, timedelta, timezone

LIMA = timezone(timedelta(hours=-5), "America/Lima")

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "setiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
"""The months as Peru writes them: "setiembre"."""


def now() -> datetime:
    """The present moment in Lima time."""
    return datetime.now(LIMA)


def age_on(day: date, birth_date: date) -> int:
    """Completed years on a day. Someone born on 29 February turns older on the 28th in other years (rule 1)."""
    try:
        birthday = birth_date.replace(year=day.year)
    except ValueError:
        birthday = date(day.year, 2, 28)
    return day.year - birth_date.year - (day < birthday)


def written_month(day: date) -> str:
    """The month of a day in words: `noviembre de 2026`."""
    return f"{MONTHS[day.month - 1]} de {day.year}"


def written_day(day: date) -> str:
    """A day in words: `23 de noviembre de 2026`."""
    return f"{day.day} de {written_month(day)}"
