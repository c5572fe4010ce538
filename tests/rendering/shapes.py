"""Certificates of every shape there is, drawn by lot: the same seed brings the same ones."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from constancia.document import Document
from constancia.lima import LIMA
from constancia.transcript import Column, Group, Row, Student, Transcript

from tests.rendering.sealing import attested

ADDRESS = "https://constancia.minedu.gob.pe/verificar/?codigo={code}"
CODE_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

GIVEN_NAMES = (
    *("ROSA", "CECILIA", "JUAN", "CARLOS", "MARÍA", "JOSÉ", "LUZ", "ÁNGEL", "NOÉ", "INÉS", "Björk", "D'ANGELO"),
    *("MARÍA DEL CARMEN", "ANA LUCÍA", "MICHAËL", "ZOË", "FRANÇOIS", "ANDRÉ", "IÑAKI", "AGÜERO", "HÜSEYIN"),
)
SURNAMES = (
    *("ÑAUPARI", "QUISPE", "MAMANI", "DEL ROSAL", "DE LA CRUZ", "O'HIGGINS", "FERNÁNDEZ-MALDONADO", "GÜIMAC"),
    *("CCAHUANA", "YUPANQUI", "TUESTA", "SHAPIAMA", "CUÑACHI", "TIJÉ", "MÜLLER", "D'AZEVEDO", "NUÑEZ-PEÑA"),
)
RARE_NAMES = ("ĀNĀHERA", "ŁUKASZ", "ŐSZ", "IN\u0303IGO", "JOSE\u0301", "NGUYỄN", "TŸRONE", "ŽOFIE", "ÇEL\u200bIK")
"""Letters that the prepared fonts do not have, and letters that came apart."""
AREAS = (
    *("ARTE Y CULTURA", "CASTELLANO COMO SEGUNDA LENGUA", "CIENCIA Y TECNOLOGÍA", "CIENCIAS SOCIALES", "COMUNICACIÓN"),
    *("DESARROLLO PERSONAL, CIUDADANÍA Y CÍVICA", "EDUCACIÓN FÍSICA", "EDUCACIÓN PARA EL TRABAJO", "INGLÉS"),
    *("EDUCACIÓN RELIGIOSA", "MATEMÁTICA", "PERSONA, FAMILIA Y RELACIONES HUMANAS", "PERSONAL SOCIAL", "PSICOMOTRIZ"),
    *("FORMACIÓN CIUDADANA Y CÍVICA", "HISTORIA, GEOGRAFÍA Y ECONOMÍA", "INGLÉS COMO LENGUA EXTRANJERA"),
)
TRANSVERSAL = (
    "SE DESENVUELVE EN ENTORNOS VIRTUALES GENERADOS POR LAS TIC",
    "GESTIONA SU APRENDIZAJE DE MANERA AUTÓNOMA",
)
STATUSES = (
    *("APROBADO", "PROMOVIDO", "PROMOVIDO", "DESAPROBADO", "PROMOCIÓN GUIADA", "RETIRADO", "TRASLADADO"),
    *("REQUIERE RECUPERACIÓN PEDAGÓGICA", "PERMANECE EN EL GRADO", "POSTERGACIÓN DE EVALUACIÓN", "FALLECIDO"),
)
SCHOOLS = (
    *("I.E. 1101 SAN JOSÉ", 'I.E.P. "NIÑO JESÚS" (EX 4021)', "COLEGIO FE Y ALEGRÍA N.° 25", "I.E. N° 64-A & 50%"),
    "INSTITUCIÓN EDUCATIVA EMBLEMÁTICA Y CENTENARIA GLORIOSO COLEGIO NACIONAL DE CIENCIAS Y ARTES DEL CUSCO / ANEXO 2",
)
RARE_SCHOOL = "I.E. \\ <N.° 3> #5 @ [NORTE]"
REASONS = (
    *("Convalidación de estudios", "Rectificación de nombres (Art. 12)", "Prueba de ubicación", "Subsanación 50%"),
    "Revalidación de estudios realizados en el extranjero, según el expediente presentado por el padre de familia y el "
    "informe de la comisión evaluadora de la Unidad de Gestión Educativa Local, con los calificativos del acta",
)
LETTERS = ("AD", "A", "A", "A", "B", "B", "C", None)
FIGURES = ("20", "18", "15", "14", "11", "10", "08", "05", "0", None)
AGES, PRIMARY, SECONDARY = (3, 4, 5), (1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5)
GRADES = {"initial": AGES, "primary": PRIMARY, "secondary": SECONDARY}
MOST_COLUMNS = 9
MOST_ROWS = 40
LONGEST_NAME = 120
RARELY = 0.02


def certificates(count: int, seed: int = 20261123) -> Iterator[Document]:
    """So many certificates; the first ones are the corners, the others mixed."""
    lot = random.Random(seed)  # noqa: S311  nothing here is a secret
    corners = [
        (level, columns, rows) for level in GRADES for columns in (1, 6, MOST_COLUMNS) for rows in (1, 12, MOST_ROWS)
    ]
    for number in range(count):
        if number < len(corners):
            level, columns, rows = corners[number]
        else:
            level, columns = lot.choice(tuple(GRADES)), min(lot.randint(1, MOST_COLUMNS), lot.randint(1, MOST_COLUMNS))
            rows = lot.choice((1, 5, 9, 11, 12, 12, 13, 14, 16, 20, 28, MOST_ROWS))
        yield certificate(lot, number, level, columns, rows)


def certificate(lot: random.Random, number: int, level: str, columns: int, rows: int) -> Document:
    """One certificate of a given size, the rest by lot."""
    code = "".join(lot.choices(CODE_CHARACTERS, k=8))
    moment = datetime(2026, 1, 1, tzinfo=LIMA) + timedelta(seconds=lot.randrange(365 * 24 * 3600))
    transcript = Transcript(
        Student(f"{lot.randrange(10**8):08d}", full_name(lot)),
        "EBR",
        level,
        tuple(_columns(lot, level, columns)),
        tuple(_groups(lot, columns, rows)),
        tuple(
            f"{lot.randint(2013, 2026)} - R.D. {lot.randrange(10**4):04d}-2019 - {lot.choice(REASONS)}"
            for _ in range(lot.choice((0, 0, 0, 1, 2, 12)))
        ),
        lot.random() < 0.2,
    )
    return attested(Document(code, number + 1, moment, ADDRESS.format(code=code), transcript))


def another_student(lot: random.Random, given: Document) -> Document:
    """A certificate of the same years, schools and areas, a little later: other student, marks and code."""
    code = "".join(lot.choices(CODE_CHARACTERS, k=8))
    moment = given.issued_at + timedelta(seconds=lot.randrange(60))
    name = " ".join([*lot.sample(GIVEN_NAMES, 2), *lot.sample(SURNAMES, 2)])
    transcript = given.transcript._replace(
        student=Student(f"{lot.randrange(10**8):08d}", name),
        groups=tuple(
            Group(group, tuple(Row(row.name, _other_marks(lot, row)) for row in rows))
            for group, rows in given.transcript.groups
        ),
    )
    return attested(Document(code, lot.randrange(10**8), moment, ADDRESS.format(code=code), transcript))


def _other_marks(lot: random.Random, row: Row) -> tuple[str | None, ...]:
    """Other marks, in the scale that each year had; an exoneration stays."""
    scales = [FIGURES if mark and mark.isdigit() else LETTERS for mark in row.marks]
    return row.marks if "EXO" in row.marks else tuple(map(lot.choice, scales))


def full_name(lot: random.Random) -> str:
    """Mostly two given names and two surnames; sometimes as long as they come, sometimes with a rare letter."""
    names = [*lot.sample(GIVEN_NAMES, 2), *lot.sample(SURNAMES, 2)]
    if lot.random() < RARELY:
        names[0] = lot.choice(RARE_NAMES)
    if lot.random() < 0.1:
        names = [*lot.sample(GIVEN_NAMES, 9), *lot.sample(SURNAMES, 9)]
    return " ".join(names)[:LONGEST_NAME].strip(" -'")


def _columns(lot: random.Random, level: str, count: int) -> Iterator[Column]:
    """Years in a row; where they are more than the grades, some grades are repeated."""
    grades = GRADES[level]
    taken = sorted(lot.choices(grades, k=count)) if count > len(grades) else grades[:count]
    first = lot.randint(2013, 2026 - count + 1)
    for place, grade in enumerate(taken):
        school = f"{lot.randrange(10**6):07d}"
        yield Column(first + place, grade, school, str(lot.randrange(3)), _school(lot), lot.choice(STATUSES))


def _school(lot: random.Random) -> str:
    return RARE_SCHOOL if lot.random() < RARELY else lot.choice(SCHOOLS)


def _groups(lot: random.Random, columns: int, rows: int) -> Iterator[Group]:
    """Areas, then competences and workshops if the rows suffice."""
    workshops = rows // 6
    transversal = len(TRANSVERSAL) if rows > len(AREAS) // 2 else 0
    names = {
        "area": [AREAS[row] if row < len(AREAS) else f"ÁREA {row}" for row in range(rows - workshops - transversal)],
        "transversal": list(TRANSVERSAL[:transversal]),
        "workshop": [f"TALLER DE {lot.choice(AREAS)} {row}" for row in range(workshops)],
    }
    for group, members in names.items():
        if members:
            yield Group(group, tuple(Row(name, _marks(lot, name, columns)) for name in members))


def _marks(lot: random.Random, name: str, columns: int) -> tuple[str | None, ...]:
    """Letters, figures, or both where the scale changed; religious education may be exonerated."""
    if name == "EDUCACIÓN RELIGIOSA" and lot.random() < 0.3:
        return ("EXO",) * columns
    change = lot.randint(0, columns)
    return tuple(lot.choice(FIGURES if column < change else LETTERS) for column in range(columns))
