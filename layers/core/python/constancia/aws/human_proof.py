"""The proofs of a human that an installation can ask for: ALTCHA and reCAPTCHA."""

import hashlib
import json
import time
import urllib.parse
import urllib.request
from http import HTTPStatus
from secrets import randbelow
from typing import Any, Protocol

from altcha.v2 import Payload, create_challenge, verify_solution

from constancia import settings
from constancia.aws import secrets
from constancia.aws.http import fetch
from constancia.errors import CaptchaFailed, TemporarilyUnavailable
from constancia.guarding.human_proof import HumanProof, Proof

CHALLENGE_LIFETIME = 20 * 60
"""Seconds a person may take between asking for a challenge and sending the form."""

RECAPTCHA_LIFETIME = 2 * 60
RECAPTCHA_TIMEOUT = 3
"""Seconds; Google keeps an answer for two minutes."""

LARGEST_ANSWER = 64 * 1024


class ChallengeProof(HumanProof, Protocol):
    """A proof of a human that begins with a challenge, which the browser asks for."""

    def challenge(self, action: str) -> dict[str, Any]:
        """What the browser needs for the proof, for one action."""
        ...


class Altcha:
    """ALTCHA v2: a challenge of about a second of work, signed, bound to its action, and kept only once it is used."""

    def __init__(self, secret: bytes) -> None:
        self.signing = hashlib.sha256(b"altcha challenge" + secret).hexdigest()
        self.solving = hashlib.sha256(b"altcha solution" + secret).hexdigest()

    def challenge(self, action: str) -> dict[str, Any]:
        """A new challenge, good for one action, once, for 20 minutes."""
        made = create_challenge(
            "PBKDF2/SHA-256",
            settings.number("ALTCHA_COST"),
            counter=1 + randbelow(settings.number("ALTCHA_NUMBERS")),
            expires_at=int(time.time()) + CHALLENGE_LIFETIME,
            data={"for": action},
            hmac_secret=self.signing,
            hmac_key_secret=self.solving,
        )
        return made.to_dict()

    def check(self, answer: str, action: str) -> Proof:
        """The proof in a solved challenge. Its key is the signature, the same however the challenge is encoded.

        Raises:
            CaptchaFailed: the challenge is not ours, not solved, expired, or made for another action.
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
    """Google's reCAPTCHA v2, checked at Google's address."""

    def challenge(self, action: str) -> dict[str, Any]:
        """The key of the site, for Google's script. The page that shows it binds the action."""
        return {"provider": "recaptcha", "site_key": settings.text("RECAPTCHA_SITE_KEY"), "for": action}

    def check(self, answer: str, action: str) -> Proof:
        """The proof in an answer that Google confirms, for our host.

        Raises:
            CaptchaFailed: Google does not confirm it, or for another host.
            TemporarilyUnavailable: Google does not answer.
        """
        secret = next(iter(secrets.values("RECAPTCHA_SECRET")), "")
        try:
            question = urllib.parse.urlencode({"secret": secret, "response": answer}).encode()
        except UnicodeEncodeError as error:  # half of a pair of surrogates, which JSON can write
            raise CaptchaFailed from error
        # The address is the operator's setting.
        asked = urllib.request.Request(settings.text("RECAPTCHA_URL"), question)  # noqa: S310
        status, reply = fetch(asked, RECAPTCHA_TIMEOUT, LARGEST_ANSWER)
        try:
            verdict = json.loads(reply)
        except ValueError as error:
            raise TemporarilyUnavailable from error
        if status != HTTPStatus.OK:
            raise TemporarilyUnavailable
        confirmed = isinstance(verdict, dict) and verdict.get("success") is True
        if not confirmed or verdict.get("hostname") != settings.text("RECAPTCHA_HOST"):
            raise CaptchaFailed
        return Proof(hashlib.sha256(answer.encode()).hexdigest(), int(time.time()) + RECAPTCHA_LIFETIME)
