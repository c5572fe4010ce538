"""Protection against abuse: the proof of a human and the limits of attempts, from the settings."""

from constancia import settings
from constancia.aws import secrets
from constancia.aws.human_proof import Altcha, ChallengeProof, Recaptcha
from constancia.guarding.attempts import DAY, HOUR, Limit, Limiter, Limits

IDENTITY, VERIFICATION = "IDENTITY", "VERIFICATION"
"""The purposes, with which the names of their settings begin."""


class AbuseProtection:
    """The proof of a human and the limiter of one purpose, made with the installation's key."""

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose

    def secret(self) -> bytes:
        """The key of this installation's challenges and counters. It protects nothing that outlives a day."""
        return secrets.counters_key()

    @property
    def human(self) -> ChallengeProof:
        """The proof of a human that this installation asks for."""
        return Recaptcha() if settings.text("HUMAN_PROOF") == "recaptcha" else Altcha(self.secret())

    @property
    def limiter(self) -> Limiter:
        """The counters of attempts, with the limits of this installation."""
        identity = self.purpose == IDENTITY
        limits = Limits(
            target=Limit(settings.number(f"{self.purpose}_FAILURES_TARGET"), DAY),
            most_here=settings.number(f"{self.purpose}_FAILURES_HERE"),
            network=Limit(settings.number(f"{self.purpose}_FAILURES_NETWORK"), HOUR),
            successes=settings.number("REQUESTS_NETWORK") if identity else 0,
            closes=not identity,
        )
        return Limiter(self.purpose, limits, self.secret())
