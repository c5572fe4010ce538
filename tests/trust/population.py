"""Invented people and school records by the thousand: as many as wanted, always the same ones."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from constancia.asking.assembly import assemble
from constancia.school_records import read_school_record
from constancia.transcript import Student, Transcript

GIVEN_NAMES = ("ROSA", "LUIS", "CARMEN", "JOSÉ", "MARÍA", "JULIO", "ELENA", "PEDRO", "YENI", "WILMER", "NÉLIDA")
SURNAMES = ("QUISPE", "FLORES", "SÁNCHEZ", "RODRÍGUEZ", "HUAMÁN", "MAMANI", "ROJAS", "ÑAUPARI", "DEL ÁGUILA")
AREAS = ("ARTE Y CULTURA", "CIENCIA Y TECNOLOGÍA", "COMUNICACIÓN", "EDUCACIÓN FÍSICA", "MATEMÁTICA", "PERSONAL SOCIAL")
FIRST_NUMBER = 60_000_000


def document_number(student: int) -> str:
    """The document number of the n-th student."""
    return f"{FIRST_NUMBER + student:08d}"


def _pick(names: tuple[str, ...], number: int) -> str:
    return names[number % len(names)]


def person(student: int) -> dict[str, Any]:
    """The n-th student as the people registry holds them: old enough to ask alone for years to come."""
    return {
        "document_number": document_number(student),
        "given_names": f"{_pick(GIVEN_NAMES, student)} {_pick(GIVEN_NAMES, student // 11 + 3)}",
        "paternal_surname": _pick(SURNAMES, student // 7),
        "maternal_surname": _pick(SURNAMES, student // 5 + 2),
        "birth_date": date(2000 + student % 8, 1 + student % 12, 1 + student % 28).isoformat(),
        "deceased": False,
        "father": {"given_names": _pick(GIVEN_NAMES, student + 1), "document_number": None},
        "mother": {"given_names": _pick(GIVEN_NAMES, student + 2), "document_number": None},
        "legal_guardians": [],
    }


def school_records(student: int) -> Iterator[dict[str, Any]]:
    """Six years of primary school."""
    for grade in range(1, 7):
        yield {
            "student": document_number(student),
            "year": 2013 + grade,
            "modality": "EBR",
            "level": "primary",
            "grade": grade,
            "school_code": f"{student % 10_000_000:07d}",
            "school_annex": "0",
            "school_name": f"I.E. {student % 5000} SAN JOSÉ",
            "status": "closed",
            "final_status": "PROMOVIDO",
            "observations": [],
            "marks": [
                {"group": "area", "name": area, "mark": ("AD", "A", "B", "C")[(student + grade + n) % 4]}
                for n, area in enumerate(AREAS)
            ],
        }


def transcript_of(student: int) -> Transcript:
    """What the n-th student's certificate says."""
    held = person(student)
    name = " ".join((held["given_names"], held["paternal_surname"], held["maternal_surname"]))
    records = (read_school_record(values) for values in school_records(student))
    return assemble(Student(held["document_number"], name), "EBR", "primary", records)


def request_body(student: int) -> dict[str, Any]:
    """The n-th student asking alone, without the human proof."""
    held = person(student)
    return {
        "applicant": {
            "kind": "student",
            "document_number": held["document_number"],
            "birth_date": held["birth_date"],
            "father_given_names": held["father"]["given_names"],
            "mother_given_names": held["mother"]["given_names"],
        },
        "modality": "EBR",
        "level": "primary",
        "contact": {"email": f"estudiante{student}@example.com"},
        "purpose": {"code": "university", "detail": None},
        "declaration_accepted": True,
    }


def write(folder: Path, students: int) -> None:
    """The two files of the ministry for so many students."""
    with (folder / "people.jsonl").open("w") as people, (folder / "school_records.jsonl").open("w") as records:
        for student in range(students):
            people.write(json.dumps(person(student), ensure_ascii=False) + "\n")
            records.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in school_records(student))
