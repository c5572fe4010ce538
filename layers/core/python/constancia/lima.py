"""Lima time: the clock and the calendar of every rule (no daylight saving since 1994, so a fixed offset)."""

from datetime import date, datetime, timedelta, timezone

LIMA = timezone(timedelta(hours=-5), "America/Lima")


def now() -> datetime:
    """The moment, in Lima time."""
    return datetime.now(LIMA)


def age_on(day: date, birth_date: date) -> int:
    """Completed years on `day`. Someone born on 29 February turns older on the 28th in other years (rule 1)."""
    try:
        birthday = birth_date.replace(year=day.year)
    except ValueError:
        birthday = date(day.year, 2, 28)
    return day.year - birth_date.year - (day < birthday)
