"""How guessing is bounded (rule 3): counters of failed attempts with an end, reserved before anything is evaluated.

Whoever fails too often at one student from one network must wait; so must everybody at that student once many networks
have failed there, and every student asked for from a network that fails at many. A success gives back what it reserved,
so honest people never use the limits up, and nobody's failures at one student count against another.
"""

import hashlib
import hmac
import ipaddress
from typing import NamedTuple, Protocol

from constancia.human_proof import Proof

DAY = 24 * 3600
HOUR = 3600
_NAME = 16
"""Hexadecimal digits that tell the networks of one target apart."""


class Limit(NamedTuple):
    """So many failures in so many seconds."""

    most: int
    window: int


class Limits(NamedTuple):
    """The limits of one kind of attempt."""

    target: Limit
    """At one target from all networks together."""
    most_here: int
    """Of these from one network. Fewer, so that one network alone cannot use up a target's."""
    network: Limit
    """From one network at all targets. Large: a school or a telephone company is one network."""


class Counter(NamedTuple):
    """One counter in its present window."""

    key: str
    most: int
    ends_at: int
    """Unix time at which the window ends and the counter with it."""
    network: str = ""
    """The name under which a target's counter also counts those of the viewer's network by themselves."""
    most_here: int = 0
    """Of those."""


class Attempt(NamedTuple):
    """What is counted before anything is evaluated."""

    counters: tuple[Counter, ...]
    proof: Proof
    """No other attempt has it."""


class Reservations(Protocol):
    """Where attempts are counted."""

    def reserve(self, attempt: Attempt) -> None:
        """Spends the proof and counts the attempt, both or neither.

        Raises:
            CaptchaFailed: the proof was used before.
            TooManyAttempts: a counter is at its limit.
        """
        ...


def network_of(address: str) -> str:
    """The network that counts as one guesser: the IPv4 address, or the /64 that an IPv6 customer gets."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    # A gateway that listens on both may write an IPv4 address within IPv6; all of those are one /64.
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class Guard:
    """Names the counters of an attempt. Keys are HMACs: the store never sees a document number or an address."""

    def __init__(self, purpose: str, limits: Limits, secret: bytes) -> None:
        self.purpose = purpose
        self.limits = limits
        self.secret = secret

    def counters(self, target: str, network: str, moment: int, *, also: str | None = None) -> tuple[Counter, ...]:
        """The counters to reserve before an attempt.

        Args:
            target: the student's document number.
            network: the viewer's network, see `network_of`.
            moment: Unix time.
            also: a second target, limited as the first is, such as the virtual code.
        """
        counters = [self._counter("network", network, self.limits.network, moment)]
        for kind, value in (("target", target), ("also", also)):
            if value is not None:
                counter = self._counter(kind, value, self.limits.target, moment)
                here = self._name(f"{kind} here", f"{value}@{network}")[:_NAME]
                counters.append(counter._replace(network=here, most_here=self.limits.most_here))
        return tuple(counters)

    def _counter(self, kind: str, value: str, limit: Limit, moment: int) -> Counter:
        window = moment // limit.window
        return Counter(f"{kind}#{self._name(kind, value)}#{window}", limit.most, (window + 1) * limit.window)

    def _name(self, kind: str, value: str) -> str:
        return hmac.new(self.secret, f"{self.purpose}#{kind}#{value}".encode(), hashlib.sha256).hexdigest()
