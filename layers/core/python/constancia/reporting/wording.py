"""The Spanish words of reports, of their e-mails and of the console: events, facts, dates and numbers."""

from constancia import event_log, lima, wording
from constancia.reporting.reporting import (
    AGE,
    ANSWER,
    CORRECTION_OPEN,
    DAY,
    FROM_7_TO_30,
    OVER_30,
    UNDER_7,
    Period,
    Report,
)

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

EVENTS = {  # in a table of figures
    event_log.REQUEST_ACCEPTED: "Solicitudes aceptadas",
    event_log.REQUEST_REFUSED: "Solicitudes rechazadas",
    event_log.CODE_DRAWN: "Códigos de confirmación",
    event_log.CORRECTION_OPENED: "Correcciones pedidas",
    event_log.CORRECTION_CLOSED: "Correcciones cerradas",
    event_log.CERTIFICATE_ISSUED: "Constancias emitidas",
    event_log.CERTIFICATE_SUPERSEDED: "Constancias reemplazadas",
    event_log.CERTIFICATE_ANNULLED: "Constancias anuladas",
    event_log.EMAIL_ERASED: "Correos borrados",
    event_log.CERTIFICATE_VERIFIED: "Verificaciones respondidas",
    event_log.CERTIFICATE_DOWNLOADED: "Descargas del PDF",
    event_log.CERTIFICATE_SHOWN: "Consultas del titular",
    event_log.HISTORY_SHOWN: "Consultas del historial",
    event_log.OPINION_GIVEN: "Opiniones",
    event_log.VERIFICATION_REFUSED: "Verificaciones rechazadas",
    event_log.MAIL_SENT: "Correos enviados",
    event_log.MAIL_FAILED: "Correos no entregados",
}

EASY_IN_100 = "Les fue fácil, de cada 100"
"""The row with the share of those who found it easy among those who said how easy it was."""

BY_INSTITUTIONS = "Consultas de instituciones"
"""The row of a table of figures with the questions that institutions asked."""

HAPPENED = {  # in the history of one certificate
    event_log.REQUEST_ACCEPTED: "Solicitud aceptada",
    event_log.REQUEST_REFUSED: "Solicitud rechazada",
    event_log.CODE_DRAWN: "Código de confirmación enviado",
    event_log.CORRECTION_OPENED: "Corrección pedida",
    event_log.CORRECTION_CLOSED: "Corrección cerrada",
    event_log.CERTIFICATE_ISSUED: "Emitida",
    event_log.CERTIFICATE_SUPERSEDED: "Reemplazada",
    event_log.CERTIFICATE_ANNULLED: "Anulada",
    event_log.EMAIL_ERASED: "Correo borrado",
    event_log.CERTIFICATE_VERIFIED: "Verificada",
    event_log.CERTIFICATE_DOWNLOADED: "PDF descargado",
    event_log.CERTIFICATE_SHOWN: "Consultada por el titular",
    event_log.HISTORY_SHOWN: "Historial consultado",
    event_log.OPINION_GIVEN: "Opinión dada",
    event_log.VERIFICATION_REFUSED: "Verificación rechazada",
    event_log.MAIL_SENT: "Correo enviado",
    event_log.MAIL_FAILED: "Correo no entregado",
}

AGES = {UNDER_7: "menos de 7 días", FROM_7_TO_30: "de 7 a 30 días", OVER_30: "más de 30 días"}

