"""A school record as it is stored, and back."""

import json
from dataclasses import replace

from constancia.fields import encode
from constancia.records import Mark, read_school_record, school_record_from_json, school_record_json

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
