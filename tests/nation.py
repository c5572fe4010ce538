"""An invented nation: people and school records without end, the same ones each time, and lines that are wrong."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

AREAS = (
    "ARTE Y CULTURA",
    "CIENCIA Y TECNOLOGÍA",
    "COMUNICACIÓN",
    "EDUCACIÓN FÍSICA",
    "EDUCACIÓN RELIGIOSA",
    "INGLÉS COMO LENGUA EXTRANJERA",
    "MATEMÁTICA",
    "PERSONAL SOCIAL",
)
MARKS = ("AD", "A", "B", "C")
YEARS_EACH = 10
"""School records of each student."""


def school_record(number: int) -> dict[str, Any]:
    """The school record of that number: ten years of one student, then the next student's."""
    student, year = divmod(number, YEARS_EACH)
    level = "primary" if year < 6 else "secondary"
    grade = year + 1 if year < 6 else year - 5
    marks: list[dict[str, str | None]] = [
        {"group": "area", "name": name, "mark": MARKS[(number + n) % 4]} for n, name in enumerate(AREAS)
    ]
    marks.append({"group": "transversal", "name": "GESTIONA SU APRENDIZAJE DE MANERA AUTÓNOMA", "mark": None})
    return {
        "student": f"{70000000 + student:08d}",
        "year": 2013 + year,
        "modality": "EBR",
        "level": level,
        "grade": grade,
        "school_code": f"{110000 + student % 50000:07d}",
        "school_annex": "0",
        "school_name": f"I.E. {student % 9000 + 1000} SAN JOSÉ",
        "status": "closed",
        "final_status": "PROMOVIDO",
        "observations": [],
        "marks": marks,
    }


def person(number: int) -> dict[str, Any]:
    """The student of that number."""
    return {
        "document_number": f"{70000000 + number:08d}",
        "given_names": "ROSA CECILIA",
        "paternal_surname": "DEL ROSAL",
        "maternal_surname": "ÑAUPARI",
        "birth_date": f"20{number % 10 + 5:02d}-02-2{number % 9}",
        "deceased": False,
        "father": {"given_names": "JUAN CARLOS", "document_number": f"{40000000 + number:08d}"},
        "mother": None,
        "legal_guardians": [],
    }


def as_line(values: dict[str, Any]) -> bytes:
    """The values as one line of JSON in UTF-8."""
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def school_records(count: int, start: int = 0) -> Iterator[bytes]:
    """`count` school records as lines, beginning with that of number `start`."""
    return (as_line(school_record(number)) for number in range(start, start + count))


def _with(**changes: Any) -> Callable[[int], bytes]:
    return lambda number: as_line({**school_record(number), **changes})


def _person_with(**changes: Any) -> Callable[[int], bytes]:
    return lambda number: as_line({**person(number), **changes})


def _without(name: str) -> Callable[[int], bytes]:
    return lambda number: as_line({k: v for k, v in school_record(number).items() if k != name})


def _mark(**mark: Any) -> Callable[[int], bytes]:
    return _with(marks=[{"group": "area", "name": "MATEMÁTICA", "mark": "A", **mark}])


BAD: dict[str, tuple[Callable[[int], bytes], str, str]] = {
    "not UTF-8": (lambda number: as_line(school_record(number)).decode().encode("cp1252"), "", "encoding"),
    "cut off": (lambda number: as_line(school_record(number))[:80] + b"\n", "", "not_json"),
    "a list": (lambda number: b"[1, 2]\n", "", "not_json"),
    "not a number": (
        lambda number: as_line(school_record(number)).replace(b"2013", b"NaN", 1)[:9] + b"NaN}\n",
        "",
        "not_json",
    ),
    "nested without end": (lambda number: b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n", "", "not_json"),
    "a name twice": (
        lambda number: as_line(school_record(number)).replace(b'"grade"', b'"year": 1, "grade"'),
        "",
        "duplicate_name",
    ),
    "neither person nor school record": (lambda number: b'{"hello": "world"}\n', "", "unknown_kind"),
    "far too long": (_with(school_name="X" * 200_000), "", "line_too_long"),
    "a misspelt name": (_with(observation=["x"]), "observation", "unknown_field"),
    "a misspelt name of a mark": (_mark(marks="A"), "marks.0.marks", "unknown_field"),
    "lost leading zeros": (_with(school_code="110101"), "school_code", "invalid"),
    "a code as a number": (_with(school_code=110101), "school_code", "wrong_type"),
    "an annex of two digits": (_with(school_annex="00"), "school_annex", "invalid"),
    "a document number of seven digits": (_with(student="7000000"), "student", "invalid"),
    "a year in quotes": (_with(year="2019"), "year", "wrong_type"),
    "a year beyond all": (_with(year=20190), "year", "out_of_range"),
    "a grade that the level has not": (_with(level="secondary", grade=6), "grade", "out_of_range"),
    "a level in Spanish": (_with(level="primaria"), "level", "not_a_choice"),
    "no status": (_without("status"), "status", "required"),
    "no marks": (_with(marks=None), "marks", "required"),
    "a mark of 21": (_mark(mark="21"), "marks.0.mark", "invalid"),
    "a mark as a number": (_mark(mark=15), "marks.0.mark", "wrong_type"),
    "a mark twice": (
        _with(marks=[{"group": "area", "name": "MATEMÁTICA", "mark": mark} for mark in "AB"]),
        "marks.1.name",
        "duplicate",
    ),
    "half a letter": (
        lambda number: as_line(school_record(number)).replace("SAN JOSÉ".encode(), b"SAN \\ud800"),
        "school_name",
        "characters",
    ),
    "half a letter in an observation": (
        lambda number: as_line(school_record(number)).replace(b'"observations": []', b'"observations": ["\\ud800"]'),
        "observations.0",
        "characters",
    ),
    "a birth date that never was": (_person_with(birth_date="2011-02-30"), "birth_date", "invalid"),
    "a birth date to come": (_person_with(birth_date="2090-01-01"), "birth_date", "out_of_range"),
    "deceased in quotes": (_person_with(deceased="false"), "deceased", "wrong_type"),
    "no word of the mother": (
        lambda number: as_line({k: v for k, v in person(number).items() if k != "mother"}),
        "mother.given_names",
        "required",
    ),
}
"""Kinds of wrong lines: how to make one, the field that is wrong, and the code of the fault."""


def mixed(total: int, bad: int) -> tuple[bytes, list[tuple[int, str]]]:
    """A file of `total` lines, `bad` of them wrong in all the ways of `BAD`, and the numbers and codes of those."""
    kinds = list(BAD.values())
    places = sorted(random.Random(5).sample(range(total), bad))  # noqa: S311 repeatable
    wrong = {place: kinds[n % len(kinds)] for n, place in enumerate(places)}
    content = b"".join(
        wrong[number][0](number) if number in wrong else as_line(school_record(number)) for number in range(total)
    )
    return content, [(place + 1, wrong[place][2]) for place in places]
