"""What reports say in Spanish: events, facts, dates, numbers."""

from datetime import date

from constancia import event_log, wording
from constancia.reporting import DAY, Period, Report

MONTHS = (
    "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre".split()  # noqa: SIM905
)
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

EVENTS = {
    event_log.REQUEST_ACCEPTED: "Solicitudes aceptadas",
    event_log.REQUEST_REFUSED: "Solicitudes rechazadas",
    event_log.CERTIFICATE_ISSUED: "Constancias emitidas",
    event_log.CERTIFICATE_SUPERSEDED: "Constancias reemplazadas",
    event_log.CERTIFICATE_ANNULLED: "Constancias anuladas",
    event_log.CERTIFICATE_VERIFIED: "Verificaciones respondidas",
    event_log.CERTIFICATE_DOWNLOADED: "Descargas del PDF",
    event_log.HISTORY_SHOWN: "Consultas del historial",
    event_log.VERIFICATION_REFUSED: "Verificaciones rechazadas",
    event_log.MAIL_SENT: "Correos enviados",
    event_log.MAIL_FAILED: "Correos no entregados",
}

HAPPENED = {
    event_log.REQUEST_ACCEPTED: "Solicitud aceptada",
    event_log.REQUEST_REFUSED: "Solicitud rechazada",
    event_log.CERTIFICATE_ISSUED: "Emitida",
    event_log.CERTIFICATE_SUPERSEDED: "Reemplazada",
    event_log.CERTIFICATE_ANNULLED: "Anulada",
    event_log.CERTIFICATE_VERIFIED: "Verificada",
    event_log.CERTIFICATE_DOWNLOADED: "PDF descargado",
    event_log.HISTORY_SHOWN: "Historial consultado",
    event_log.VERIFICATION_REFUSED: "Verificación rechazada",
    event_log.MAIL_SENT: "Correo enviado",
    event_log.MAIL_FAILED: "Correo no entregado",
}

VALUES = {
    "level": wording.LEVELS,
    "applicant": {"guardian": "Apoderado", "student": "A título personal"},
    "purpose": {
        "scholarship": "Beca",
        "university": "Universidad o instituto",
        "school": "Colegio",
        "police_or_armed_forces": "Policía o FF. AA.",
        "job": "Trabajo",
        "other": "Otro",
    },
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
        "request_not_found": "Solicitud vencida",
        "no_records": "Sin notas desde 2013",
        "record_under_review": "Acta en rectificación",
        "transcript_not_confirmed": "Sin revisar las notas",
        "certificate_not_found": "Código o DNI que no corresponde",
        "temporarily_unavailable": "Falla pasajera del servicio",
        "refused": "Rechazado por el correo",
        "unknown": "No se sabe si salió",
    },
}


def number(value: int) -> str:
    """`12 345`: the thousands parted by a space, as the metric system writes them."""
    return f"{value:,}".replace(",", "\u00a0")


def counted(value: int, things: str) -> str:
    """`12 345 líneas`, `1 línea`."""
    return f"{number(value)} {things if value != 1 else things.removesuffix('s')}"


def change(now: int, before: int) -> str:
    """How a figure moved: `+12 %`, `igual`, or nothing to compare with."""
    if before == 0:
        return "igual" if now == 0 else "antes: 0"
    moved = round((now - before) * 100 / before)
    return f"{moved:+d}\u00a0%".replace("-", "–") if moved else "igual"


def title(period: Period) -> str:
    """`Domingo 1 de marzo de 2026`, `Marzo de 2026`."""
    start = period.start
    month = f"{MONTHS[start.month - 1]} de {start.year}"
    said = f"{WEEKDAYS[start.weekday()]} {start.day} de {month}" if period.kind == DAY else month
    return said[0].upper() + said[1:]


def short(day: date) -> str:
    """`1 de marzo`."""
    return f"{day.day} de {MONTHS[day.month - 1]}"


def value(by: str, code: str) -> str:
    """A fact's value."""
    return VALUES.get(by, {}).get(code, code)


def standing(report: Report) -> str:
    """Whether the figures are final."""
    counted = report.counted_at
    when = f"{short(counted.date())} de {counted.year} a las {counted:%H:%M}"
    if report.figures.whole:
        return f"Cifras completas. Reporte generado el {when}, hora de Lima."
    return f"CIFRAS PARCIALES: el período no había terminado el {when}, hora de Lima."


def mail(report: Report, link: str) -> tuple[str, str]:
    """Subject and text of the e-mail to operators."""
    lines = [
        f"{EVENTS[name]}: {number(report.figures.total(name))} ({change(report.figures.total(name), before)})"
        for name in EVENTS
        for before in [report.before.total(name)]
    ]
    subject = f"Constancias: {title(report.period).lower()}"
    compared = "el día anterior" if report.period.kind == DAY else "el mes anterior"
    body = "\n".join(lines)
    return (
        subject,
        f"{title(report.period)}\n{standing(report)}\n\n{body}\n\n(Comparado con {compared}.)\n\nReporte: {link}\n",
    )
