"""The audit of the public log: it is read as everybody may read it, and held against the certificates both ways.

Millions of certificates take longer than one run of a function may. So an audit stops between two pages of certificates
when it is told to, and goes on from there later, against the same checkpoint.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from constancia.fields import Fields
from constancia.public_log.checkpoint import Checkpoint, Verifier, believed
from constancia.public_log.entries import LogEvent
from constancia.public_log.tiles import WIDTH, Tree, path_of, read_bundle, tiles_of

CHECKPOINT, TILE, ROOT, FORKED = "checkpoint", "tile", "root", "forked"
ROW_WITHOUT_ENTRY, ENTRY_WITHOUT_ROW, ROW_SAYS_ELSE = "row_without_entry", "entry_without_row", "row_says_else"
"""What an audit finds."""
MOST_KEPT = 1000
"""Findings that are kept; their number tells the rest."""
BUNDLES = 64
"""Bundles of entries that are read together."""
PATIENCE = 60.0
"""Seconds after which an event must be in the log."""


class Finding(NamedTuple):
    """Something that is not as it must be."""

    what: str
    where: str
    """A path of the log, an index in it, or the key of an event."""


class Record(NamedTuple):
    """A certificate as an audit sees it."""

    virtual_code: str
    events: tuple[LogEvent, ...]
    """What the log is to have of it."""
    sound: bool
    """Whether the record says what its attestation says, and nothing happened to it that is not among the events."""


class PublicFiles(Protocol):
    """The files of the log."""

    def checkpoint(self) -> str | None:
        """The signed note of the checkpoint, or None before the first."""
        ...

    def read_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Tiles and bundles, in the order of their paths; None for each that is not there."""
        ...


class Audit(NamedTuple):
    """How far an audit has come, and what it found."""

    note: str
    """The signed note of the checkpoint against which it holds the certificates; empty if there is none."""
    size: int = 0
    """Entries of the log at that checkpoint."""
    records: int = 0
    """Certificates compared so far."""
    cursor: str | None = None
    """The virtual code after which it goes on."""
    seen: bytes = b""
    """A byte for each entry: 1 once a certificate was found that it is about."""
    findings: tuple[Finding, ...] = ()
    """The first of them, at most `MOST_KEPT`."""
    found: int = 0
    """How many there are."""
    finished: bool = False

    def with_findings(self, more: Iterable[Finding]) -> "Audit":
        """The same audit with further findings."""
        new = list(more)
        return self._replace(findings=(*self.findings, *new)[:MOST_KEPT], found=self.found + len(new))


NAME = re.compile(r"[0-9A-Za-z-]{1,40}")


def read_command(command: dict[str, Any], moment: datetime) -> tuple[str, str | None]:
    """The audit that a command is about, and a checkpoint that somebody kept.

    Args:
        command: a JSON object, which may have `audit`, a name, and `seen`, a signed note. Without a name the month's
            audit (`2026-11`) is meant.
        moment: Lima time.

    Raises:
        InvalidFields: one of them is none.
    """
    fields = Fields(command)
    name = fields.matching("audit", NAME) if fields.has("audit") else f"{moment:%Y-%m}"
    seen = fields.of_type("seen", str) if fields.has("seen") else None
    fields.check()
    return name, seen


Pages = Callable[[str | None], Iterator[tuple[list[Record], str | None]]]
"""Every issued certificate after a virtual code, page by page; each with the code after which the next one begins."""


