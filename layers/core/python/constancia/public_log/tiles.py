"""The Merkle tree of the public log (RFC 6962), kept as the tiles of C2SP `tlog-tiles`.

A tile holds up to 256 hashes of one level, of which each is the root of a full tile of the level below. Of a tree, its
size and the tiles at its right edge are enough to go on from: nothing that was stored is read again to append.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

WIDTH = 256
"""Hashes of a full tile, and entries of a full bundle."""
HASH = 32
"""Bytes of a hash, and of an entry of this log."""
PREFIXED = 2 + HASH
"""Bytes of an entry in its bundle: its length in two bytes, then itself."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry in the tree."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root of a tree over hashes that are roots of equally large full subtrees; of none, that of the empty tree."""
    if not hashes:
        return hashlib.sha256().digest()
    while len(hashes) > 1:
        paired = [node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes) - 1, 2)]
        hashes = paired + list(hashes[len(hashes) & ~1 :])
    return hashes[0]


def path_of(level: int | str, index: int, width: int = WIDTH) -> str:
    """The path of a tile below the address of the log; `level` is `entries` for a bundle of entries."""
    digits = f"{index:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries one after the other, each behind its length in two bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(content: bytes) -> list[bytes]:
    """The entries of a bundle: the inverse of `bundle`.

    Raises:
        ValueError: the bundle is cut, or an entry is not of this log.
    """
    if len(content) % PREFIXED:
        raise ValueError("a bundle is cut")
    found = [content[at : at + PREFIXED] for at in range(0, len(content), PREFIXED)]
    if any(each[:2] != HASH.to_bytes(2, "big") for each in found):
        raise ValueError("an entry has another length")
    return [each[2:] for each in found]


class Tree(NamedTuple):
    """A tree: its size, the entries of its last bundle that is not full, and its hashes by level that fill no tile."""

    size: int = 0
    entries: tuple[bytes, ...] = ()
    levels: tuple[tuple[bytes, ...], ...] = ()

    @property
    def root(self) -> bytes:
        """The root hash."""
        root: bytes | None = None
        for hashes in self.levels:
            # What hangs at the right of a level is smaller than each of its hashes.
            parts = _perfect(hashes)
            for part in reversed(parts):
                root = part if root is None else node_hash(part, root)
        return root_of(()) if root is None else root

    def append(self, entries: Sequence[bytes]) -> tuple["Tree", dict[str, bytes]]:
        """The tree with further entries, and what is to be stored of it, by path.

        Those are the tiles and bundles that became full, and those at the right edge of the new tree. The same tree and
        entries give the same bytes.
        """
        stored: dict[str, bytes] = {}
        waiting = [*self.entries, *entries]
        first = self.size // WIDTH
        for at in range(0, len(waiting), WIDTH):
            some = waiting[at : at + WIDTH]
            stored[path_of("entries", first + at // WIDTH, len(some))] = bundle(some)
        size = self.size + len(entries)
        new: list[bytes] = [leaf_hash(entry) for entry in entries]
        levels: list[tuple[bytes, ...]] = []
        while new or len(levels) < len(self.levels):
            level = len(levels)
            before = self.levels[level] if level < len(self.levels) else ()
            hashes = [*before, *new]
            index = self.size // WIDTH ** (level + 1)
            full: list[bytes] = []
            while len(hashes) >= WIDTH:
                tile, hashes = hashes[:WIDTH], hashes[WIDTH:]
                stored[path_of(level, index + len(full))] = b"".join(tile)
                full.append(root_of(tile))
            if hashes and new:
                stored[path_of(level, index + len(full), len(hashes))] = b"".join(hashes)
            levels.append(tuple(hashes))
            new = full
        return Tree(size, tuple(waiting[len(waiting) // WIDTH * WIDTH :]), tuple(levels)), stored


def _perfect(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the largest full subtrees that hashes of one level make, from the left."""
    found, at = [], 0
    for bit in reversed(range(len(hashes).bit_length())):
        if len(hashes) >> bit & 1:
            found.append(root_of(hashes[at : at + (1 << bit)]))
            at += 1 << bit
    return found


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """The tiles of a tree of a size: level, index and width of each."""
    level = 0
    while count := size // WIDTH**level:
        yield from ((level, index, WIDTH) for index in range(count // WIDTH))
        if count % WIDTH:
            yield level, count // WIDTH, count % WIDTH
        level += 1
