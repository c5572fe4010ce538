"""What stands before every guess: the proof of a human and the counters of failures, set up from the settings."""

import hashlib
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import cache
from typing import Any, Protocol

from altcha.v2 import Payload, create_challenge, verify_solution

from constancia import settings
from constancia.attempts import DAY, HOUR, Guard, Limit, Limits
from constancia.aws.dynamodb import Attempts
from constancia.errors import CaptchaFailed, TemporarilyUnavailable
from constancia.human_proof import HumanProof, Proof

CHALLENGE_LIFETIME = 20 * 60
"""Seconds a person may take between asking for a challenge and sending the form."""

RECAPTCHA_LIFETIME = 2 * 60
RECAPTCHA_TIMEOUT = 3
"""Seconds; Google keeps an answer for two minutes."""

LARGEST_ANSWER = 64 * 1024


class Challenger(HumanProof, Protocol):
    """A proof of a human that begins with something the browser asks for."""

    def challenge(self, action: str) -> dict[str, Any]:
        """What the browser needs in order to prove its human, for one action."""
        ...


class Altcha:
    """ALTCHA v2: the browser works for about a second. Signed, bound to its action, kept only once it is used."""

    def __init__(self, secret: bytes) -> None:
        self.signing = hashlib.sha256(b"altcha challenge" + secret).hexdigest()
        self.solving = hashlib.sha256(b"altcha solution" + secret).hexdigest()

    def challenge(self, action: str) -> dict[str, Any]:
        """A new challenge, good for one action, once, for 20 minutes."""
        made = create_challenge(
            "PBKDF2/SHA-256",
            settings.number("ALTCHA_COST"),
            counter=1 + secrets.randbelow(settings.number("ALTCHA_NUMBERS")),
            expires_at=int(time.time()) + CHALLENGE_LIFETIME,
            data={"for": action},
            hmac_secret=self.signing,
            hmac_key_secret=self.solving,
        )
        return made.to_dict()

    def check(self, answer: str, action: str) -> Proof:
        """The proof in a solved challenge. Its key is the signature: the same challenge written otherwise is the same.

        Raises:
            CaptchaFailed: not ours, not solved, expired, or made for another action.
        """
        try:
            payload = Payload.from_base64(answer)
            result = verify_solution(payload, self.signing, hmac_key_secret=self.solving)
            parameters = payload.challenge.parameters
            if result.verified and parameters.data == {"for": action}:
                return Proof(str(payload.challenge.signature), int(parameters.expires_at or 0))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CaptchaFailed from error
        raise CaptchaFailed


class Recaptcha:
    """Google's reCAPTCHA v2, checked at its own address."""

    def challenge(self, action: str) -> dict[str, Any]:
        """The key of the site; Google's script does the rest. The action is bound by the page that shows it."""
        return {"provider": "recaptcha", "site_key": settings.text("RECAPTCHA_SITE_KEY"), "for": action}

    def check(self, answer: str, action: str) -> Proof:
        """The proof in an answer that Google confirms, for our host.

        Raises:
            CaptchaFailed: Google does not confirm it, or for another host.
            TemporarilyUnavailable: Google does not answer.
        """
        question = urllib.parse.urlencode({"secret": settings.text("RECAPTCHA_SECRET"), "response": answer}).encode()
        try:
            with urllib.request.urlopen(  # noqa: S310 the address is the operator's setting
                settings.text("RECAPTCHA_URL"), question, timeout=RECAPTCHA_TIMEOUT
            ) as reply:
                verdict = json.loads(reply.read(LARGEST_ANSWER))
        except (OSError, ValueError) as error:
            raise TemporarilyUnavailable from error
        confirmed = isinstance(verdict, dict) and verdict.get("success") is True
        if not confirmed or verdict.get("hostname") != settings.text("RECAPTCHA_HOST"):
            raise CaptchaFailed
        return Proof(hashlib.sha256(answer.encode()).hexdigest(), int(time.time()) + RECAPTCHA_LIFETIME)


class Gate:
    """The captcha and the guard of one purpose; the key of both is fetched on first use and kept."""

    def __init__(self, purpose: str, attempts: Attempts) -> None:
        self.purpose = purpose
        self.attempts = attempts
        self.secret = cache(attempts.secret)

    @property
    def human(self) -> Challenger:
        """The proof of a human that this installation asks for."""
        return Recaptcha() if settings.text("HUMAN_PROOF") == "recaptcha" else Altcha(self.secret())

    @property
    def guard(self) -> Guard:
        """The counters of failed attempts, with this installation's limits."""
        limits = Limits(
            target=Limit(settings.number(f"{self.purpose}_FAILURES_TARGET"), DAY),
            most_here=settings.number(f"{self.purpose}_FAILURES_HERE"),
            network=Limit(settings.number(f"{self.purpose}_FAILURES_NETWORK"), HOUR),
        )
        return Guard(self.purpose, limits, self.secret())
