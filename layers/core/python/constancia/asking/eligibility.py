"""Who may ask (rule 1 and the guide, "en 6 sencillos pasos", 2), and for which modality (rule 4).

Judged on what was submitted, before any registry is asked: these answers reveal nothing about anybody.
"""

from datetime import date

from constancia.curriculum import COVERED_MODALITY
from constancia.errors import GuardianMustBeAdult, GuardianRequired, ModalityNotCovered, StudentMustApply
from constancia.lima import age_on

ADULT_AGE = 18
STUDENT_MAY_ASK_AGE = 16
"""Years."""


def check_modality(modality: str) -> None:
    """Checks that the modality is Educación Básica Regular, the only one that has this certificate.

    Raises:
        ModalityNotCovered: for EBA and EBE.
    """
    if modality != COVERED_MODALITY:
        raise ModalityNotCovered


def check_student_asks(student_birth_date: date, today: date) -> None:
    """Checks that a student who asks alone is 16 or older.

    Raises:
        GuardianRequired: the student is younger.
    """
    if age_on(today, student_birth_date) < STUDENT_MAY_ASK_AGE:
        raise GuardianRequired


def check_guardian_asks(guardian_birth_date: date, student_birth_date: date, today: date) -> None:
    """Checks that the guardian is an adult and the student is not.

    Raises:
        GuardianMustBeAdult: the guardian is under 18.
        StudentMustApply: the student is 18 or older.
    """
    if age_on(today, guardian_birth_date) < ADULT_AGE:
        raise GuardianMustBeAdult
    if age_on(today, student_birth_date) >= ADULT_AGE:
        raise StudentMustApply
