"""Rule 1: who may ask, by the Lima calendar."""

from datetime import date

import pytest
from constancia.asking.eligibility import check_guardian_asks, check_modality, check_student_asks
from constancia.errors import GuardianMustBeAdult, GuardianRequired, ModalityNotCovered, StudentMustApply
from constancia.lima import age_on
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 23)
ADULT = date(1980, 5, 17)


def test_an_age_is_reached_on_the_birthday() -> None:
    assert age_on(date(2026, 2, 27), date(2010, 2, 28)) == 15
    assert age_on(date(2026, 2, 28), date(2010, 2, 28)) == 16


def test_the_29th_of_february_counts_on_the_28th_in_other_years() -> None:
    born = date(2008, 2, 29)
    assert age_on(date(2026, 2, 27), born) == 17
    assert age_on(date(2026, 2, 28), born) == 18
    assert age_on(date(2028, 2, 28), born) == 19
    assert age_on(date(2028, 2, 29), born) == 20


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(1, 100))
def test_nobody_gets_younger_and_everybody_turns_one_year_older_a_year(born: date, years: int) -> None:
    day = date(born.year + years, 12, 31)
    assert age_on(day, born) == years
    assert age_on(date(born.year + years, 1, 1), born) in (years - 1, years)


def test_a_student_asks_alone_from_sixteen() -> None:
    check_student_asks(date(2010, 11, 23), TODAY)
    with pytest.raises(GuardianRequired):
        check_student_asks(date(2010, 11, 24), TODAY)


def test_an_adult_asks_for_a_minor() -> None:
    check_guardian_asks(ADULT, date(2008, 11, 24), TODAY)
    with pytest.raises(StudentMustApply):
        check_guardian_asks(ADULT, date(2008, 11, 23), TODAY)
    check_guardian_asks(date(2008, 11, 23), date(2020, 1, 1), TODAY)
    with pytest.raises(GuardianMustBeAdult):
        check_guardian_asks(date(2008, 11, 24), date(2020, 1, 1), TODAY)


@pytest.mark.parametrize("modality", ["EBA", "EBE"])
def test_only_regular_education_is_covered(modality: str) -> None:
    check_modality("EBR")
    with pytest.raises(ModalityNotCovered):
        check_modality(modality)