def audit(
    files: PublicFiles,
    verifiers: Sequence[Verifier],
    pages: Pages,
    indexes: Callable[[Iterable[str]], dict[str, int]],
    wait: Callable[[float], object],
    *,
    earlier: str | None = None,
    before: Audit | None = None,
    more: Callable[[], bool] = lambda: True,
) -> Audit:
    """Reads the whole log, and certificates until it is told to stop.

    Args:
        files: the log.
        verifiers: the keys of the log; one of them has signed the checkpoint.
        pages: the certificates, read after the log.
        indexes: the indexes of events in the log, by their keys; without those that are not in it.
        wait: passes some seconds, after which events that are not in the log are looked for once more.
        earlier: the signed note of a checkpoint that somebody kept; the log must still hold all of its tree.
        before: the audit as it was left, to be gone on with.
        more: whether there is time for another page.
    """
    done = before or Audit(files.checkpoint() or "")
    checkpoint = believed(done.note, verifiers)
    wrong, entries = [Finding(CHECKPOINT, "checkpoint")], list[bytes]()
    if checkpoint is not None:
        entries, wrong = _entries(files, checkpoint)
    if earlier and not _holds(entries, believed(earlier, verifiers)):
        wrong.append(Finding(FORKED, "checkpoint"))
    # The log is read in every run; what was found of it before is not found again.
    done = done._replace(size=len(entries)).with_findings(one for one in wrong if one not in done.findings)
    seen = bytearray(done.seen or len(entries))
    absent: dict[str, LogEvent] = {}
    for records, cursor in pages(done.cursor):
        found = [Finding(ROW_SAYS_ELSE, record.virtual_code) for record in records if not record.sound]
        events = {event.key: event for record in records for event in record.events}
        placed = indexes(events)
        absent |= {key: event for key, event in events.items() if key not in placed}
        found += _compare(events, placed, entries, seen)
        done = done._replace(cursor=cursor, records=done.records + len(records)).with_findings(found)
        if cursor and not more():
            break
    if absent:
        wait(PATIENCE)
        placed = indexes(absent)
        done = done.with_findings(Finding(ROW_WITHOUT_ENTRY, key) for key in absent if key not in placed)
        done = done.with_findings(_compare(absent, placed, entries, seen))
    if done.cursor:
        return done._replace(seen=bytes(seen))
    unknown = (Finding(ENTRY_WITHOUT_ROW, str(index)) for index, known in enumerate(seen) if not known)
    return done.with_findings(unknown)._replace(finished=True)


def _compare(
    events: dict[str, LogEvent], placed: dict[str, int], entries: list[bytes], seen: bytearray
) -> Iterator[Finding]:
    """What rows and entries say of each other; entries of after the checkpoint that was read are left out."""
    for key, index in placed.items():
        if index >= len(entries):
            continue
        if index < 0 or entries[index] != events[key].entry or seen[index]:
            yield Finding(ROW_SAYS_ELSE, key)
        else:
            seen[index] = 1


def _holds(entries: list[bytes], earlier: Checkpoint | None) -> bool:
    """Whether the first entries are those of an earlier tree."""
    if earlier is None or earlier.size > len(entries):
        return False
    tree, _ = Tree().append(entries[: earlier.size])
    return tree.root == earlier.root


def _entries(files: PublicFiles, checkpoint: Checkpoint) -> tuple[list[bytes], list[Finding]]:
    """The entries of the log up to a checkpoint, and the tiles that are missing or do not follow from them."""
    entries: list[bytes] = []
    findings = []
    tree = Tree()
    # Tiles that are not full are compared where the checkpoint needs them; earlier ones may be gone.
    edge = {path_of(*tile) for tile in tiles_of(checkpoint.size) if tile[-1] < WIDTH}
    bundles = [
        (path_of("entries", index, width), width) for level, index, width in tiles_of(checkpoint.size) if not level
    ]
    for some in (bundles[at : at + BUNDLES] for at in range(0, len(bundles), BUNDLES)):
        expected: dict[str, bytes] = {}
        for (path, width), content in zip(some, files.read_all([path for path, _ in some]), strict=True):
            try:
                bundle = read_bundle(content or b"")
            except ValueError:
                bundle = []
            if len(bundle) != width:
                findings.append(Finding(TILE, path))
                # What nobody can read is nobody's entry; all that follows is still compared.
                bundle = [bytes(32)] * width
            entries += bundle
            tree, tiles = tree.append(bundle)
            expected |= {
                tile: wanted
                for tile, wanted in tiles.items()
                if not tile.startswith("tile/entries/") and (".p/" not in tile or tile in edge)
            }
        there = files.read_all(list(expected))
        findings += (
            Finding(TILE, tile) for tile, found in zip(expected, there, strict=True) if found != expected[tile]
        )
    if tree.root != checkpoint.root:
        findings.append(Finding(ROOT, "checkpoint"))
    return entries, findings
