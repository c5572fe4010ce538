"""A table of students to try, printed when the service has started."""

from datetime import date
from pathlib import Path

from constancia import lima
from constancia.asking.eligibility import ADULT_AGE, STUDENT_MAY_ASK_AGE
from constancia.json_text import decode_object
from constancia.people import Person, read_person

from infra.local.storage import PEOPLE_FILE

SHOWN = 6
READ = 500
"""Lines of a large file that are read."""


def table(folder: Path) -> str:
    """The first few students of a folder's people, with the data to type for them and who may ask today.

    Empty if nobody may ask for any of them.
    """
    today = lima.now().date()
    with (folder / PEOPLE_FILE).open("rb") as file:
        people = [
            read_person(decode_object(line), today) for _, line in zip(range(READ), file, strict=False) if line.strip()
        ]
    by_number = {person.document_number: person for person in people}
    grown_up = {guardian for person in people for guardian in person.guardians}
    students = [person for person in people if person.document_number not in grown_up]
    rows = [row for student in students if (row := _row(student, by_number, today))][:SHOWN]
    if not rows:
        return ""
    heading = ("Estudiante", "DNI", "Nació", "Padre", "Madre", "Quién puede pedirla hoy")
    widths = [max(len(cells[place]) for cells in (heading, *rows)) for place in range(len(heading))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in (heading, *rows)
    )
    return "\n".join(lines)


def _row(person: Person, people: dict[str, Person], today: date) -> tuple[str, ...] | None:
    age = lima.age_on(today, person.birth_date)
    guardian = next((people[number] for number in sorted(person.guardians) if number in people), None)
    who = []
    if age >= STUDENT_MAY_ASK_AGE and not person.deceased:
        who.append("a título personal")
    if age < ADULT_AGE and guardian and not person.deceased:
        who.append(f"apoderado {guardian.document_number} ({guardian.birth_date}, {_parents(guardian)})")
    if not who:
        return None
    father, mother = _parents(person).split(" / ")
    return (person.given_names, person.document_number, str(person.birth_date), father, mother, "; ".join(who))


def _parents(person: Person) -> str:
    names = [parent.given_names if parent else "no registra" for parent in (person.father, person.mother)]
    return " / ".join(names)
