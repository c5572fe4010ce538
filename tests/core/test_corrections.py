"""Corrections after the issue: told by what the records say, with the day, and only where it matters."""

from dataclasses import replace
from datetime import date

import pytest
from constancia.asking.assembly import assemble
from constancia.school_records import Mark, SchoolRecord, read_school_record
from constancia.transcript import Student, Transcript
from constancia.verifying.record_changes import DatedRecord, changed_on

from tests import nation

LOADED, CORRECTED = date(2026, 3, 1), date(2026, 11, 20)
YEARS = [read_school_record(nation.school_record(number)) for number in range(3)]
CERTIFIED = assemble(Student("70000000", "ROSA"), "EBR", "primary", YEARS)


def dated(*records: SchoolRecord, since: date = LOADED) -> list[DatedRecord]:
    return [DatedRecord(record, since) for record in records]


def with_mark(record: SchoolRecord, mark: str) -> SchoolRecord:
    return replace(record, marks=(Mark("area", "MATEMÁTICA", mark), *record.marks[1:]))


def test_records_that_say_the_same_have_not_changed() -> None:
    assert changed_on(CERTIFIED, dated(*YEARS)) is None


def test_a_corrected_mark_is_told_with_its_day() -> None:
    first, *others = YEARS
    records = dated(*others) + dated(with_mark(first, "20"), since=CORRECTED)
    assert changed_on(CERTIFIED, records) == CORRECTED


def test_a_correction_that_was_taken_back_is_none() -> None:
    assert changed_on(CERTIFIED, dated(*YEARS, since=CORRECTED)) is None


@pytest.mark.parametrize("number", [3, 7], ids=["a later year", "another level"])
def test_what_the_certificate_does_not_show_is_no_change_of_it(number: int) -> None:
    new = read_school_record(nation.school_record(number))
    assert changed_on(CERTIFIED, dated(*YEARS) + dated(new, since=CORRECTED)) is None


def test_a_review_that_has_not_ended_is_no_change() -> None:
    first, *others = YEARS
    assert changed_on(CERTIFIED, dated(*others) + dated(replace(first, status="under_review"), since=CORRECTED)) is None


def test_without_any_records_nothing_is_claimed() -> None:
    nothing: Transcript = CERTIFIED
    assert changed_on(nothing, []) is None
