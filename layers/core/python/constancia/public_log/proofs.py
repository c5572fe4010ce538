"""Proofs from tiles: that an entry is in a tree, and that a tree only grew out of an earlier one (RFC 6962, 2.1)."""

from collections.abc import Callable
from typing import NamedTuple

from constancia.public_log.tiles import HASH, WIDTH, node_hash, root_of

HEIGHT = WIDTH.bit_length() - 1
"""Levels of the tree in one tile."""

ReadTile = Callable[[int, int, int], bytes]
"""Reads a tile by level, index and width."""


class TreeReader(NamedTuple):
    """The hashes of a tree of some size, read from its tiles."""

    size: int
    read: ReadTile

    def subtree(self, start: int, end: int) -> bytes:
        """The root of the tree over the entries from `start` to before `end`, as the tree of the log has it."""
        count = end - start
        if not count & (count - 1):
            return self._full(start, count)
        split = _split(count)
        return node_hash(self.subtree(start, start + split), self.subtree(start + split, end))

    def _full(self, start: int, count: int) -> bytes:
        """The root of a subtree of a power of two entries."""
        level = (count.bit_length() - 1) // HEIGHT
        at, hashes = start // WIDTH**level, count // WIDTH**level
        tile, first = divmod(at, WIDTH)
        width = min(WIDTH, self.size // WIDTH**level - tile * WIDTH)
        content = self.read(level, tile, width)
        return root_of([content[n * HASH : (n + 1) * HASH] for n in range(first, first + hashes)])


def prove_inclusion(index: int, reader: TreeReader) -> list[bytes]:
    """The hashes with which whoever has an entry computes the root of a tree that it is in.

    Raises:
        ValueError: the tree has no entry of that index.
    """
    if not 0 <= index < reader.size:
        raise ValueError("no such entry")

    def path(start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*path(start, middle), reader.subtree(middle, end)]
        return [*path(middle, end), reader.subtree(start, middle)]

    return path(0, reader.size)


def includes(index: int, size: int, leaf: bytes, proof: list[bytes], root: bytes) -> bool:
    """Whether a proof shows that the leaf of an index is in the tree of a size and a root."""
    if not 0 <= index < size:
        return False
    computed, last, rest = leaf, size - 1, list(proof)
    while last:
        if index & 1 or index < last:
            if not rest:
                return False
            other = rest.pop(0)
            computed = node_hash(other, computed) if index & 1 else node_hash(computed, other)
        index, last = index >> 1, last >> 1
    return not rest and computed == root


def prove_consistency(before: int, reader: TreeReader) -> list[bytes]:
    """The hashes that show that a tree only grew out of its first `before` entries.

    Raises:
        ValueError: the tree was never that size.
    """
    if not 0 <= before <= reader.size:
        raise ValueError("the tree was never that size")
    if before in (0, reader.size):
        return []

    def path(known: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if known == end:
            return [] if whole else [reader.subtree(start, end)]
        middle = start + _split(end - start)
        if known <= middle:
            return [*path(known, start, middle, whole=whole), reader.subtree(middle, end)]
        return [*path(known, middle, end, whole=False), reader.subtree(start, middle)]

    return path(before, 0, reader.size, whole=True)


def _split(count: int) -> int:
    """The largest power of two below a count."""
    return 1 << (count - 1).bit_length() - 1
