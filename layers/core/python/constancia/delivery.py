"""The e-mail of an issued certificate: sent once, or reported; the certificate is there to download either way.

Mail cannot be sent "exactly once": when a sender dies in between, nobody knows. The certificate's mail state makes the
choice plain: nobody sends twice, and what may or may not have left ends in the dead-letter queue for an operator.
"""

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

from constancia import event_log
from constancia.event_log import Event
from constancia.issuance import CertificateRecord
from constancia.wording import LEVELS

SENDING, SENT, REFUSED, UNKNOWN = "sending", "sent", "refused", "unknown"
"""The states of a certificate's mail: being sent, sent, refused (nothing left), perhaps sent."""

SENDING_TAKES = 120
"""Seconds after which whoever was sending has ended, one way or another: twice what the function is given."""


class NotSent(Exception):
    """The mail did not go out, or nobody knows whether it did; whoever called tries again or gives up."""


class Refused(Exception):
    """The mail service said no: nothing was sent."""


class MailStates(Protocol):
    """The mail state of each certificate."""

    def claim(self, code: str) -> str | None:
        """Sets the state to `sending` if there is none or it is `refused`; else gives the state that is there."""
        ...

    def settle(self, code: str, state: str, entry: Event) -> None:
        """Sets the state that follows `sending` and writes the event, both or neither."""
        ...


class Postman(Protocol):
    """The mail service."""

    def send(self, message: EmailMessage) -> None:
        """Sends a message, once.

        Raises:
            Refused: nothing was sent.
        """
        ...


def initials(full_name: str) -> str:
    """`ROSA CECILIA DEL ROSAL` as `R. C. D. R.`: enough for the family, nothing for others."""
    return " ".join(f"{word[0]}." for word in full_name.split())


def compose(record: CertificateRecord, verify_url: str, sender: str) -> EmailMessage:
    """The e-mail: a link, never the marks, and initials instead of names."""
    who = initials(record.transcript.student.full_name)
    level = LEVELS[record.transcript.level]
    code = record.virtual_code
    message = EmailMessage()
    message["From"] = sender
    message["To"] = record.email
    message["Subject"] = f"Tu constancia de logros de aprendizaje {code}"
    message.set_content(
        f"Hola:\n\n"
        f"La constancia de logros de aprendizaje de {who} (nivel {level}) ya fue emitida.\n\n"
        f"Código virtual: {code}\n"
        f"Para verla y descargarla, abre este enlace y escribe el número de DNI del estudiante:\n"
        f"{verify_url}\n\n"
        f"Quien reciba la constancia puede verificarla en la misma dirección.\n"
        f"Si no la solicitaste, no tienes que hacer nada: sin el DNI del estudiante nadie puede verla.\n\n"
        f"Ministerio de Educación del Perú\n"
    )
    message.add_alternative(
        f'<!doctype html><html lang="es-PE"><head><meta charset="utf-8"><title>Tu constancia {code}</title></head>'
        f'<body style="font-family:sans-serif;line-height:1.5;color:#1a1a1a">'
        f"<p>Hola:</p><p>La constancia de logros de aprendizaje de <strong>{who}</strong> (nivel {level}) "
        f"ya fue emitida.</p><p>Código virtual: <strong>{code}</strong></p>"
        f'<p><a href="{verify_url}">Ver y descargar la constancia</a></p>'
        f"<p>Te pediremos el número de DNI del estudiante. "
        f"Quien reciba la constancia puede verificarla en la misma dirección.</p>"
        f"<p>Si no la solicitaste, no tienes que hacer nada: sin el DNI del estudiante nadie puede verla.</p>"
        f"<p>Ministerio de Educación del Perú</p></body></html>",
        subtype="html",
    )
    return message


def deliver(
    record: CertificateRecord, moment: datetime, *, states: MailStates, postman: Postman, verify_url: str, sender: str
) -> bool:
    """Sends a certificate's e-mail unless it was sent before; whether this call sent it.

    Raises:
        NotSent: it was refused (a further call tries again), or it may have left before (no call sends it again).
    """
    code = record.virtual_code
    found = states.claim(code)
    if found == SENT:
        return False
    if found == SENDING:
        states.settle(code, UNKNOWN, event_log.event(event_log.MAIL_FAILED, moment, code, reason=UNKNOWN))
    if found is not None:
        raise NotSent(found)
    try:
        postman.send(compose(record, verify_url, sender))
    except Refused as error:
        states.settle(code, REFUSED, event_log.event(event_log.MAIL_FAILED, moment, code, reason=REFUSED))
        raise NotSent(REFUSED) from error
    states.settle(code, SENT, event_log.event(event_log.MAIL_SENT, moment, code))
    return True
