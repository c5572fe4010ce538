"""The part of CBOR (RFC 8949) that attestations use, in its one deterministic form (section 4.2.1), both ways.

The types are whole numbers, byte strings, text strings, arrays, maps and tags. Whatever has a second form, such as a
number in more bytes than it needs, a length left open or a key out of order, is not written and is refused.
"""

from typing import Any, NamedTuple

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)
"""The major types."""
IN_PLACE = 24
"""The first number that does not fit beside its major type."""
SIZES = {24: 1, 25: 2, 26: 4, 27: 8}
"""Bytes of the number that follows, by the low five bits of the first byte."""
DEEPEST = 8
"""Levels of arrays, maps and tags that are read."""


class NotCbor(ValueError):
    """Bytes that are not one item of this part of CBOR in its deterministic form."""


class Tagged(NamedTuple):
    """An item with a tag."""

    tag: int
    item: Any


def encode(value: Any) -> bytes:
    """A value in its deterministic form: int, bytes, str, list or tuple, dict, or `Tagged`.

    Raises:
        TypeError: a value of another type.
        OverflowError: a number that 64 bits do not hold.
    """
    if type(value) is int:
        return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return _head(TEXT, len(text)) + text
    if isinstance(value, Tagged):
        return _head(TAG, value.tag) + encode(value.item)
    if isinstance(value, list | tuple):
        return _head(ARRAY, len(value)) + b"".join(map(encode, value))
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return _head(MAP, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise TypeError(type(value).__name__)


_SHORT = [bytes((first,)) for first in range(256)]
_LONGER = [(code, size, 1 << 8 * size) for code, size in SIZES.items()]


def _head(major: int, number: int) -> bytes:
    if number < IN_PLACE:
        return _SHORT[major << 5 | number]
    for code, size, bound in _LONGER:
        if number < bound:
            return _SHORT[major << 5 | code] + number.to_bytes(size, "big")
    raise OverflowError(number)


def decode(data: bytes) -> Any:
    """The one item that all of the bytes are, with arrays as lists: the inverse of `encode`.

    Raises:
        NotCbor: they are cut off, followed by others, nested too deep, or not in the deterministic form.
    """
    item, end = _item(data, 0, DEEPEST)
    if end != len(data):
        raise NotCbor("bytes after the item")
    return item


def _item(data: bytes, start: int, deepest: int) -> tuple[Any, int]:
    major, number, at = _read_head(data, start)
    if major == UNSIGNED:
        return number, at
    if major == NEGATIVE:
        return -1 - number, at
    if major in (BYTES, TEXT):
        end = at + number
        if end > len(data):
            raise NotCbor("cut off")
        return (data[at:end] if major == BYTES else _text(data[at:end])), end
    if deepest == 0:
        raise NotCbor("nested too deep")
    if major == TAG:
        item, at = _item(data, at, deepest - 1)
        return Tagged(number, item), at
    if number > len(data):
        raise NotCbor("cut off")
    if major == ARRAY:
        items = []
        for _ in range(number):
            item, at = _item(data, at, deepest - 1)
            items.append(item)
        return items, at
    return _map(data, at, number, deepest - 1)


def _map(data: bytes, at: int, pairs: int, deepest: int) -> tuple[dict[Any, Any], int]:
    found: dict[Any, Any] = {}
    before = b""
    for _ in range(pairs):
        start = at
        key, at = _item(data, at, deepest)
        written = data[start:at]
        if not isinstance(key, int | str | bytes) or written <= before:
            raise NotCbor("keys out of order")
        found[key], at = _item(data, at, deepest)
        before = written
    return found, at


def _read_head(data: bytes, at: int) -> tuple[int, int, int]:
    if at >= len(data):
        raise NotCbor("cut off")
    major, low = data[at] >> 5, data[at] & 0x1F
    if major > TAG:
        raise NotCbor("a type that is not used here")
    if low < IN_PLACE:
        return major, low, at + 1
    end = at + 1 + SIZES.get(low, 0)
    number = int.from_bytes(data[at + 1 : end], "big")
    if low not in SIZES or end > len(data) or _head(major, number) != data[at:end]:
        raise NotCbor("not in the shortest form")
    return major, number, end


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise NotCbor("not UTF-8") from error
