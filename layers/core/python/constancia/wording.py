"""The Spanish words of the API: one problem for every refusal, one sentence for every fault of a field or file."""

from typing import Any, NamedTuple

from constancia import fields
from constancia.errors import FieldError

LEVEL_NAMES = {"initial": "Inicial", "primary": "Primaria", "secondary": "Secundaria"}


class Problem(NamedTuple):
    """A problem (RFC 9457) without the facts of the case."""

    status: int
    title: str
    detail: str


PROBLEMS = {
    "malformed_request": Problem(
        400,
        "No pudimos leer la solicitud",
        "Los datos llegaron incompletos o en un formato que no reconocemos. Vuelve a enviarlos.",
    ),
    "unsupported_media_type": Problem(
        415,
        "No pudimos leer la solicitud",
        "Los datos tienen que llegar como JSON (application/json).",
    ),
    "cross_site_request": Problem(
        403,
        "Esta solicitud viene de otra página",
        "Por seguridad, las solicitudes se hacen solo desde esta página. Ábrela y vuelve a intentarlo.",
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
    "too_many_certificates": Problem(
        429,
        "Por ahora no podemos emitir más",
        "Ya se emitieron muchas constancias de este estudiante o desde esta conexión. "
        "Las que ya tienes siguen siendo válidas. Vuelve a intentarlo más tarde.",
    ),
    "request_not_found": Problem(
        404, "La solicitud ya no está", "Las solicitudes duran 24 horas. Empieza una nueva, es gratis."
    ),
    "confirmation_needed": Problem(
        409,
        "Falta el código",
        "Escribe el código de 6 números que te enviamos. Sin él no podemos mostrar ni emitir nada.",
    ),
    "code_wrong": Problem(
        403,
        "El código no es correcto o ya venció",
        "Escribe los 6 números del último mensaje que te llegó. Intentos que te quedan: {tries_left}.",
    ),
    "too_many_codes": Problem(
        429,
        "Ya no podemos enviar más códigos",
        "Se llegó al máximo de códigos para esta solicitud, o para este contacto por hoy.",
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
    "too_many_corrections": Problem(
        429,
        "Ya anotamos muchas notas de esta solicitud",
        "No podemos anotar más. Para las demás, acércate a la institución educativa o a la UGEL.",
    ),
    "certificate_not_found": Problem(
        404,
        "No encontramos esa constancia",
        "El código virtual y el número de DNI no corresponden a ninguna constancia emitida. "
        "Revisa ambos datos en el documento.",
    ),
    "no_current_certificate": Problem(
        409,
        "Todavía no hay una constancia igual",
        "Ninguna constancia vigente dice lo mismo que estas notas. Puedes emitir una nueva, es gratis.",
    ),
    "institution_unknown": Problem(
        401,
        "No reconocemos la clave",
        "La clave de la institución falta, no es correcta o ya no vale. Revísala o pide una nueva al ministerio.",
    ),
    "quota_exceeded": Problem(
        429,
        "La cuota del día no alcanza",
        "A la institución le quedan hoy {quota_left} consultas, menos que las de esta lista. No se respondió ninguna: "
        "envía menos, o vuelve a enviarla mañana.",
    ),
    "file_not_found": Problem(
        404,
        "El archivo no está",
        "La institución no abrió ningún archivo con ese nombre, o ya pasaron las 24 horas de sus respuestas.",
    ),
    "temporarily_unavailable": Problem(
        503,
        "En este momento no podemos responder",
        "Es un problema nuestro y pasajero. No se perdió nada: vuelve a intentarlo en unos segundos.",
    ),
}

FOR_OPERATORS = {
    "chain_refused": "La cadena no se instaló: no es de la clave que sella, o sus certificados no se siguen.",
    "certificate_annulled": "La constancia está anulada: su correo ya no se envía.",
    "invalid_fields": "Hay datos que faltan o no son correctos.",
    "certificate_not_found": "No se emitió ninguna constancia con ese código virtual.",
    "load_ended": "Esa carga ya había terminado: no hay nada que cancelar.",
    "load_not_found": "No hay ningún archivo con ese nombre en el buzón.",
    "institution_not_found": "No hay ninguna institución con ese identificador que tenga una clave vigente.",
    "not_protected": "Ese DNI no está en la lista de estudiantes protegidos.",
    "person_not_found": "Ese DNI no está en el registro de personas, o es de alguien fallecido.",
    "no_email_address": "La constancia no tiene correo, o se borró: no hay a quién enviarle nada.",
    "mail_not_sent": "El correo no salió: o se está enviando en este momento, o el servicio de correo lo rechazó.",
}
"""Refusals that only operators read, or that operators read in other words than citizens."""

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
    ("father_given_names", fields.INVALID): "Escribe los nombres del padre con letras, o marca «No registra».",
    ("mother_given_names", fields.INVALID): "Escribe los nombres de la madre con letras, o marca «No registra».",
    ("father_given_names", fields.TOO_LONG): "Los nombres del padre son demasiado largos: máximo 120 caracteres.",
    ("mother_given_names", fields.TOO_LONG): "Los nombres de la madre son demasiado largos: máximo 120 caracteres.",
    ("student", fields.INVALID): "A título personal solo van los datos del solicitante.",
    ("modality", fields.REQUIRED): "Elige la modalidad.",
    ("level", fields.REQUIRED): "Elige el nivel.",
    ("email", fields.INVALID): "Escribe un correo electrónico como nombre@ejemplo.com.",
    ("phone", fields.INVALID): "Escribe solo los números del teléfono, por ejemplo 987654321.",
    ("purpose.code", fields.REQUIRED): "Elige el motivo de la solicitud.",
    ("code", fields.REQUIRED): "Escribe el código que te enviamos.",
    ("code", fields.INVALID): "El código tiene 6 números.",
    ("detail", fields.REQUIRED): "Escribe el motivo.",
    ("detail", fields.TOO_LONG): "El motivo tiene como máximo 150 caracteres.",
    ("declaration_accepted", fields.REQUIRED): "Acepta la declaración para continuar.",
    ("virtual_code", fields.REQUIRED): "Escribe el código virtual.",
    ("virtual_code", fields.INVALID): "El código virtual tiene 8 letras y números, por ejemplo C2CC6526.",
    ("of", fields.INVALID): "El período va como 2026-03-01 (un día) o como 2026-03 (un mes).",
    ("of", fields.OUT_OF_RANGE): "Ese período todavía no ha empezado.",
    ("of", fields.BEFORE_THE_SERVICE): "En ese período el servicio todavía no existía.",
    ("name", fields.REQUIRED): "Falta el nombre.",
    ("name", fields.INVALID): "El nombre no tiene ninguna letra.",
    ("name", fields.TOO_LONG): "El nombre es demasiado largo.",
    ("name", fields.NOT_A_CHOICE): "Esa nota no está entre las que viste. Elige una de la lista.",
    ("year", fields.REQUIRED): "Elige el año.",
    ("year", fields.NOT_A_CHOICE): "Ese año no está entre los que viste. Elige uno de la lista.",
    ("should_be", fields.REQUIRED): "Escribe la nota que debería estar.",
    ("should_be", fields.TOO_LONG): "Escribe la nota en 40 letras o menos.",
    ("comment", fields.TOO_LONG): "Explícalo en 250 letras o menos.",
    ("purpose", fields.REQUIRED): "Escribe para qué verifica la institución.",
    ("purpose", fields.TOO_LONG): "El propósito tiene como máximo 300 caracteres.",
    ("quota", fields.OUT_OF_RANGE): "La cuota va de 1 a 1 000 000 de consultas al día.",
    ("questions", fields.REQUIRED): "La lista no tiene ninguna consulta.",
    ("questions", fields.TOO_LONG): "Una lista tiene como máximo 100 consultas.",
    ("bytes", fields.OUT_OF_RANGE): "El archivo va de 1 byte a 256 MiB.",
    ("answer", fields.NOT_A_CHOICE): "La respuesta es status, predicates o transcript.",
    ("reference", fields.TOO_LONG): "La referencia tiene como máximo 64 caracteres.",
    ("reference", fields.INVALID): "La referencia tiene caracteres que no se pueden mostrar.",
    ("reason", fields.REQUIRED): "Escribe el motivo.",
    ("reason", fields.TOO_LONG): "El motivo tiene como máximo 300 caracteres.",
}

NOT_THROUGH_PORTAL = {
    "type": "urn:constancia:problem:not_through_portal",
    "title": "Esta dirección no atiende",
    "detail": "Usa el portal de la constancia de logros de aprendizaje.",
    "code": "not_through_portal",
}
"""The problem of a request that did not come through the portal's address. No visitor of the portal meets it."""

LINE_FAULTS = {
    "": {
        fields.REQUIRED: "Falta este dato.",
        fields.WRONG_TYPE: "El tipo no es el esperado: los códigos y textos van entre comillas, año y grado no.",
        fields.INVALID: "No tiene la forma esperada.",
        fields.TOO_LONG: "Es demasiado largo: máximo 250 caracteres, y 2 000 en una observación.",
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
    "given_names": {fields.INVALID: "El nombre no tiene ninguna letra."},
    "paternal_surname": {fields.INVALID: "El apellido no tiene ninguna letra. Si no hay, déjalo vacío."},
    "maternal_surname": {fields.INVALID: "El apellido no tiene ninguna letra. Si no hay, déjalo vacío."},
    "email": {fields.INVALID: "El correo no tiene la forma nombre@ejemplo.com."},
    "phone": {
        fields.INVALID: "El teléfono es un celular de 9 dígitos (987654321), o uno del extranjero con su + y país."
    },
    "father": {fields.WRONG_TYPE: "El padre es un objeto con sus nombres, o null si no registra."},
    "mother": {fields.WRONG_TYPE: "La madre es un objeto con sus nombres, o null si no registra."},
}
"""Faults of a field of a line to load; under the empty name, those of any field and of whole lines."""

FILE_FAULTS = {
    "empty": "El archivo está vacío.",
    "not_text": "El archivo no es texto en UTF-8: parece un libro de cálculo, un comprimido o un texto en UTF-16.",
    "truncated": "El archivo comprimido está incompleto o dañado. Vuelve a enviarlo.",
    "too_large": "El archivo pasa de 50 GiB una vez descomprimido. Divídelo.",
    "future": "La fecha en que llegó el archivo todavía no existe. Avisa a quien opera el servicio: el reloj está mal.",
    "bad_columns": "La primera fila no tiene las columnas documentadas, o repite alguna, o no está en UTF-8.",
}


def for_operators(code: str) -> str:
    """A refusal as a sentence for operators, by its code."""
    return FOR_OPERATORS.get(code) or PROBLEMS[code].detail


def fault(error: FieldError) -> str:
    """A fault of a field as a sentence that can stand beside the field."""
    name = error.field.rpartition(".")[2]
    known = FIELD_FAULTS.get((error.field, error.code)) or FIELD_FAULTS.get((name, error.code))
    return known or FAULTS[error.code]


def faults(errors: tuple[FieldError, ...]) -> list[dict[str, str]]:
    """Faults of fields as an answer lists them: field, code, and the sentence of `fault`."""
    return [{**error._asdict(), "detail": fault(error)} for error in errors]


def line_fault(error: FieldError) -> str:
    """A fault of a line to load as a sentence for who corrects the file."""
    name = error.field.rpartition(".")[2]
    return LINE_FAULTS.get(name, {}).get(error.code) or LINE_FAULTS[""][error.code]


def detail(code: str, facts: dict[str, Any]) -> str:
    """The explanation of a problem, with the facts of the case, by the code of its refusal."""
    if code != "no_records":
        return PROBLEMS[code].detail.format(**facts)
    levels = [LEVEL_NAMES[level] for level in facts["available_levels"]]
    sentences = ["No hay registros de ese nivel desde el año 2013."]
    if levels:
        sentences.append(f"Sí los hay de: {', '.join(levels)}. Elige otro nivel.")
    if facts["earlier_years"]:
        sentences.append("Para los años anteriores a 2013, solicita el certificado de estudios.")
    if len(sentences) == 1:
        sentences.append("Consulta en la institución educativa o en la UGEL.")
    return " ".join(sentences)
