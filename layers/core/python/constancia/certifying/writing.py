"""What the e-mails about a certificate say, as text and as HTML: a link, never the marks, and nobody's name.

A family's mail is read by others too, and forwarded: what an e-mail tells is which certificate (virtual code, number,
level, day), what became of it, and where its holder goes on. The address it leads to asks for the document number.
"""

from collections.abc import Callable
from email.message import EmailMessage
from html import escape
from typing import NamedTuple

from constancia.certificate import ANNULLED, SUPERSEDED, Certificate
from constancia.document import print_serial_number
from constancia.lima import written_day
from constancia.wording import LEVEL_NAMES

ISSUED = "issued"

HELP = "¿Necesitas ayuda? Llama al (511) 615-5800 o acércate a la UGEL, la oficina de educación de tu zona."
MINISTRY = "Ministerio de Educación del Perú"


class Message(NamedTuple):
    """What one e-mail says."""

    subject: str
    """The subject; of an e-mail about a certificate, without the virtual code."""
    news: str
    """What happened, in one sentence."""
    button: str
    """What the link does."""
    advice: tuple[str, ...]
    """What follows from it, in paragraphs."""


def compose(certificate: Certificate, holder_url: str, sender: str, news: str = ISSUED) -> EmailMessage:
    """An e-mail about a certificate to its address.

    Args:
        certificate: a certificate with an e-mail address.
        holder_url: the holder's page, where the e-mail leads.
        sender: the e-mail address of the sender.
        news: what it tells: `issued`, `superseded` or `annulled`.
    """
    said = _WORDS[news](certificate)
    said = said._replace(subject=f"{said.subject} {certificate.virtual_code}")
    facts = (
        ("Código virtual", certificate.virtual_code),
        ("N.°", print_serial_number(certificate.serial_number)),
        ("Nivel", LEVEL_NAMES[certificate.transcript.level]),
        ("Emitida", written_day(certificate.issued_at.date())),
    )
    return write(said, facts, holder_url, sender, certificate.email)


Facts = tuple[tuple[str, str], ...]
"""Names and values."""


def write(said: Message, facts: Facts, link: str, sender: str, recipient: str | None) -> EmailMessage:
    """An e-mail to somebody who asked the service for something, as text and as HTML.

    Args:
        said: its words.
        facts: what it is about, as a list under the news.
        link: the address of the portal where the button leads.
        sender: the e-mail address of the sender.
        recipient: the e-mail address where it goes.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = said.subject
    message.set_content(_as_text(said, facts, link))
    message.add_alternative(_as_html(said, facts, link), subtype="html")
    return message


def _as_text(said: Message, facts: Facts, link: str) -> str:
    named = "\n".join(f"{name}: {value}" for name, value in facts)
    return "\n\n".join(["Hola:", said.news, named, f"{said.button}:\n{link}", *said.advice, HELP, MINISTRY]) + "\n"


def _as_html(said: Message, facts: Facts, link: str) -> str:
    """Styles stand in the elements and the layout is one column: many mail readers know no more."""
    rows = "".join(
        f'<tr><td style="padding:4px 16px 4px 0;color:#575757">{name}</td>'
        f'<td style="padding:4px 0"><strong>{escape(value)}</strong></td></tr>'
        for name, value in facts
    )
    advice = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in said.advice)
    return (
        f'<!doctype html><html lang="es-PE"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(said.subject)}</title></head>"
        f'<body style="margin:0;padding:16px;background:#fff;color:#1d1d1d;font:17px/1.5 sans-serif">'
        f'<div style="max-width:560px;margin:0 auto">'
        f'<p style="margin:0 0 24px;padding:12px 0;border-top:6px solid #b5121f;border-bottom:1px solid #d5d3d1">'
        f"<strong>Constancia de logros de aprendizaje</strong></p>"
        f"<p>Hola:</p><p>{escape(said.news)}</p>"
        f'<table role="presentation" style="border-collapse:collapse">{rows}</table>'
        f'<p style="margin:24px 0"><a href="{escape(link)}" style="display:inline-block;padding:12px 24px;'
        f'border-radius:4px;background:#b5121f;color:#fff;font-weight:bold;text-decoration:none">'
        f"{said.button}</a></p>"
        f"{advice}"
        f'<p style="margin-top:32px;padding-top:16px;border-top:1px solid #d5d3d1;color:#575757">'
        f"{HELP}<br>{MINISTRY}</p>"
        f"</div></body></html>"
    )


def _words_of_issue(_certificate: Certificate) -> Message:
    return Message(
        "Tu constancia de logros de aprendizaje",
        "La constancia de logros de aprendizaje que se pidió con este correo ya está lista.",
        "Ver y descargar la constancia",
        (
            "Te pediremos el número de DNI del estudiante. Guarda este correo: con él puedes descargarla otra vez, "
            "compartirla y ver cuándo se verificó.",
            "Si no la pediste, no tienes que hacer nada: sin el DNI del estudiante nadie puede verla.",
        ),
    )


def _words_of_supersession(certificate: Certificate) -> Message:
    day = written_day(certificate.superseded_on or certificate.issued_at.date())
    return Message(
        "Hay una constancia nueva en lugar de",
        f"Esta constancia de logros de aprendizaje fue reemplazada: el {day} se emitió otra del mismo nivel que dice "
        "algo distinto, por ejemplo una nota corregida.",
        "Ver la constancia anterior",
        (
            "La anterior sigue siendo auténtica, pero quien la verifique leerá que fue reemplazada. "
            "Si alguien te la pide, entrega la nueva.",
            "Si nadie de tu familia pidió la nueva, avísanos.",
        ),
    )


def _words_of_annulment(certificate: Certificate) -> Message:
    day = written_day(certificate.annulled_on or certificate.issued_at.date())
    return Message(
        "Se anuló la constancia",
        f"Esta constancia de logros de aprendizaje fue anulada el {day} y ya no tiene validez. "
        f"Motivo: {certificate.annulment_reason}",
        "Ver el estado de la constancia",
        ("Quien la verifique leerá que está anulada y no verá las notas. Puedes solicitar otra, es gratis.",),
    )


_WORDS: dict[str, Callable[[Certificate], Message]] = {
    ISSUED: _words_of_issue,
    SUPERSEDED: _words_of_supersession,
    ANNULLED: _words_of_annulment,
}
