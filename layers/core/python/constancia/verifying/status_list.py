"""The status list: which certificates were annulled or superseded, for who verifies without a network.

It names certificates by serial number, which their signed data hold and which opens nothing. It is signed by a
key of its own; docs/decisions/086-status-list.md has its form and its size.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol

from constancia.attesting import cose
from constancia.attesting.cbor import NotCbor, decode, encode
from constancia.attesting.claims import ISSUED_AT, NotAttested
from constancia.attesting.p256 import PublicKey
from constancia.event_log import CERTIFICATE_ANNULLED
from constancia.lima import LIMA

AS_OF = ISSUED_AT
"""The claim of CWT with a moment, in Unix seconds."""
STATUS_LIST = -65538
"""The private claim with the rest; an attestation has another one."""
MOST_SUPERSEDED = 80_000
"""Superseded certificates that the list names: the newest ones. Beside a thousandth of annulled ones of eight million
certificates they fit into 120 kilobytes wherever their numbers lie."""
LATE = timedelta(hours=1)
"""How long after its moment an event may still be written; a run of a function takes seconds."""


class StatusList(NamedTuple):
    """Serial numbers by state, as of a moment."""

    moment: datetime
    """Lima time: what was known when it was made."""
    since: datetime
    """Lima time: it knows nothing of certificates that were issued before."""
    annulled: frozenset[int]
    superseded: frozenset[int]
    """Without those that are annulled too."""
    superseded_from: int = 0
    """The serial number from which on it names every superseded certificate."""


class StateChanges(Protocol):
    """The event log."""

    def state_changes(self, since: datetime, until: datetime) -> Iterable[tuple[str, str]]:
        """Each supersession and annulment from a moment on: the name of its event, the virtual code."""
        ...


class SerialNumbers(Protocol):
    """The certificates."""

    def serial_numbers(self, codes: Iterable[str]) -> Iterable[int]:
        """The serial numbers of certificates by their virtual codes, in no order."""
        ...


class PublishedList(Protocol):
    """Where everybody reads the list."""

    def read(self) -> bytes | None:
        """The list that is published, or None before the first."""
        ...

    def publish(self, document: bytes) -> None:
        """Puts a list in its place."""
        ...


def renew(
    moment: datetime,
    *,
    since: datetime | None,
    published: PublishedList,
    events: StateChanges,
    certificates: SerialNumbers,
    keys: Mapping[bytes, PublicKey],
    attest: Callable[[bytes], bytes],
) -> StatusList:
    """Publishes the list as of a moment: the one before, and what happened since. What it names, it names for good.

    Args:
        moment: Lima time.
        since: Lima time; the list is made anew from there on. Without it the published one goes on, or the first begins
            now, and knows nothing of earlier certificates.
        published: the list that everybody reads; doing the same again publishes the same.
        events: the event log.
        certificates: the certificates.
        keys: the public keys of the status list.
        attest: signs a payload: the COSE_Sign1.

    Raises:
        NotAttested: what is published is not what this service signed.
    """
    moment = moment.replace(microsecond=0)
    document = None if since else published.read()
    first = since or moment
    before = read(document, keys) if document else StatusList(first, first, frozenset(), frozenset())
    annulled, superseded = set[str](), set[str]()
    for name, code in events.state_changes(before.moment - LATE, moment):
        (annulled if name == CERTIFICATE_ANNULLED else superseded).add(code)
    renewed = before._replace(
        moment=moment,
        annulled=before.annulled.union(certificates.serial_numbers(annulled)),
        superseded=before.superseded.union(certificates.serial_numbers(superseded)),
    )
    renewed = _cut(renewed)
    published.publish(write(renewed, attest))
    return renewed


def _cut(found: StatusList) -> StatusList:
    """Without the oldest superseded ones, if there are more than the list names."""
    superseded = sorted(number for number in found.superseded - found.annulled if number >= found.superseded_from)
    if len(superseded) > MOST_SUPERSEDED:
        superseded = superseded[-MOST_SUPERSEDED:]
        found = found._replace(superseded_from=superseded[0])
    return found._replace(superseded=frozenset(superseded))


def write(found: StatusList, attest: Callable[[bytes], bytes]) -> bytes:
    """The document of a list: CBOR of its signed head, and of the numbers whose SHA-256 is in the head."""
    numbers = [len(found.annulled), *_differences(found.annulled), *_differences(found.superseded)]
    packed = zlib.compress(b"".join(map(_leb128, numbers)), zlib.Z_BEST_COMPRESSION)
    said = [int(found.since.timestamp()), found.superseded_from, hashlib.sha256(packed).digest()]
    return encode([attest(encode({AS_OF: int(found.moment.timestamp()), STATUS_LIST: said})), packed])


def read(document: bytes, keys: Mapping[bytes, PublicKey]) -> StatusList:
    """The list of a document: the inverse of `write`.

    Raises:
        NotAttested: none of the keys has signed it.
    """
    try:
        head, packed = decode(document)
        said = decode(cose.check(head, keys))
        since, superseded_from, digest = said[STATUS_LIST]
        if hashlib.sha256(packed).digest() != digest:
            raise NotAttested("another list than the one that was signed")
    except (NotCbor, ValueError, TypeError, KeyError) as error:
        raise NotAttested("no status list") from error
    count, *differences = _numbers(zlib.decompress(packed))
    return StatusList(
        _lima(said[AS_OF]),
        _lima(since),
        frozenset(_sums(differences[:count])),
        frozenset(_sums(differences[count:])),
        superseded_from,
    )


def _lima(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, LIMA)


def _differences(numbers: Iterable[int]) -> Iterator[int]:
    """How much each number is more than the one before, the first more than 0."""
    return (after - before for before, after in pairwise([0, *sorted(numbers)]))


def _sums(differences: Iterable[int]) -> Iterator[int]:
    sum_ = 0
    for difference in differences:
        sum_ += difference
        yield sum_


def _leb128(number: int) -> bytes:
    """A number, seven bits a byte, the lowest first; the highest bit says that more follow."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))


def _numbers(data: bytes) -> Iterator[int]:
    """The inverse of `_leb128`, number after number."""
    number = place = 0
    for byte in data:
        number |= (byte & 0x7F) << place
        place += 7
        if byte <= 0x7F:
            yield number
            number = place = 0
