"""What the API says in Spanish: one problem for every code, one sentence for every fault of a field."""

from typing import Any, NamedTuple

from constancia import fields
from constancia.errors import FieldError

LEVELS = {"initial": "Inicial", "primary": "Primaria", "secondary": "Secundaria"}


class Problem(NamedTuple):
    """A problem of RFC 9457 without the facts of the case."""

    status: int
    title: str
    detail: str


PROBLEMS = {
    "malformed_request": Problem(
        400,
        "No pudimos leer la solicitud",
        "Los datos llegaron incompletos o en un formato que no reconocemos. Vuelve a enviarlos.",
    ),
    "invalid_fields": Problem(
        422, "Revisa los datos", "Hay datos que faltan o no son correctos. Corrígelos y vuelve a enviar."
    ),
    "captcha_failed": Problem(
        403,
        "No pudimos comprobar que eres una persona",
        "Marca otra vez «No soy un robot» y vuelve a enviar. Tus datos siguen aquí.",
    ),
    "identity_not_confirmed": Problem(
        403,
        "No pudimos confirmar los datos",
        "Los datos no coinciden con los del Reniec, o quien solicita no figura como madre, padre o apoderado. "
        "Revisa los números de DNI, las fechas de nacimiento y los nombres de los padres, sin apellidos, "
        "tal como figuran en el Reniec.",
    ),
    "guardian_required": Problem(
        409,
        "Debe solicitarla tu madre, padre o apoderado",
        "A título personal puede solicitarla quien ya cumplió 16 años. "
        "Pide a tu madre, padre o apoderado que la solicite.",
    ),
    "student_must_apply": Problem(
        409,
        "Debe solicitarla el propio estudiante",
        "El estudiante ya es mayor de edad: tiene que solicitar su constancia a título personal.",
    ),
    "guardian_must_be_adult": Problem(
        409,
        "El apoderado debe ser mayor de edad",
        "Quien solicita como apoderado debe haber cumplido 18 años. "
        "Si el estudiante tiene 16 años o más, puede solicitarla a título personal.",
    ),
    "modality_not_covered": Problem(
        409,
        "Esta constancia es solo de Educación Básica Regular",
        "Para Educación Básica Alternativa o Especial, solicita el certificado de estudios en tu institución "
        "educativa o en la UGEL.",
    ),
    "too_many_attempts": Problem(
        429,
        "Demasiados intentos",
        "Hubo demasiados intentos con datos que no coinciden. Espera y vuelve a intentarlo más tarde.",
    ),
    "request_not_found": Problem(
        404, "La solicitud ya no está", "Las solicitudes duran 24 horas. Empieza una nueva, es gratis."
    ),
    "no_records": Problem(409, "No hay notas que mostrar", ""),
    "record_under_review": Problem(
        409,
        "Un acta está en rectificación",
        "El acta de {year} de {school_name} está en rectificación. Cuando la institución educativa termine, "
        "podrás emitir la constancia. Consulta en la institución educativa o en la UGEL.",
    ),
    "transcript_not_confirmed": Problem(
        409,
        "Primero revisa las notas",
        "La constancia se emite después de ver y aceptar las notas. Vuelve al paso anterior.",
    ),
    "certificate_not_found": Problem(
        404,
        "No encontramos esa constancia",
        "El código virtual y el número de DNI no corresponden a ninguna constancia emitida. "
        "Revisa ambos datos en el documento.",
    ),
    "temporarily_unavailable": Problem(
        503,
        "En este momento no podemos responder",
        "Es un problema nuestro y pasajero. No se perdió nada: vuelve a intentarlo en unos segundos.",
    ),
}

FOR_OPERATORS = {
    "certificate_annulled": "La constancia está anulada: su correo ya no se envía.",
    "invalid_fields": "Hay datos que faltan o no son correctos.",
    "certificate_not_found": "No se emitió ninguna constancia con ese código virtual.",
    "load_ended": "Esa carga ya había terminado: no hay nada que cancelar.",
    "load_not_found": "No hay ningún archivo con ese nombre en el buzón.",
    "mail_not_sent": "El correo no salió: o se está enviando en este momento, o el servicio de correo lo rechazó.",
}
"""Refusals that operators read otherwise than citizens, or alone."""

