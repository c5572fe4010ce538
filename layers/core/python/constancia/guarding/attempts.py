"""How guessing is bounded (rule 3): counters of failed attempts, and of successes, under names that tell nobody.

An attempt is counted at its target before anything is evaluated, and given back when it succeeds: failures at one
target are limited from one network and from all networks together, and do not count against another target. What a
network does at everybody is read before an attempt is evaluated and counted after it, by a plain write: a telephone
company is one network, and an item that all of its customers' transactions changed would make them wait for each other.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, Protocol

from constancia import lima
from constancia.errors import Refusal, TemporarilyUnavailable
from constancia.guarding.human_proof import Proof

DAY = 24 * 3600
HOUR = 3600
_LIMA = int(lima.LIMA.utcoffset(None).total_seconds())
"""Seconds between Lima's midnight and that of Unix time: a day of the counters is one in Lima."""
_NAME = 16
"""Hexadecimal digits that identify a network within the counter of one target."""


class Limit(NamedTuple):
    """A number of failures or successes in a time."""

    most: int
    window: int
    """Seconds."""


class Limits(NamedTuple):
    """The limits of one kind of attempt."""

    target: Limit
    """Failures at one target from all networks together."""
    most_here: int
    """Failures at one target from one network: fewer, so that one network cannot use up the limit of the target."""
    network: Limit
    """Failures from one network at all targets: many, since a school or a telephone company is one network."""
    successes: int = 0
    """Attempts of one network that may succeed in the time of `network`; 0 where successes are not counted."""
    closes: bool = True
    """Whether a target is closed to everybody once all networks together have used up its limit."""


class Counter(NamedTuple):
    """One counter in its present window of time."""

    key: str
    most: int
    ends_at: int
    """Unix time at which the window ends and the counter with it."""
    network: str = ""
    """The attribute in which the counter of a target also counts the failures from the viewer's network alone."""
    most_here: int = 0
    """The limit of the failures from the viewer's network alone."""


class Attempt(NamedTuple):
    """One attempt: at its target it is counted before anything of it is evaluated."""

    proof: Proof
    """The proof of a human that it spends; no other attempt has the same."""
    target: Counter
    """Of what is guessed at."""
    network: Counter
    """Of what the viewer's network does at everybody."""
    most_successes: int = 0
    """The limit of the network's successes, in the same window; 0 where they are not counted."""
    closes: bool = True
    """Whether it is refused where all networks together have used up the target's limit."""
    closed: bool = False
    """Whether they have, and it goes on all the same, for those whom nobody can close."""

    def as_json(self) -> list[Any]:
        """What is kept of it where it is given back later."""
        return [list(self.proof), list(self.target), list(self.network)]

    @classmethod
    def from_json(cls, kept: list[Any]) -> "Attempt":
        """The attempt of what was kept: the inverse of `as_json`, to be given back."""
        proof, target, network = kept
        return cls(Proof(*proof), Counter(*target), Counter(*network))


class Failures(NamedTuple):
    """How often attempts at one target failed, or are not given back yet."""

    everywhere: int
    here: int
    """From the viewer's own network, or by the institution that asks."""


class AttemptRepository(Protocol):
    """The counters of attempts and the spent proofs."""

    def reserve(self, attempt: Attempt) -> Attempt:
        """Spends the proof and counts the attempt at its target; the proof is spent also where a limit refuses.

        Raises:
            CaptchaFailed: the proof was used before.
            TooManyAttempts: the counter of the target is at its limit.
        """
        ...

    def count_failure(self, attempt: Attempt) -> None:
        """Counts an attempt that failed against its network.

        Raises:
            TooManyAttempts: others of the network reached the limit meanwhile; nobody is shown how the attempt ended.
        """
        ...

    def release(self, attempt: Attempt) -> None:
        """Gives an attempt back by itself; a repetition changes nothing."""
        ...


@contextmanager
def given_back_unless_told(attempt: Attempt, repository: AttemptRepository) -> Iterator[None]:
    """Gives an attempt back where an error ends its evaluation: whoever is told to try again has failed nothing.

    A refusal that tells how the attempt ended leaves it counted.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, TemporarilyUnavailable) or not isinstance(error, Refusal):
            with suppress(Exception):  # the error that came first is the one to be told
                repository.release(attempt)
        raise


def network_of(address: str) -> str:
    """The network of an address, which counts as one guesser: an IPv4 address, or the /48 of an IPv6 address.

    A subscriber of IPv6 has a /64, or up to the 65,536 of them in a /48. Both have the same limits, and whatever counts
    against a /64 counts against its /48 as well: so the /48 alone decides, and one counter is kept for both.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    # A gateway that listens on both may write an IPv4 address within IPv6; all of those are one /48.
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 48), strict=False))


class Limiter:
    """The counters of an attempt, with their limits. Their keys are HMACs: no store sees a number or an address."""

    def __init__(self, purpose: str, limits: Limits, secret: bytes) -> None:
        self.purpose = purpose
        self.limits = limits
        self.secret = secret

    def attempt(self, proof: Proof, target: str, network: str, moment: int) -> Attempt:
        """An attempt with its counters.

        Args:
            proof: the proof of a human.
            target: what is guessed at: the student's document number, or a virtual code.
            network: the viewer's network, see `network_of`.
            moment: Unix time.
        """
        return Attempt(
            proof,
            self._counter("target", target, self.limits.target, moment)._replace(
                network=name_of(self.secret, self.purpose, "target here", f"{target}@{network}")[:_NAME],
                most_here=self.limits.most_here,
            ),
            self._counter("network", network, self.limits.network, moment),
            self.limits.successes,
            self.limits.closes,
        )

    def _counter(self, kind: str, value: str, limit: Limit, moment: int) -> Counter:
        return counter_of(f"{kind}#{name_of(self.secret, self.purpose, kind, value)}", limit, moment)


def counter_of(name: str, limit: Limit, moment: int) -> Counter:
    """The counter of that name in the window of a moment.

    Args:
        name: what is counted, and whose it is, see `name_of`.
        limit: the most of it, and the length of the window.
        moment: Unix time.
    """
    window = (moment + _LIMA) // limit.window
    return Counter(f"{name}#{window}", limit.most, (window + 1) * limit.window - _LIMA)


def name_of(secret: bytes, purpose: str, kind: str, value: str) -> str:
    """An HMAC under which a store keeps something of a number or an address without seeing it."""
    return hmac.new(secret, f"{purpose}#{kind}#{value}".encode(), hashlib.sha256).hexdigest()
