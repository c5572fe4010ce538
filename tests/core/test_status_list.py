"""The status list: what it names, whom it believes, and what it weighs."""

import random
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from constancia.attesting import cose
from constancia.attesting.cbor import decode, encode
from constancia.attesting.claims import NotAttested, unpack
from constancia.event_log import CERTIFICATE_ANNULLED, CERTIFICATE_SUPERSEDED
from constancia.lima import LIMA
from constancia.verifying import status_list
from constancia.verifying.status_list import LATE, StatusList, read, renew, write
from hypothesis import given
from hypothesis import strategies as st

from tests.attesting.signing import SigningKey

KEY, OTHER = SigningKey(), SigningKey()
KEYS = {KEY.kid: KEY.public}
NOON = datetime(2026, 11, 24, 12, tzinfo=LIMA)
DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "086-status-list.md"
LARGEST = 120_000
NATION, ANNULLED = 8_000_000, 8_000


def attest(payload: bytes, key: SigningKey = KEY) -> bytes:
    return cose.attest(key.kid, payload, key.sign)


class Happened:
    """The event log, the certificates and the published list, in memory; a code is a serial number in words."""

    def __init__(self) -> None:
        self.events: list[tuple[datetime, str, str]] = []
        self.document: bytes | None = None

    def happen(self, name: str, number: int, moment: datetime = NOON) -> None:
        self.events.append((moment, name, str(number)))

    def state_changes(self, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
        return ((name, code) for moment, name, code in self.events if since <= moment <= until)

    def serial_numbers(self, codes: Iterable[str]) -> Iterator[int]:
        return map(int, codes)

    def read(self) -> bytes | None:
        return self.document

    def publish(self, document: bytes) -> None:
        self.document = document

    def renew(self, moment: datetime = NOON, since: datetime | None = None) -> StatusList:
        return renew(moment, since=since, published=self, events=self, certificates=self, keys=KEYS, attest=attest)


numbers = st.frozensets(st.integers(1, 99_999_999), max_size=300)


@given(numbers, numbers, st.integers(0, 99_999_999))
def test_a_list_comes_back_as_it_was_written(annulled: frozenset[int], superseded: frozenset[int], first: int) -> None:
    written = StatusList(NOON, NOON - timedelta(days=9), annulled, superseded, first)
    assert read(write(written, attest), KEYS) == written


def test_what_was_annulled_or_superseded_is_in_the_list_for_good() -> None:
    world = Happened()
    assert world.renew() == StatusList(NOON, NOON, frozenset(), frozenset())
    world.happen(CERTIFICATE_ANNULLED, 16)
    world.happen(CERTIFICATE_SUPERSEDED, 17)
    world.happen(CERTIFICATE_SUPERSEDED, 16)
    later = NOON + timedelta(hours=1)
    assert world.renew(later) == StatusList(later, NOON, frozenset({16}), frozenset({17}))
    world.events.clear()
    assert world.renew(later + timedelta(days=9)).annulled == {16}


def test_an_event_that_was_written_late_is_not_missed() -> None:
    world = Happened()
    world.renew()
    world.happen(CERTIFICATE_ANNULLED, 16, NOON - LATE)
    assert world.renew(NOON + timedelta(hours=1)).annulled == {16}


def test_a_list_that_is_lost_begins_anew_and_says_of_what_it_knows_nothing() -> None:
    world = Happened()
    world.happen(CERTIFICATE_ANNULLED, 16, NOON - timedelta(days=40))
    world.renew(NOON - timedelta(days=50))
    world.document = None
    assert world.renew() == StatusList(NOON, NOON, frozenset(), frozenset())
    since = NOON - timedelta(days=50)
    assert world.renew(since=since) == StatusList(NOON, since, frozenset({16}), frozenset())


def test_the_newest_superseded_ones_are_named_and_from_which_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_list, "MOST_SUPERSEDED", 2)
    world = Happened()
    world.renew()
    for number in (3, 9, 5):
        world.happen(CERTIFICATE_SUPERSEDED, number)
    found = world.renew()
    assert (set(found.superseded), found.superseded_from) == ({5, 9}, 5)
    world.happen(CERTIFICATE_SUPERSEDED, 4)
    assert world.renew().superseded == {5, 9}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        encode([1, 2]),
        encode([attest(encode({6: 1, -65538: [1, 2]})), b""]),
        encode([attest(encode({6: 1})), b""]),
        write(StatusList(NOON, NOON, frozenset({1}), frozenset()), lambda payload: attest(payload, OTHER)),
        encode([decode(write(StatusList(NOON, NOON, frozenset({1}), frozenset()), attest))[0], b"another list"]),
    ],
    ids=["nothing", "no list", "a short head", "an attestation's claim alone", "another key", "other numbers"],
)
def test_what_nobody_signed_is_no_list_and_nothing_is_published_over_it(document: bytes) -> None:
    world = Happened()
    world.document = document or b"-"
    with pytest.raises(NotAttested):
        world.renew()
    assert world.document == (document or b"-")


def test_the_head_of_a_list_is_no_attestation() -> None:
    head = decode(write(StatusList(NOON, NOON, frozenset({1}), frozenset()), attest))[0]
    with pytest.raises(NotAttested):
        unpack(cose.check(head, KEYS))


def test_it_names_a_thousandth_of_eight_million_in_less_than_120_kilobytes() -> None:
    """As many superseded ones as it names, scattered as widely as they can be; the decision has the same figures."""
    chance = random.Random(20261124)  # noqa: S311 the same each time
    annulled, superseded = (
        frozenset(chance.sample(range(1, NATION + 1), count)) for count in (ANNULLED, status_list.MOST_SUPERSEDED)
    )
    without, all_ = (
        len(write(StatusList(NOON, NOON, annulled, others), attest)) for others in (frozenset[int](), superseded)
    )
    assert without < all_ < LARGEST
    said = [int(figure.replace(",", "")) for figure in re.findall(r"\*\*([\d,]+) bytes\*\*", DECISION.read_text())]
    # Builds of zlib differ by a little.
    assert said == pytest.approx([without, all_], rel=0.01)