VALUES = {
    "age": AGES,
    "level": wording.LEVEL_NAMES,
    "applicant": {"guardian": "Apoderado", "student": "A título personal", "operator": "Un operador"},
    "assurance": {
        "contact": "Con código de confirmación",
        "names": "Solo con los nombres",
        "operator": "Por un operador",
    },
    "purpose": {
        "scholarship": "Beca",
        "university": "Universidad o instituto",
        "school": "Colegio",
        "police_or_armed_forces": "Policía o FF. AA.",
        "job": "Trabajo",
        "other": "Otro",
    },
    "answer": {"easy": "Fue fácil", "so_so": "Más o menos", "hard": "Fue difícil"},
    "outcome": {"valid": "Válida", "superseded": "Reemplazada", "annulled": "Anulada"},
    "reason": {
        "malformed_request": "Datos ilegibles",
        "invalid_fields": "Datos incompletos o mal escritos",
        "captcha_failed": "Sin prueba de ser una persona",
        "identity_not_confirmed": "Identidad no confirmada",
        "guardian_required": "Menor de 16 que pide solo",
        "student_must_apply": "El estudiante ya es adulto",
        "guardian_must_be_adult": "Apoderado menor de edad",
        "modality_not_covered": "EBA o EBE",
        "too_many_attempts": "Demasiados intentos",
        "too_many_certificates": "Demasiadas constancias",
        "too_many_corrections": "Demasiadas correcciones",
        "request_not_found": "Solicitud vencida",
        "confirmation_needed": "Sin dar el código",
        "code_wrong": "Código de confirmación incorrecto",
        "too_many_codes": "Demasiados códigos pedidos",
        "unsupported_media_type": "Datos que no son JSON",
        "cross_site_request": "Pedido desde otra página",
        "no_records": "Sin notas desde 2013",
        "record_under_review": "Acta en rectificación",
        "transcript_not_confirmed": "Sin revisar las notas",
        "no_current_certificate": "Sin constancia igual",
        "certificate_not_found": "Código o DNI que no corresponde",
        "institution_unknown": "Clave de institución que no vale",
        "quota_exceeded": "Cuota del día agotada",
        "file_not_found": "Archivo de institución que no está",
        "temporarily_unavailable": "Falla pasajera del servicio",
        "refused": "Rechazado por el correo",
        "unknown": "No se sabe si salió",
        "limited": "Demasiados correos a esa dirección",
        "bounced": "Devuelto por el buzón",
    },
}


def number(value: int) -> str:
    """A number with a space between the thousands, as the metric system writes it: `12 345`."""
    return f"{value:,}".replace(",", "\u00a0")


def counted(value: int, things: str) -> str:
    """A number of things: `12 345 líneas`, `1 línea`; `things` is the plural in -s."""
    return f"{number(value)} {things if value != 1 else things.removesuffix('s')}"


def change(now: int, before: int) -> str:
    """How a figure changed: `+12 %`, `igual`, or `antes: 0` where there is nothing to compare with."""
    if before == 0:
        return "igual" if now == 0 else "antes: 0"
    moved = round((now - before) * 100 / before)
    return f"{moved:+d}\u00a0%".replace("-", "–") if moved else "igual"


def title(period: Period) -> str:
    """A period as a title: `Domingo 1 de marzo de 2026`, `Marzo de 2026`."""
    start = period.start
    if period.kind == DAY:
        return f"{WEEKDAYS[start.weekday()]} {lima.written_day(start)}".capitalize()
    return lima.written_month(start).capitalize()


def value(by: str, code: str) -> str:
    """The value of a fact in words; a value that has none is given as it is."""
    return VALUES.get(by, {}).get(code, code)


def standing(report: Report) -> str:
    """A sentence on whether the figures are final."""
    when = f"{lima.written_day(report.counted_at.date())} a las {report.counted_at:%H:%M}"
    if report.figures.whole:
        return f"Cifras completas. Reporte generado el {when}, hora de Lima."
    return f"CIFRAS PARCIALES: el período no había terminado el {when}, hora de Lima."


def open_corrections(ages: dict[str, int]) -> str:
    """How many corrections are open and for how long, as a line; empty where it was not counted."""
    if not ages:
        return ""
    parts = ", ".join(f"{words}: {number(ages.get(age, 0))}" for age, words in AGES.items())
    return f"Correcciones abiertas: {number(sum(ages.values()))} ({parts})"


def opinions(answers: dict[str, int]) -> str:
    """How easy it was for how many, as a line; empty where nobody said it."""
    if not answers:
        return ""
    parts = ", ".join(f"{words.lower()}: {number(answers.get(answer, 0))}" for answer, words in VALUES[ANSWER].items())
    return f"¿Fue fácil obtener la constancia?: {parts}"


def mail(report: Report, link: str) -> tuple[str, str]:
    """The subject and the text of the e-mail on a report to operators; `link` leads to its PDF."""
    lines = [
        f"{EVENTS[name]}: {number(report.figures.total(name))} ({change(report.figures.total(name), before)})"
        for name in EVENTS
        for before in [report.before.total(name)]
    ]
    figures = report.figures
    found = figures.divided(event_log.OPINION_GIVEN, ANSWER), figures.divided(CORRECTION_OPEN, AGE)
    lines += filter(None, (opinions(found[0]), open_corrections(found[1])))
    subject = f"Constancias: {title(report.period).lower()}"
    compared = "el día anterior" if report.period.kind == DAY else "el mes anterior"
    body = "\n".join(lines)
    return (
        subject,
        f"{title(report.period)}\n{standing(report)}\n\n{body}\n\n(Comparado con {compared}.)\n\nReporte: {link}\n",
    )
