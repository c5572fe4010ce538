"""Every Spanish sentence of the PDF, and the numbers and dates that it says in words."""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LANGUAGE = "es-PE"
AUTHOR = "Ministerio de Educación del Perú"
PRODUCER = "Constancia"

COUNTRY = "PERÚ"
MINISTRY = ("Ministerio", "de Educación")
TITLE = "CONSTANCIA DE LOGROS DE APRENDIZAJE"
MODALITY = "EDUCACIÓN BÁSICA REGULAR"
_LEVEL = {"initial": "NIVEL INICIAL", "primary": "NIVEL PRIMARIA", "secondary": "NIVEL SECUNDARIA"}
VIRTUAL_CODE = "CÓDIGO VIRTUAL"
ISSUER = "EL MINISTERIO DE EDUCACIÓN DEL PERÚ"
OPENING = (
    "Hace constar que, de acuerdo con la información registrada en el Sistema de Información de Apoyo a la Gestión "
    "de la Institución Educativa (SIAGIE), el/la estudiante"
)

YEAR = "Año lectivo"
GRADE = {"initial": "Edad", "primary": "Grado", "secondary": "Grado"}
SCHOOL_CODE = "Código modular de la IE"
GROUP = {"area": "Áreas curriculares", "transversal": "Competencias transversales", "workshop": "Talleres"}
FINAL_STATUS = "Situación final"
MISSING_MARK = "-"
EXONERATED = "EXO"
SCHOOLS = "Instituciones educativas"
OBSERVATIONS = "Observaciones"
EXONERATION = (
    "EXO: exoneración del área de educación religiosa a solicitud del padre o madre de familia, "
    "tutor legal o apoderado."
)
EARLIER_YEARS = "Los años anteriores a 2013 no figuran en esta constancia: constan en el certificado de estudios."

VERIFICATION = "Cómo verificar esta constancia"
HOW_TO_VERIFY = (
    "Escanee el código QR o ingrese a la dirección que sigue, y escriba el código virtual y el número de DNI del/de la "
    "estudiante. Si la información que aparece en el sistema es distinta de la de este documento, no tiene validez."
)
QR = "Código QR que lleva a la página de verificación de esta constancia; la dirección está escrita a su lado."
SERIAL_NUMBER = "N.°"
ISSUED_ON = "Fecha de emisión:"
ISSUED_AT = "Hora de emisión:"
ADDRESS = "Calle Del Comercio 193, San Borja, Lima, Perú | Teléfono: (511) 615-5800"

_ORDINALS = ("PRIMERO", "SEGUNDO", "TERCERO", "CUARTO", "QUINTO", "SEXTO")
_BEFORE_A_NOUN = {"PRIMERO": "PRIMER", "TERCERO": "TERCER"}
_AGES = ("CERO", "UNO", "DOS", "TRES", "CUATRO", "CINCO", "SEIS")
_LEVEL_IN_A_SENTENCE = {
    "initial": "EDUCACIÓN INICIAL",
    "primary": "EDUCACIÓN PRIMARIA",
    "secondary": "EDUCACIÓN SECUNDARIA",
}
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


def subtitle(level: str) -> str:
    """`EDUCACIÓN BÁSICA REGULAR — NIVEL PRIMARIA`."""
    return f"{MODALITY} — {_LEVEL[level]}"


def identity(document_number: str) -> str:
    """What stands under the student's name."""
    return f"DNI N.° {document_number}"


def statement(level: str, grades: tuple[int, ...]) -> str:
    """What follows the student's name: the grades in words, each once."""
    return (
        f"registra calificativos correspondientes {grades_in_words(level, grades)} de {_LEVEL_IN_A_SENTENCE[level]}, "
        "según consta en las actas de evaluación respectivas, cuyo detalle figura a continuación:"
    )


def grades_in_words(level: str, grades: Sequence[int]) -> str:
    """`a PRIMERO, SEGUNDO y TERCERO grados`, `al TERCER grado`, `a TRES y CUATRO años`."""
    distinct = sorted(set(grades))
    if level == "initial":
        return f"a {_listed([_AGES[age] for age in distinct])} años"
    ordinals = [_ORDINALS[grade - 1] for grade in distinct]
    if len(ordinals) == 1:
        return f"al {_BEFORE_A_NOUN.get(ordinals[0], ordinals[0])} grado"
    return f"a {_listed(ordinals)} grados"


def grades(level: str, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The grades as the heads of their columns: `4.°`, or `4 años` in the initial level."""
    return tuple(f"{number} años" if level == "initial" else f"{number}.°" for number in numbers)


def date_in_words(moment: datetime) -> str:
    """`23 de noviembre de 2026`."""
    return f"{moment.day} de {_MONTHS[moment.month - 1]} de {moment.year}"


def hour_in_words(moment: datetime) -> str:
    """`10:51 horas`."""
    return f"{moment.hour:02d}:{moment.minute:02d} horas"


def page_of(page: int, pages: int) -> str:
    """`Página 1 de 2`."""
    return f"Página {page} de {pages}"


def document_title(virtual_code: str) -> str:
    """The title that a viewer's window and a screen reader announce."""
    return f"Constancia de logros de aprendizaje {virtual_code}"


def subject(virtual_code: str, serial_number: str) -> str:
    """What search finds the document by."""
    return f"Código virtual {virtual_code}, {SERIAL_NUMBER} {serial_number}"


def _listed(words: Sequence[str]) -> str:
    """`A, B y C`."""
    return " y ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
