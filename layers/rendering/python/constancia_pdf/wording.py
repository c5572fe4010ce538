"""Every Spanish sentence of a certificate, and its numbers and dates in words."""

from collections.abc import Container, Sequence
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
KEY = {
    "AD": "logro destacado",
    "A": "logro esperado",
    "B": "en proceso",
    "C": "en inicio",
    MISSING_MARK: "sin calificativo",
    EXONERATED: "exoneración del área de educación religiosa a solicitud del padre o madre de familia, tutor legal o "
    "apoderado",
}
"""What marks mean, in the order in which it is told: the scale of the national curriculum (RM 281-2016-MINEDU)."""
EARLIER_YEARS = "Los años anteriores a 2013 no figuran en esta constancia: constan en el certificado de estudios."

CONTINUED = "{} (continúa)"
CONTINUES = "continúa en la página siguiente"

VERIFICATION = "Cómo verificar esta constancia"
HOW_TO_VERIFY = (
    "Escanee el código QR de la izquierda o ingrese a la dirección que sigue, y escriba el código virtual y el DNI "
    "del/de la estudiante. Si lo que aparece en el sistema es distinto de este documento, no tiene validez."
)
QR = "Código QR que lleva a la página de verificación de esta constancia; la dirección está escrita a su lado."
SIGNED_DATA = "Datos firmados: se comprueban sin internet"
_SIGNED = "El código QR de la derecha lleva los datos de esta hoja, firmados por el Ministerio de Educación."
_SIGNED_BY_DIGEST = "El código QR de la derecha lleva, firmados, los datos de esta hoja y un resumen de las notas."
NO_SIGNATURE = "No requiere firma ni sello: los datos firmados y el sello electrónico del archivo lo reemplazan."
SIGNED_DATA_QR = "Código QR con los datos de esta constancia, firmados por el Ministerio de Educación."
SERIAL_NUMBER = "N.°"
EMBEDDED = "Datos firmados de esta constancia, para programas"
SEAL = "Sello electrónico del Ministerio de Educación del Perú"
ISSUED_ON = "Fecha de emisión:"
ISSUED_AT = "Hora de emisión:"
_PARTICLES = frozenset(
    ("DA", "DE", "DEL", "DI", "DO", "DOS", "EL", "LA", "LAS", "LOS", "SAN", "SANTA", "VAN", "VON", "Y")
)
"""Words of a name that belong to the next one."""
ADDRESS = "Calle Del Comercio 193, San Borja, Lima, Perú | Teléfono: (511) 615-5800"

_ORDINALS = ("PRIMERO", "SEGUNDO", "TERCERO", "CUARTO", "QUINTO", "SEXTO")
_BEFORE_A_NOUN = {"PRIMERO": "PRIMER", "TERCERO": "TERCER"}
_AGES = ("CERO", "UNO", "DOS", "TRES", "CUATRO", "CINCO", "SEIS")
_LEVEL_IN_A_SENTENCE = {
    "initial": "EDUCACIÓN INICIAL",
    "primary": "EDUCACIÓN PRIMARIA",
    "secondary": "EDUCACIÓN SECUNDARIA",
}


def subtitle(level: str) -> str:
    """Returns the line under the title: `EDUCACIÓN BÁSICA REGULAR — NIVEL PRIMARIA`."""
    return f"{MODALITY} — {_LEVEL[level]}"


def parts_of_name(full_name: str) -> list[str]:
    """Returns what of a name must not be parted by the end of a line: `DE LA CRUZ` is one part."""
    parts: list[str] = []
    for word in full_name.split():
        if parts and parts[-1].rpartition(" ")[2].upper() in _PARTICLES:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts


def key(marks: Container[str]) -> str:
    """Returns what these marks mean: `AD: logro destacado; A: logro esperado.`; nothing of figures."""
    known = [f"{mark}: {meaning}" for mark, meaning in KEY.items() if mark in marks]
    return f"{'; '.join(known)}." if known else ""


def signed(marks_by_digest: bool) -> str:
    """Returns the line on the QR of the signed data; it must fit one line."""
    return _SIGNED_BY_DIGEST if marks_by_digest else _SIGNED


def identity(document_number: str) -> str:
    """Returns the line under the student's name: `DNI N.° 71705600`."""
    return f"DNI N.° {document_number}"


def statement(level: str, grades: tuple[int, ...]) -> str:
    """Returns the sentence that continues after the student's name, with each grade in words once."""
    return (
        f"registra calificativos correspondientes {grades_in_words(level, grades)} de {_LEVEL_IN_A_SENTENCE[level]}, "
        "según consta en las actas de evaluación respectivas, cuyo detalle figura a continuación:"
    )


def grades_in_words(level: str, grades: Sequence[int]) -> str:
    """Returns the grades as `a PRIMERO, SEGUNDO y TERCERO grados`, `al TERCER grado` or `a TRES y CUATRO años`."""
    distinct = sorted(set(grades))
    if level == "initial":
        return f"a {_listed([_AGES[age] for age in distinct])} años"
    ordinals = [_ORDINALS[grade - 1] for grade in distinct]
    if len(ordinals) == 1:
        return f"al {_BEFORE_A_NOUN.get(ordinals[0], ordinals[0])} grado"
    return f"a {_listed(ordinals)} grados"


def grades(level: str, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """Returns the grades as heads of columns: `4.°`, or `4 años` in the initial level."""
    return tuple(f"{number} años" if level == "initial" else f"{number}.°" for number in numbers)


def hour_in_words(moment: datetime) -> str:
    """Returns the time of a moment as `10:51 horas`."""
    return f"{moment.hour:02d}:{moment.minute:02d} horas"


def page_of(page: int, pages: int) -> str:
    """Returns the page number as `Página 1 de 2`."""
    return f"Página {page} de {pages}"


def document_title(virtual_code: str) -> str:
    """Returns the title in the metadata, which viewers show and screen readers announce."""
    return f"Constancia de logros de aprendizaje {virtual_code}"


def subject(virtual_code: str, serial_number: str) -> str:
    """Returns the subject in the metadata, by which a search finds the document."""
    return f"Código virtual {virtual_code}, {SERIAL_NUMBER} {serial_number}"


def _listed(words: Sequence[str]) -> str:
    """`A, B y C`."""
    return " y ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
