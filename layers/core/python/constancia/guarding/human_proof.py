"""The proof of a human: what every kind of captcha gives to the service."""

from typing import NamedTuple, Protocol

from constancia.errors import CaptchaFailed
from constancia.fields import Fields

REQUEST, VERIFICATION = "request", "verification"
ACTIONS = (REQUEST, VERIFICATION)
"""What a proof may be for; it is good for one of them."""


class Proof(NamedTuple):
    """A proof of a human that holds and can be used once."""

    key: str
    """What identifies it, so that it is not used again."""
    expires_at: int
    """Unix time after which it does not hold any more."""


class HumanProof(Protocol):
    """A way to tell people from programs."""

    def check(self, answer: str, action: str) -> Proof:
        """The proof in what a client answered, for one action.

        Raises:
            CaptchaFailed: it is wrong, expired, or made for another action.
        """
        ...


def read_captcha(fields: Fields) -> str:
    """The client's answer in the field `captcha`, read last: only right fields get as far as their proof.

    Raises:
        InvalidFields: some other field is missing or wrong.
        CaptchaFailed: there is no answer.
    """
    fields.check()
    captcha = fields.values.get("captcha")
    if not isinstance(captcha, str) or not captcha:
        raise CaptchaFailed
    return captcha
