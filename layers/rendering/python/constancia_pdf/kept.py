"""What was worked out before: `functools.lru_cache` without `functools`, which loads longer than a page takes."""

from __future__ import annotations

from constancia.named_tuple import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Key = TypeVar("Key")
    Value = TypeVar("Value")


class Kept(dict["Key", "Value"]):
    """By its key, what `work` makes of it. Once there are `most`, all are forgotten."""

    def __init__(self, work: Callable[[Key], Value], most: int) -> None:
        self._work = work
        self._most = most

    def __missing__(self, key: Key) -> Value:
        made = self._work(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = made
        return made
