"""Predicates (rule 13): what an institution may ask instead of marks, as docs/predicates.md defines it."""

from pathlib import Path

import pytest
from constancia.curriculum import GRADES
from constancia.transcript import Column, Student, Transcript
from constancia.verifying.predicates import APPROVAL, RULES, is_approval, predicates_of
from hypothesis import given
from hypothesis import strategies as st

STATUSES = ("APROBADO", "PROMOVIDO", "PROMOCIÓN GUIADA", "RETIRADO", "DESAPROBADO", "REQUIERE RECUPERACIÓN", "")
PAGE = Path(__file__).parents[2] / "docs" / "predicates.md"


def transcript(*years: tuple[int, int, str], level: str = "secondary") -> Transcript:
    """A transcript with a column for each year, grade and final status."""
    columns = tuple(Column(year, grade, "0110101", "0", "I.E. 1101", status) for year, grade, status in years)
    return Transcript(Student("71705600", "ROSA CECILIA"), "EBR", level, columns, (), (), earlier_years=False)


def concluded(*years: tuple[int, int, str], level: str = "secondary") -> bool:
    return predicates_of(transcript(*years, level=level)).level_concluded


def last_two(*years: tuple[int, int, str], level: str = "secondary") -> bool:
    return predicates_of(transcript(*years, level=level)).last_two_grades_approved


def test_a_level_is_concluded_by_an_approved_last_grade() -> None:
    for level, (_, last) in GRADES.items():
        assert concluded((2020, last, "PROMOVIDO"), level=level)
        assert not concluded((2020, last - 1, "PROMOVIDO"), level=level)
        assert not concluded((2020, last, "RETIRADO"), level=level)
    assert concluded((2019, 5, "DESAPROBADO"), (2020, 5, "APROBADO"))


def test_the_last_two_grades_are_neighbours_and_both_approved() -> None:
    assert last_two((2019, 4, "PROMOVIDO"), (2020, 5, "APROBADO"))
    assert last_two((2019, 3, "PROMOVIDO"), (2020, 4, "PROMOCIÓN GUIADA")), "who is still at school has two grades too"
    assert not last_two((2018, 3, "PROMOVIDO"), (2020, 5, "APROBADO")), "the grade between them is missing"
    assert not last_two((2019, 4, "RETIRADO"), (2020, 5, "APROBADO"))
    assert not last_two((2019, 4, "PROMOVIDO"), (2020, 5, "RETIRADO"))
    assert not last_two((2020, 5, "APROBADO"))


def test_a_repeated_grade_counts_by_its_latest_year() -> None:
    repeated = ((2018, 4, "DESAPROBADO"), (2019, 4, "PROMOVIDO"), (2020, 5, "APROBADO"))
    assert last_two(*repeated)
    assert last_two(*reversed(repeated)), "the order of columns says nothing"
    assert not last_two((2018, 4, "PROMOVIDO"), (2019, 4, "RETIRADO"), (2020, 5, "APROBADO"))
    assert predicates_of(transcript(*repeated)).years == 3


@pytest.mark.parametrize("written", ["Promoción  guiada", "promocion guiada", "PROMOCIO\u0301N GUIADA", " Aprobado "])
def test_a_final_status_is_read_however_it_is_written(written: str) -> None:
    assert is_approval(transcript((2020, 5, written)).columns[0])


@pytest.mark.parametrize("written", ["NO APROBADO", "DESAPROBADO", "APROBADO CON CARGO", "RETIRADO", "-", ""])
def test_what_is_not_one_of_the_three_is_no_approval(written: str) -> None:
    assert not is_approval(transcript((2020, 5, written)).columns[0])


@given(
    st.sampled_from(sorted(GRADES)).flatmap(
        lambda level: st.tuples(
            st.just(level),
            st.dictionaries(
                st.integers(2013, 2026),
                st.tuples(st.integers(*GRADES[level]), st.sampled_from(STATUSES)),
                min_size=1,
                max_size=9,
            ),
        )
    )
)
def test_predicates_follow_their_definitions_whatever_the_years(
    drawn: tuple[str, dict[int, tuple[int, str]]],
) -> None:
    """The definitions of docs/predicates.md, written once more in other words."""
    level, years = drawn
    found = predicates_of(transcript(*((year, *rest) for year, rest in years.items()), level=level))
    last = GRADES[level][1]
    assert found.level_concluded == any(grade == last and status in STATUSES[:3] for grade, status in years.values())
    ended = {grade: status for _, (grade, status) in sorted(years.items())}
    top = max(ended)
    both = ended.get(top) in STATUSES[:3] and ended.get(top - 1) in STATUSES[:3]
    assert found.last_two_grades_approved == both
    assert (found.years, found.rules) == (len(years), RULES)


def test_the_page_for_lawyers_names_the_version_and_every_status_of_approval() -> None:
    page = PAGE.read_text()
    assert f"`{RULES}`" in page
    assert {status for status in STATUSES[:3] if f"`{status}`" in page} == set(STATUSES[:3])
    assert len(APPROVAL) == len(STATUSES[:3])