FAULTS = {
    fields.REQUIRED: "Falta este dato.",
    fields.WRONG_TYPE: "Este dato no tiene la forma esperada.",
    fields.INVALID: "Este dato no es correcto.",
    fields.TOO_LONG: "Este dato es demasiado largo.",
    fields.OUT_OF_RANGE: "Este dato está fuera de lo posible.",
    fields.NOT_A_CHOICE: "Elige una de las opciones.",
    fields.UNKNOWN_CHARACTERS: "Este dato tiene caracteres que no se pueden mostrar. Escríbelo de nuevo, sin copiarlo.",
    fields.DUPLICATE: "Este dato está repetido.",
}

FIELD_FAULTS = {
    ("kind", fields.REQUIRED): "Elige si solicitas como apoderado o a título personal.",
    ("document_number", fields.REQUIRED): "Escribe el número de DNI.",
    ("document_number", fields.INVALID): "El DNI tiene 8 dígitos.",
    ("birth_date", fields.REQUIRED): "Escribe la fecha de nacimiento.",
    ("birth_date", fields.INVALID): "Escribe una fecha que exista, por ejemplo 2010-02-28.",
    ("birth_date", fields.OUT_OF_RANGE): "La fecha de nacimiento debe estar entre 1900 y hoy.",
    ("father_given_names", fields.REQUIRED): "Escribe los nombres del padre, sin apellidos, o marca «No registra».",
    ("mother_given_names", fields.REQUIRED): "Escribe los nombres de la madre, sin apellidos, o marca «No registra».",
    ("father_given_names", fields.TOO_LONG): "Los nombres del padre son demasiado largos: máximo 120 caracteres.",
    ("mother_given_names", fields.TOO_LONG): "Los nombres de la madre son demasiado largos: máximo 120 caracteres.",
    ("student", fields.INVALID): "A título personal solo van los datos del solicitante.",
    ("modality", fields.REQUIRED): "Elige la modalidad.",
    ("level", fields.REQUIRED): "Elige el nivel.",
    ("email", fields.REQUIRED): "Escribe un correo electrónico.",
    ("email", fields.INVALID): "Escribe un correo electrónico como nombre@ejemplo.com.",
    ("phone", fields.INVALID): "Escribe solo los números del teléfono, por ejemplo 987654321.",
    ("code", fields.REQUIRED): "Elige el motivo de la solicitud.",
    ("detail", fields.REQUIRED): "Escribe el motivo.",
    ("detail", fields.TOO_LONG): "El motivo tiene como máximo 150 caracteres.",
    ("declaration_accepted", fields.REQUIRED): "Acepta la declaración para continuar.",
    ("virtual_code", fields.REQUIRED): "Escribe el código virtual.",
    ("virtual_code", fields.INVALID): "El código virtual tiene 8 letras y números, por ejemplo C2CC6526.",
    ("of", fields.INVALID): "El período va como 2026-03-01 (un día) o como 2026-03 (un mes).",
    ("of", fields.OUT_OF_RANGE): "Ese período todavía no ha empezado.",
    ("of", fields.BEFORE_THE_SERVICE): "En ese período el servicio todavía no existía.",
    ("reason", fields.REQUIRED): "Escribe el motivo.",
    ("reason", fields.TOO_LONG): "El motivo tiene como máximo 300 caracteres.",
}

