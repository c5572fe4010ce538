"""The port of the proof that a human asks: what every kind of captcha gives to the service."""

from typing import NamedTuple, Protocol

REQUEST, VERIFICATION = "request", "verification"
ACTIONS = (REQUEST, VERIFICATION)


class Proof(NamedTuple):
    """A proof that holds and can be used once."""

    key: str
    """What to remember so that it is not used again."""
    expires_at: int
    """Unix time after which it would not hold anyway."""


class HumanProof(Protocol):
    """A way to tell people from programs."""

    def check(self, answer: str, action: str) -> Proof:
        """What the client answered, for one action.

        Raises:
            CaptchaFailed: wrong, expired, or made for another action.
        """
        ...
