"""The public log's tree, its tiles and its proofs are those of RFC 6962 and C2SP tlog-tiles."""

import hashlib
from collections.abc import Callable

import pytest
from constancia.public_log import tiles
from constancia.public_log.proofs import TreeReader, includes, prove_consistency, prove_inclusion
from constancia.public_log.tiles import Tree, bundle, leaf_hash, path_of, read_bundle, tiles_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.public_log import naive


def entries(count: int, start: int = 0) -> list[bytes]:
    return [hashlib.sha256(str(n).encode()).digest() for n in range(start, start + count)]


def grown(batches: list[int]) -> tuple[Tree, dict[str, bytes]]:
    tree, stored = Tree(), dict[str, bytes]()
    for batch in batches:
        tree, new = tree.append(entries(batch, tree.size))
        stored |= new
    return tree, stored


def reader(stored: dict[str, bytes]) -> Callable[[int, int, int], bytes]:
    return lambda level, index, width: stored[path_of(level, index, width)]


BATCHES = st.lists(st.integers(1, 700), max_size=6)


@settings(deadline=None, max_examples=60)
@given(BATCHES)
def test_the_root_is_that_of_a_naive_tree_however_the_entries_came(batches: list[int]) -> None:
    tree, _ = grown(batches)
    assert tree.size == sum(batches)
    assert tree.root == naive.root(entries(tree.size))


@settings(deadline=None, max_examples=40)
@given(BATCHES)
def test_all_tiles_and_bundles_of_the_specification_are_stored_and_hold_what_it_says(batches: list[int]) -> None:
    tree, stored = grown(batches)
    whole = entries(tree.size)
    for level, index, width in tiles_of(tree.size):
        span = 256**level
        first = index * 256 * span
        hashes = [naive.root(whole[first + n * span : first + (n + 1) * span]) for n in range(width)]
        assert stored[path_of(level, index, width)] == b"".join(hashes)
        if level == 0:
            assert read_bundle(stored[path_of("entries", index, width)]) == whole[first : first + width]


@settings(deadline=None, max_examples=40)
@given(BATCHES, st.data())
def test_every_entry_is_proven_and_no_other_entry_is(batches: list[int], data: st.DataObject) -> None:
    tree, stored = grown([*batches, 1])
    index = data.draw(st.integers(0, tree.size - 1))
    proof = prove_inclusion(index, TreeReader(tree.size, reader(stored)))
    leaf = leaf_hash(entries(1, index)[0])
    assert includes(index, tree.size, leaf, proof, tree.root)
    assert not includes(index, tree.size, leaf_hash(b"another"), proof, tree.root)
    assert not includes(index, tree.size, leaf, [*proof, leaf], tree.root)
    if proof:
        assert not includes(index, tree.size, leaf, proof[:-1], tree.root)


@settings(deadline=None, max_examples=60)
@given(BATCHES, st.data())
def test_growth_is_proven_and_a_fork_is_not(batches: list[int], data: st.DataObject) -> None:
    tree, stored = grown([*batches, 1])
    before = data.draw(st.integers(0, tree.size))
    proof = prove_consistency(before, TreeReader(tree.size, reader(stored)))
    old = naive.root(entries(before))
    assert naive.consistent(before, tree.size, old, tree.root, proof)
    if before:
        forked = naive.root([b"forged", *entries(before)[1:]])
        assert not naive.consistent(before, tree.size, forked, tree.root, proof)


def test_a_tree_of_70000_has_the_tiles_of_the_specifications_example() -> None:
    tree, stored = grown([70_000])
    found = list(tiles_of(tree.size))
    assert [len([t for t in found if t[0] == level]) for level in range(3)] == [274, 2, 1]
    assert (0, 273, 112) in found
    assert (1, 1, 17) in found
    assert (2, 0, 1) in found
    assert all(path_of(*tile) in stored for tile in found)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        ((0, 1234067), "tile/0/x001/x234/067"),
        ((1, 0), "tile/1/000"),
        (("entries", 5, 17), "tile/entries/005.p/17"),
        ((2, 1000), "tile/2/x001/000"),
    ],
)
def test_tiles_are_named_as_the_specification_names_them(tile: tuple[int, int], path: str) -> None:
    assert path_of(*tile) == path


def test_a_bundle_that_is_cut_or_holds_something_else_is_refused() -> None:
    whole = bundle(entries(3))
    assert read_bundle(whole) == entries(3)
    for broken in (whole[:-1], b"\x00\x21" + whole[2:]):
        with pytest.raises(ValueError, match=r"bundle|entry"):
            read_bundle(broken)


def test_the_same_batch_again_gives_the_same_bytes() -> None:
    tree, _ = grown([300])
    assert tree.append(entries(500, 300)) == tree.append(entries(500, 300))
    assert tiles.Tree().append([]) == (Tree(), {})