LINE_FAULTS = {
    "": {
        fields.REQUIRED: "Falta este dato.",
        fields.WRONG_TYPE: "El tipo no es el esperado: los códigos y textos van entre comillas, año y grado no.",
        fields.INVALID: "No tiene la forma esperada.",
        fields.TOO_LONG: "Es demasiado largo.",
        fields.OUT_OF_RANGE: "Está fuera de lo posible.",
        fields.NOT_A_CHOICE: "No es ninguno de los valores admitidos.",
        fields.UNKNOWN_CHARACTERS: "Tiene caracteres que no se pueden imprimir.",
        fields.DUPLICATE: "Está repetido en la misma acta.",
        "encoding": "La línea no está en UTF-8. Guarda el archivo como «UTF-8» (en Excel: «CSV UTF-8»).",
        "not_json": "La línea no es un objeto JSON completo.",
        "duplicate_name": "Un mismo nombre aparece dos veces en el objeto; no se sabe cuál valor cuenta.",
        "unknown_kind": "No es una persona (document_number) ni un acta (student).",
        "unknown_field": "No existe un dato con este nombre; revisa cómo está escrito.",
        "bad_row": "La fila no cuadra con las columnas: comillas sin cerrar o celdas de más.",
        "line_too_long": "La línea mide más de 32 KiB.",
    },
    "student": {fields.INVALID: "El DNI tiene 8 dígitos. Si perdió ceros a la izquierda, repónlos."},
    "document_number": {fields.INVALID: "El DNI tiene 8 dígitos. Si perdió ceros a la izquierda, repónlos."},
    "birth_date": {fields.INVALID: "La fecha va como 2010-02-28 y tiene que existir."},
    "year": {fields.WRONG_TYPE: "El año va sin comillas ni decimales, por ejemplo 2019."},
    "grade": {
        fields.WRONG_TYPE: "El grado va sin comillas ni decimales, por ejemplo 4.",
        fields.OUT_OF_RANGE: "Ese grado no existe en el nivel.",
    },
    "school_code": {
        fields.INVALID: "El código modular tiene 7 dígitos. Si perdió ceros a la izquierda, repónlos.",
        fields.WRONG_TYPE: 'El código modular va entre comillas y con sus ceros, por ejemplo "0110101".',
    },
    "school_annex": {
        fields.INVALID: "El anexo es un dígito.",
        fields.WRONG_TYPE: 'El anexo va entre comillas, por ejemplo "0".',
    },
    "mark": {
        fields.INVALID: "La nota es AD, A, B, C, EXO o un número del 0 al 20.",
        fields.WRONG_TYPE: 'La nota va entre comillas, por ejemplo "15".',
    },
    "father": {fields.WRONG_TYPE: "El padre es un objeto con sus nombres, o null si no registra."},
    "mother": {fields.WRONG_TYPE: "La madre es un objeto con sus nombres, o null si no registra."},
}
"""What is wrong with a field of a line to load; under the empty name, what holds for any field and for whole lines."""

FILE_FAULTS = {
    "empty": "El archivo está vacío.",
    "not_text": "El archivo no es texto en UTF-8: parece un libro de cálculo, un comprimido o un texto en UTF-16.",
    "truncated": "El archivo comprimido está incompleto o dañado. Vuelve a enviarlo.",
    "too_large": "El archivo pasa de 50 GiB una vez descomprimido. Divídelo.",
    "bad_columns": "La primera fila no tiene las columnas documentadas, o repite alguna, o no está en UTF-8.",
}


def for_operators(code: str) -> str:
    """A refusal in a sentence for the console."""
    return FOR_OPERATORS.get(code) or PROBLEMS[code].detail


def fault(error: FieldError) -> str:
    """What is wrong with a field, in a sentence fit to stand beside it."""
    name = error.field.rpartition(".")[2]
    return FIELD_FAULTS.get((name, error.code)) or FAULTS[error.code]


def line_fault(error: FieldError) -> str:
    """What is wrong with a line to load, in a sentence for whoever has to correct the file."""
    name = error.field.rpartition(".")[2]
    return LINE_FAULTS.get(name, {}).get(error.code) or LINE_FAULTS[""][error.code]


def detail(code: str, facts: dict[str, Any]) -> str:
    """The explanation of a problem, with the facts of the case in it."""
    if code != "no_records":
        return PROBLEMS[code].detail.format(**facts)
    levels = [LEVELS[level] for level in facts["available_levels"]]
    sentences = ["No hay registros de ese nivel desde el año 2013."]
    if levels:
        sentences.append(f"Sí los hay de: {', '.join(levels)}. Elige otro nivel.")
    if facts["earlier_years"]:
        sentences.append("Para los años anteriores a 2013, solicita el certificado de estudios.")
    if len(sentences) == 1:
        sentences.append("Consulta en la institución educativa o en la UGEL.")
    return " ".join(sentences)
