"""What the e-mail on a closed correction says: which one, and where to look; nobody's name, and no mark."""

from datetime import datetime
from email.message import EmailMessage

from constancia.certifying.writing import Message, write
from constancia.correction import Correction
from constancia.lima import written_day
from constancia.wording import LEVEL_NAMES

_SAID = Message(
    subject="Cambió la nota que señalaste: solicitud de corrección",
    news="El registro de notas cambió en el lugar que señalaste. Tu solicitud de corrección está cerrada.",
    button="Ver las notas de ahora",
    advice=(
        "Para verlas, empieza una solicitud: las notas aparecen antes de emitir nada. Es gratis.",
        "Si todavía no están bien, señálalo ahí otra vez.",
    ),
)


def compose(correction: Correction, recipient: str, portal_url: str, sender: str) -> EmailMessage:
    """The e-mail on a correction that closed.

    Args:
        correction: the correction.
        recipient: the e-mail address of who asked.
        portal_url: the address of the portal, without a final slash.
        sender: the e-mail address of the sender.
    """
    facts = (
        ("Solicitud de corrección N.°", correction.ticket),
        ("Colegio", correction.school_name),
        ("Nivel y año", f"{LEVEL_NAMES[correction.cell.level]}, {correction.cell.year}"),
        ("Pedida", written_day(datetime.fromisoformat(correction.opened_at).date())),
    )
    said = _SAID._replace(subject=f"{_SAID.subject} {correction.ticket}")
    return write(said, facts, f"{portal_url}/solicitar/", sender, recipient)
