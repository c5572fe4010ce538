"""One small certificate, varied by what a test is about."""

from datetime import datetime

from constancia.document import Document
from constancia.lima import LIMA
from constancia.transcript import Column, Group, Row, Student, Transcript

from tests.rendering.sealing import attested
from tests.rendering.shapes import ADDRESS


def sample(
    full_name: str = "ROSA CECILIA DEL ROSAL ÑAUPARI",
    mark: str | None = "A",
    observations: tuple[str, ...] = (),
    verify_url: str = ADDRESS.format(code="C2CC6526"),
    *,
    earlier_years: bool = False,
    groups: tuple[Group, ...] | None = None,
) -> Document:
    """A year of primary school with one area."""
    column = Column(2019, 4, "0110101", "0", "I.E. 1101 SAN JOSÉ", "PROMOVIDO")
    areas = Group("area", (Row("MATEMÁTICA", (mark,)),))
    student = Student("71705600", full_name)
    groups = (areas,) if groups is None else groups
    transcript = Transcript(student, "EBR", "primary", (column,), groups, observations, earlier_years)
    return attested(Document("C2CC6526", 16, datetime(2026, 11, 23, 10, 51, 7, tzinfo=LIMA), verify_url, transcript))
