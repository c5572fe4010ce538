"""A school record as it is stored, and back."""

import json
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from constancia.errors import InvalidFields
from constancia.json_text import encode
from constancia.loading.items import read_item
from constancia.loading.lines import Line
from constancia.school_records import Mark, read_school_record, school_record_from_json, school_record_json

from tests import nation


def test_a_stored_record_comes_back_as_it_was_read() -> None:
    read = read_school_record(nation.school_record(0))
    for record in (
        read,
        replace(read, marks=(), observations=()),
        replace(read, marks=(Mark("workshop", "DANZA", None),), observations=("2019 - R.D. 1", "Subsanación")),
    ):
        stored = json.loads(encode(school_record_json(record)))
        assert school_record_from_json(stored) == record == read_school_record(stored)


def test_an_observation_has_up_to_2000_characters_and_other_texts_250() -> None:
    longest = {**nation.school_record(0), "observations": ["x" * 2000], "school_name": "x" * 250}
    assert read_school_record(longest).observations == ("x" * 2000,)
    longer = {**longest, "observations": ["x", "x" * 2001], "school_name": "x" * 251}
    with pytest.raises(InvalidFields) as refused:
        read_school_record(longer)
    assert [(error.field, error.code) for error in refused.value.errors] == [
        ("school_name", "too_long"),
        ("observations.1", "too_long"),
    ]


def test_a_year_with_every_mark_and_long_observations_fits_a_line_however_its_accents_are_written() -> None:
    marks = [{"group": "area", "name": f"ÁREA CURRICULAR N.° {place}", "mark": "AD"} for place in range(60)]
    words = "Convalidación de estudios según la resolución directoral. "
    record = {**nation.school_record(0), "marks": marks, "observations": [(words * 40)[:2000].strip()] * 4}
    for ascii_only in (False, True):
        line = Line(1, json.dumps(record, ensure_ascii=ascii_only).encode())
        assert read_item(line, date(2026, 1, 1)) is not None
        assert len(line.text or b"") < 16 * 1024


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    record = nation.school_record(0)
    apart = {**record, "school_name": unicodedata.normalize("NFD", "I.E. SAN JOSÉ"), "marks": [], "observations": []}
    apart["marks"] = [{"group": "area", "name": unicodedata.normalize("NFD", "MATEMÁTICA"), "mark": "A"}]
    apart["observations"] = [unicodedata.normalize("NFD", "Convalidación")]
    read = read_school_record(apart)
    assert (read.school_name, read.observations) == ("I.E. SAN JOSÉ", ("Convalidación",))
    assert [mark.name for mark in read.marks] == ["MATEMÁTICA"]
    apart["marks"].append({"group": "area", "name": "MATEMÁTICA", "mark": "B"})
    with pytest.raises(InvalidFields) as refused:
        read_school_record(apart)
    assert [tuple(error) for error in refused.value.errors] == [("marks.1.name", "duplicate")]


@pytest.mark.parametrize("together", ["=\u0338", "<\u0338", ">\u0338", "\u00a8\u0301"])
def test_what_no_typeface_has_once_it_is_put_together_is_refused(together: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        read_school_record({**nation.school_record(0), "school_name": f"I.E. {together}"})
    assert [tuple(error) for error in refused.value.errors] == [("school_name", "characters")]
