"""Rules 4 and 5: the table of years, grades, areas and marks, whatever the schools recorded."""

import pytest
from constancia.asking.assembly import alphabetical_in_spanish, assemble
from constancia.curriculum import GROUPS, LEVELS
from constancia.errors import NoRecords, RecordUnderReview
from constancia.school_records import Mark, SchoolRecord
from constancia.transcript import Student, Transcript
from hypothesis import given
from hypothesis import strategies as st

STUDENT = Student("71705600", "ROSA CECILIA DEL ROSAL")


def record(
    year: int,
    grade: int = 1,
    *marks: Mark,
    level: str = "primary",
    modality: str = "EBR",
    status: str = "closed",
    observations: tuple[str, ...] = (),
) -> SchoolRecord:
    return SchoolRecord(
        "71705600", year, modality, level, grade, "0110101", "0", "I.E. 1101", status, "PROMOVIDO", observations, marks
    )


def area(name: str, mark: str | None) -> Mark:
    return Mark("area", name, mark)


def test_years_stand_in_order_whatever_order_they_came_in() -> None:
    transcript = assemble(STUDENT, "EBR", "primary", [record(2019, 4), record(2016, 1), record(2018, 3)])
    assert [(column.year, column.grade) for column in transcript.columns] == [(2016, 1), (2018, 3), (2019, 4)]


def test_a_repeated_grade_keeps_both_years_and_a_skipped_year_has_none() -> None:
    transcript = assemble(
        STUDENT,
        "EBR",
        "primary",
        [record(2016, 2, area("ARTE", "C")), record(2017, 2, area("ARTE", "A")), record(2019, 3, area("ARTE", "B"))],
    )
    assert [(column.year, column.grade) for column in transcript.columns] == [(2016, 2), (2017, 2), (2019, 3)]
    assert transcript.groups[0].rows[0].marks == ("C", "A", "B")


def test_a_missing_mark_is_none_and_never_zero_and_scales_mix() -> None:
    transcript = assemble(
        STUDENT,
        "EBR",
        "secondary",
        [
            record(2018, 1, area("ARTE", "15"), area("RELIGIÓN", "EXO"), level="secondary"),
            record(2019, 2, area("ARTE", "A"), area("INGLÉS", None), level="secondary"),
            record(2020, 3, area("INGLÉS", "0"), level="secondary"),
        ],
    )
    assert [(row.name, row.marks) for row in transcript.groups[0].rows] == [
        ("ARTE", ("15", "A", None)),
        ("INGLÉS", (None, None, "0")),
        ("RELIGIÓN", ("EXO", None, None)),
    ]


def test_areas_come_before_competences_and_these_before_workshops() -> None:
    marks = (Mark("workshop", "A", "A"), Mark("transversal", "B", "A"), area("C", "A"))
    transcript = assemble(STUDENT, "EBR", "primary", [record(2019, 1, *marks)])
    assert [group.group for group in transcript.groups] == ["area", "transversal", "workshop"]
    only = assemble(STUDENT, "EBR", "primary", [record(2019, 1, marks[0])])
    assert [group.group for group in only.groups] == ["workshop"]


def test_the_same_name_in_two_groups_is_two_rows() -> None:
    transcript = assemble(
        STUDENT, "EBR", "primary", [record(2019, 1, area("ARTE", "A"), Mark("workshop", "ARTE", "B"))]
    )
    assert [group.rows[0].marks for group in transcript.groups] == [("A",), ("B",)]


def test_names_are_in_the_alphabetical_order_of_spanish() -> None:
    names = ["NATACIÓN", "ÑANDUTÍ", "OBOE", "ÁLGEBRA", "ARTE", "ajedrez", "CIENCIA Y AMBIENTE", "CIENCIA, TECNOLOGÍA"]
    assert sorted(names, key=alphabetical_in_spanish) == [
        "ajedrez",
        "ÁLGEBRA",
        "ARTE",
        "CIENCIA, TECNOLOGÍA",
        "CIENCIA Y AMBIENTE",
        "NATACIÓN",
        "ÑANDUTÍ",
        "OBOE",
    ]


def test_observations_are_printed_as_recorded_in_order_of_year() -> None:
    years = [record(2019, observations=("b", "c")), record(2016, observations=("a",))]
    assert assemble(STUDENT, "EBR", "primary", years).observations == ("a", "b", "c")


def test_years_before_2013_are_left_out_and_said_to_be_there() -> None:
    transcript = assemble(STUDENT, "EBR", "primary", [record(2012), record(2013, 2)])
    assert [column.year for column in transcript.columns] == [2013]
    assert transcript.earlier_years
    assert not assemble(STUDENT, "EBR", "primary", [record(2013)]).earlier_years


def test_a_level_without_years_since_2013_names_those_that_have_some() -> None:
    recorded = [record(2012), record(2020, level="secondary"), record(2015, 4, level="initial")]
    with pytest.raises(NoRecords) as refused:
        assemble(STUDENT, "EBR", "primary", recorded)
    assert refused.value.facts == {"available_levels": ("initial", "secondary"), "earlier_years": True}


def test_records_of_another_modality_do_not_count() -> None:
    with pytest.raises(NoRecords) as refused:
        assemble(STUDENT, "EBR", "primary", [record(2020, modality="EBA")])
    assert refused.value.facts == {"available_levels": (), "earlier_years": False}


def test_a_record_under_review_blocks_its_level_only() -> None:
    recorded = [record(2020, 4, status="under_review"), record(2021, level="secondary")]
    with pytest.raises(RecordUnderReview) as refused:
        assemble(STUDENT, "EBR", "primary", recorded)
    assert refused.value.facts == {"school_name": "I.E. 1101", "year": 2020, "grade": 4}
    assert assemble(STUDENT, "EBR", "secondary", recorded).columns
    assert assemble(STUDENT, "EBR", "primary", [record(2012, status="under_review"), record(2013)]).columns


marks = st.builds(
    Mark,
    st.sampled_from(GROUPS),
    st.text("ABCÑ ", min_size=1, max_size=4),
    st.sampled_from(["AD", "A", "15", "EXO", None]),
)
years = st.dictionaries(
    st.integers(2005, 2026),
    st.tuples(st.integers(1, 5), st.lists(marks, max_size=8, unique_by=lambda mark: (mark.group, mark.name))),
    max_size=9,
)


@given(years, st.sampled_from(LEVELS))
def test_every_recorded_mark_is_in_its_cell_and_nothing_else_is(
    recorded: dict[int, tuple[int, list[Mark]]], level: str
) -> None:
    records = [record(year, grade, *found, level=level) for year, (grade, found) in recorded.items()]
    covered = {year: found for year, (_, found) in recorded.items() if year >= 2013}
    if not covered:
        with pytest.raises(NoRecords):
            assemble(STUDENT, "EBR", level, records)
        return
    transcript = assemble(STUDENT, "EBR", level, records)
    assert [column.year for column in transcript.columns] == sorted(covered)
    cells = {
        (column.year, group.group, row.name): mark
        for group in transcript.groups
        for row in group.rows
        for column, mark in zip(transcript.columns, row.marks, strict=True)
        if mark is not None
    }
    assert cells == {
        (year, mark.group, mark.name): mark.mark
        for year, found in covered.items()
        for mark in found
        if mark.mark is not None
    }
    assert Transcript.from_json(transcript.as_json()) == transcript
