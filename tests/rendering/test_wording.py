"""The numbers and dates of a certificate in words."""

from datetime import datetime

import pytest
from constancia import lima
from constancia_pdf import wording


@pytest.mark.parametrize(
    ("level", "grades", "words"),
    [
        ("primary", (1, 2, 3, 4), "a PRIMERO, SEGUNDO, TERCERO y CUARTO grados"),
        ("primary", (3,), "al TERCER grado"),
        ("secondary", (2,), "al SEGUNDO grado"),
        ("secondary", (1, 2, 2), "a PRIMERO y SEGUNDO grados"),
        ("initial", (3, 4, 5), "a TRES, CUATRO y CINCO años"),
    ],
)
def test_grades_are_written_in_words_each_once(level: str, grades: tuple[int, ...], words: str) -> None:
    assert wording.grades_in_words(level, grades) == words


def test_date_and_hour_are_written_as_people_say_them() -> None:
    moment = datetime(2020, 2, 16, 9, 5)
    assert lima.written_day(moment) == "16 de febrero de 2020"
    assert wording.hour_in_words(moment) == "09:05 horas"


def test_september_is_written_as_in_peru() -> None:
    assert lima.written_day(datetime(2026, 9, 7)) == "7 de setiembre de 2026"
