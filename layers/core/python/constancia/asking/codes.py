"""Confirmation codes (rule 2): six digits, sent to the contact on record, kept as an HMAC."""

import hashlib
import hmac
import secrets
from datetime import datetime, time, timedelta
from typing import NamedTuple, Protocol

from constancia import lima
from constancia.contact import Destination
from constancia.guarding.attempts import Attempt, Counter

DIGITS = 6
LIFETIME = timedelta(minutes=10)
"""How long a code is good."""
TRIES = 5
"""Wrong answers to one code after which its request is gone."""
RESENDS = 2
"""Further codes of a request after the first one."""


class Confirmation(NamedTuple):
    """What a request that waits for its code keeps."""

    destination: Destination
    code_digest: str
    """The HMAC of the newest code; no other counts."""
    expires_at: int
    """Unix time at which the newest code ends."""
    tries_left: int
    resends_left: int
    attempt: Attempt
    """The identity check, counted as a failure until the code is given."""


class CodeSender(Protocol):
    """The mail and the SMS service, for codes."""

    def send(self, destination: Destination, code: str) -> bool:
        """Sends a code, once; False if the service said no. A code that may have left counts as sent."""
        ...


class ConfirmationCodes:
    """Draws codes and recognises them. Only HMACs are kept, of codes as of contacts."""

    def __init__(self, secret: bytes, most_a_day: int) -> None:
        self.secret = secret
        self.most_a_day = most_a_day
        """Codes to one contact."""

    def draw(
        self, request_id: str, destination: Destination, attempt: Attempt, moment: datetime, resends_left: int = RESENDS
    ) -> tuple[str, Confirmation]:
        """A new code, and what its request keeps of it; `moment` is Lima time."""
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        ends_at = int((moment + LIFETIME).timestamp())
        digest = self._digest("code", f"{request_id}#{code}")
        return code, Confirmation(destination, digest, ends_at, TRIES, resends_left, attempt)

    def matches(self, request_id: str, confirmation: Confirmation, code: str, moment: datetime) -> bool:
        """Whether a code is the newest one of its request, and in time. Wrong ones all take the same time."""
        same = hmac.compare_digest(self._digest("code", f"{request_id}#{code}"), confirmation.code_digest)
        return same and moment.timestamp() < confirmation.expires_at

    def counter(self, destination: Destination, moment: datetime) -> Counter:
        """The counter of the codes to a contact on the Lima day of a moment."""
        day = moment.date()
        midnight = datetime.combine(day + timedelta(1), time.min, lima.LIMA)
        name = self._digest("contact", f"{destination.channel}#{destination.address.casefold()}")
        return Counter(f"codes#{name}#{day}", self.most_a_day, int(midnight.timestamp()))

    def _digest(self, kind: str, value: str) -> str:
        return hmac.new(self.secret, f"confirmation#{kind}#{value}".encode(), hashlib.sha256).hexdigest()


SUBJECT = "Tu código para solicitar la constancia"


def write_email(code: str) -> str:
    """The text of the e-mail with a code. It names nobody: it may reach whoever reads the family's mail."""
    return (
        f"Tu código es {code}\n\n"
        f"Sirve para continuar con la solicitud de la constancia de logros de aprendizaje. Vence en 10 minutos.\n"
        f"No lo compartas con nadie.\n"
    )


def write_sms(code: str) -> str:
    """The text of the SMS with a code, without accented vowels: with them it would cost as two."""
    use = f"Minedu: escribe {code} para continuar con la solicitud de tu constancia."
    return f"{use} Vence en 10 minutos. No lo compartas."
