"""The audit of the public log: it is read as everybody may read it, and held against the certificates both ways."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from constancia.errors import InvalidCheckpoint
from constancia.public_log.checkpoint import Checkpoint, Verifier, read_checkpoint
from constancia.public_log.entries import LogEvent
from constancia.public_log.tiles import WIDTH, Tree, path_of, read_bundle, tiles_of

CHECKPOINT, TILE, ROOT, FORKED = "checkpoint", "tile", "root", "forked"
ROW_WITHOUT_ENTRY, ENTRY_WITHOUT_ROW, ROW_SAYS_ELSE = "row_without_entry", "entry_without_row", "row_says_else"
"""What an audit finds."""
SOME = 100
"""Records whose indexes are read together."""
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

    def read(self, path: str) -> bytes | None:
        """A tile or bundle, or None."""
        ...


class Audit(NamedTuple):
    """The outcome of an audit."""

    size: int
    records: int
    findings: tuple[Finding, ...]


def audit(
    files: PublicFiles,
    verifiers: Sequence[Verifier],
    records: Iterable[Record],
    indexes: Callable[[Iterable[str]], dict[str, int]],
    wait: Callable[[float], object],
    earlier: str | None = None,
) -> Audit:
    """Reads the whole log and all certificates.

    Args:
        files: the log.
        verifiers: the keys of the log; one of them has signed the checkpoint.
        records: every issued certificate, read after the log.
        indexes: the indexes of events in the log, by their keys; without those that are not in it.
        wait: passes some seconds, after which events that are not in the log are looked for once more.
        earlier: the signed note of a checkpoint that somebody kept; the log must still hold all of its tree.
    """
    findings, entries = [], list[bytes]()
    checkpoint = _checkpoint(files.checkpoint(), verifiers)
    if checkpoint is None:
        findings.append(Finding(CHECKPOINT, "checkpoint"))
    else:
        entries, wrong = _entries(files, checkpoint)
        findings += wrong
    if earlier and not _holds(entries, _checkpoint(earlier, verifiers)):
        findings.append(Finding(FORKED, "checkpoint"))
    seen = bytearray(len(entries))
    absent: dict[str, LogEvent] = {}
    count = 0
    waiting = iter(records)
    while some := list(islice(waiting, SOME)):
        count += len(some)
        findings += (Finding(ROW_SAYS_ELSE, record.virtual_code) for record in some if not record.sound)
        events = {event.key: event for record in some for event in record.events}
        placed = indexes(events)
        absent |= {key: event for key, event in events.items() if key not in placed}
        findings += _compare(events, placed, entries, seen)
    if absent:
        wait(PATIENCE)
        placed = indexes(absent)
        findings += (Finding(ROW_WITHOUT_ENTRY, key) for key in absent if key not in placed)
        findings += _compare(absent, placed, entries, seen)
    findings += (Finding(ENTRY_WITHOUT_ROW, str(index)) for index, known in enumerate(seen) if not known)
    return Audit(len(entries), count, tuple(findings))


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


def _checkpoint(note: str | None, verifiers: Sequence[Verifier]) -> Checkpoint | None:
    for verifier in verifiers:
        try:
            return read_checkpoint(note or "", verifier)
        except InvalidCheckpoint:
            continue
    return None


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
    for level, index, width in tiles_of(checkpoint.size):
        if level:
            break
        path = path_of("entries", index, width)
        try:
            some = read_bundle(files.read(path) or b"")
        except ValueError:
            some = []
        if len(some) != width:
            findings.append(Finding(TILE, path))
            # What nobody can read is nobody's entry; all that follows is still compared.
            some = [bytes(32)] * width
        entries += some
        tree, tiles = tree.append(some)
        findings += (
            Finding(TILE, tile)
            for tile, content in tiles.items()
            if not tile.startswith("tile/entries/") and (".p/" not in tile or tile in edge)
            if files.read(tile) != content
        )
    if tree.root != checkpoint.root:
        findings.append(Finding(ROOT, "checkpoint"))
    return entries, findings
