"""Recovery of the log's state after its table was restored to an earlier moment.

What everybody has read is right, and the table is behind it. So the entries that the table lacks are read from the log,
checked against the checkpoint that the service signed, and become part of the state again. Which events they are, the
log does not say: their indexes are kept by entry, and whoever brings such an event in again finds its place there.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from constancia.errors import LogForked
from constancia.public_log.checkpoint import Verifier, believed
from constancia.public_log.sequencer import LogRepository, LogState
from constancia.public_log.tiles import WIDTH, path_of, read_bundle

MOST_BUNDLES = 40
"""Bundles of entries that one call recovers: ten thousand entries, whose indexes are written in seconds."""


class PublishedFiles(Protocol):
    """The files of the log."""

    def read_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Tiles and bundles, in the order of their paths; None for each that is not there."""
        ...

    def store(self, path: str, content: bytes) -> None:
        """Stores a tile or bundle, once.

        Raises:
            LogForked: another one is stored under that path.
        """
        ...


def recover(
    note: str | None, verifiers: Sequence[Verifier], *, log: LogRepository, files: PublishedFiles
) -> tuple[int, int]:
    """Brings the state on towards what is published; how many entries it recovered, and how many are left.

    Args:
        note: the checkpoint that is published, or None.
        verifiers: the keys of the log; one of them has signed it.
        log: the state and the indexes. Entries that were to come by the restored state are in the log and come again.
        files: the log.

    Raises:
        LogForked: the log did not sign the checkpoint, a bundle is missing or damaged, or they contradict each other.
    """
    if note is None:
        return 0, 0
    checkpoint = believed(note, verifiers)
    if checkpoint is None:
        raise LogForked("checkpoint")
    state = log.state()
    tree = state.tree
    if checkpoint.size <= tree.size + len(state.waiting):
        return 0, 0
    first = tree.size // WIDTH
    end = min(checkpoint.size, (first + MOST_BUNDLES) * WIDTH)
    paths = [path_of("entries", at // WIDTH, min(WIDTH, end - at)) for at in range(first * WIDTH, end, WIDTH)]
    entries: list[bytes] = []
    for path, content in zip(paths, files.read_all(paths), strict=True):
        try:
            entries += read_bundle(content or b"")
        except ValueError as error:
            raise LogForked(path) from error
    if len(entries) != end - first * WIDTH or tuple(entries[: tree.size % WIDTH]) != tree.entries:
        raise LogForked(paths[0])
    missing = entries[tree.size % WIDTH :]
    grown, tiles = tree.append(missing)
    for path, content in tiles.items():
        files.store(path, content)
    if end == checkpoint.size and grown.root != checkpoint.root:
        raise LogForked("checkpoint")
    log.keep_entries({entry: tree.size + place for place, entry in enumerate(missing)})
    # Where the sequencer was faster, the next call sees what is left.
    done = log.advance(LogState(state.version + 1, grown, (), recovered=True))
    return (len(missing), checkpoint.size - end) if done else (0, checkpoint.size - tree.size)
