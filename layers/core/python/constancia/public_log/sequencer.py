"""The sequencer: brings events into the public log, each once, whatever fails in between.

The state of the log is one item, changed only by who read its version. First it takes the entries that are to come;
then tiles, checkpoint and the index of each event are written, each time to the same bytes; then the entries are part
of the tree. Whoever meets entries that are still to come finishes them first, so two sequencers do no harm and a crash
at any point heals with the next call.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from constancia.errors import LogForked, TemporarilyUnavailable
from constancia.public_log.entries import LogEvent
from constancia.public_log.tiles import Tree

TRIES = 20
"""Tries of a batch that keeps meeting another sequencer's."""
MOST = 4_000
"""Entries of a batch: with the state of the tree they stay below the 400 KB of an item of DynamoDB."""


class Waiting(NamedTuple):
    """An entry that is to come into the log, and the key of its event."""

    key: str
    entry: bytes


class LogState(NamedTuple):
    """The state of the log."""

    version: int = 0
    """Counts the changes of the state; 0 before the first."""
    tree: Tree = Tree()
    """The tree whose tiles and checkpoint are written."""
    waiting: tuple[Waiting, ...] = ()
    """What comes next, in this order; some of it may be written already."""
    recovered: bool = False
    """Whether some indexes are kept by entry: see `constancia.public_log.recovery`."""


class LogRepository(Protocol):
    """The state of the log, and the index of each event in it."""

    def state(self) -> LogState:
        """The state as the last write left it."""
        ...

    def advance(self, state: LogState) -> bool:
        """Keeps a state in the place of the one of the version before; False if another state took that place."""
        ...

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are in the log."""
        ...

    def keep(self, indexes: dict[str, int]) -> None:
        """Keeps the index of each key; the same again changes nothing."""
        ...

    def recovered(self, entries: Iterable[bytes]) -> dict[bytes, int]:
        """The indexes that are kept by entry, of those of the entries that have one."""
        ...

    def keep_entries(self, indexes: dict[bytes, int]) -> None:
        """Keeps the index of each entry; the same again changes nothing."""
        ...


class LogFiles(Protocol):
    """What everybody may read: tiles, bundles and the checkpoint."""

    def store(self, path: str, content: bytes) -> None:
        """Stores a tile or bundle, once.

        Raises:
            LogForked: another one is stored under that path.
        """
        ...

    def published(self) -> int:
        """The entries of the tree whose checkpoint everybody reads; 0 before the first."""
        ...

    def publish(self, size: int, note: str) -> None:
        """Makes a signed note the checkpoint, unless there is one of a larger tree, or the same cosigned."""
        ...


class Sequencer(NamedTuple):
    """Brings events into the log."""

    log: LogRepository
    files: LogFiles
    sign: Callable[[Tree], str]
    """Gives the signed checkpoint of a tree."""

    def append(self, events: Iterable[LogEvent]) -> int:
        """Brings those of the events into the log that are not in it; gives their number.

        Raises:
            TemporarilyUnavailable: another sequencer was always faster; nothing is lost.
            LogForked: what is stored is not what this log's state says.
        """
        wanted = list({event.key: Waiting(event.key, event.entry) for event in events}.values())
        return sum(self._append(wanted[at : at + MOST]) for at in range(0, len(wanted), MOST))

    def _append(self, wanted: list[Waiting]) -> int:
        for _ in range(TRIES):
            state = self.settle(self.log.state())
            if state is None:
                continue
            known = self.log.known(each.key for each in wanted)
            fresh = tuple(each for each in wanted if each.key not in known)
            if state.recovered:
                placed = self.log.recovered(each.entry for each in fresh)
                self.log.keep({each.key: placed[each.entry] for each in fresh if each.entry in placed})
                fresh = tuple(each for each in fresh if each.entry not in placed)
            if not fresh:
                return 0
            taken = state._replace(version=state.version + 1, waiting=fresh)
            if self.log.advance(taken):
                self.settle(taken)
                return len(fresh)
        raise TemporarilyUnavailable

    def settle(self, state: LogState) -> LogState | None:
        """The state once all that was to come is in the tree; None where another sequencer was faster.

        Raises:
            LogForked: the state is behind what is published, see `constancia.public_log.recovery`.
        """
        if not state.waiting:
            return state
        tree, tiles = state.tree.append([each.entry for each in state.waiting])
        if self.files.published() > tree.size:
            if self.log.state().version == state.version:
                # Nobody went on from this state, and more is published: the table was set back.
                raise LogForked("checkpoint")
            return None
        for path, content in tiles.items():
            self.files.store(path, content)
        self.files.publish(tree.size, self.sign(tree))
        self.log.keep({each.key: state.tree.size + place for place, each in enumerate(state.waiting)})
        settled = LogState(state.version + 1, tree, (), state.recovered)
        return settled if self.log.advance(settled) else None
