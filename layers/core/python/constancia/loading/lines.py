"""A file as lines: cut into batches as it is read, and each batch into its numbered lines, in constant memory."""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from constancia.errors import FileRefused

LINES_A_BATCH = 2000
BYTES_A_BATCH = 4 * 1024 * 1024
"""A batch ends with the line that reaches one of the two: a few seconds of work of one function."""

LONGEST_LINE = 32 * 1024
"""Bytes of a line: a year with sixty marks and four of the longest observations takes half of it, however its accents
are written. A hundred items of this size still fit into one transaction of DynamoDB (4 MB)."""
LARGEST_FILE = 50 * 1024**3
"""Bytes of a file, once decompressed."""

HEAD = 64 * 1024
"""Bytes at the beginning of a file by which its kind is recognised."""

EMPTY, NOT_TEXT, TRUNCATED, TOO_LARGE = "empty", "not_text", "truncated", "too_large"

_GZIP = b"\x1f\x8b"
_OTHERS = (b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"%PDF", b"\xd0\xcf\x11\xe0")
"""What people send instead of text: workbooks and archives, UTF-16, PDF, old workbooks."""
_INFLATED = 1024 * 1024


class Batch(NamedTuple):
    """Some whole lines of a file."""

    first_line: int
    offset: int
    """Bytes of the file before the batch."""
    size: int
    """Bytes of the batch."""


class Line(NamedTuple):
    """One line of a file, without its end; its text is None if it is longer than `LONGEST_LINE`."""

    number: int
    text: bytes | None


class BatchCutter:
    """Cuts a file into batches, chunk by chunk, and keeps its beginning."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.head = b""
        self.bytes = 0
        self._line = self._first = 1
        self._start = 0
        self._ended = True

    def add(self, chunk: bytes) -> None:
        """Takes the next chunk of the file.

        Raises:
            FileRefused: it is not text, or larger than a file may be.
        """
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
            if self.head.startswith(_OTHERS):
                raise FileRefused(NOT_TEXT)
        place = chunk.find(b"\n")
        while place >= 0:
            self._line += 1
            end = self.bytes + place + 1
            if self._line - self._first >= LINES_A_BATCH or end - self._start >= BYTES_A_BATCH:
                self._end_batch(end)
            place = chunk.find(b"\n", place + 1)
        self.bytes += len(chunk)
        self._ended = chunk.endswith(b"\n")
        if self.bytes > LARGEST_FILE:
            raise FileRefused(TOO_LARGE)

    @property
    def lines(self) -> int:
        """The number of the last line."""
        return self._line - self._ended

    def finish(self) -> list[Batch]:
        """All batches, after the last chunk.

        Raises:
            FileRefused: the file is empty.
        """
        if self.bytes > self._start:
            self._end_batch(self.bytes)
        if not self.head.strip():
            raise FileRefused(EMPTY)
        return self.batches

    def _end_batch(self, end: int) -> None:
        self.batches.append(Batch(self._first, self._start, end - self._start))
        self._first, self._start = self._line, end


def is_gzip(head: bytes) -> bool:
    """Whether a file that begins like this is compressed."""
    return head.startswith(_GZIP)


def inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a gzip file with all of its members, chunk by chunk.

    Raises:
        FileRefused: it ends too early or is damaged.
    """
    inflating = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        rest = chunk
        try:
            while rest:
                if inflating.eof:
                    inflating = zlib.decompressobj(wbits=31)
                if plain := inflating.decompress(rest, _INFLATED):
                    yield plain
                rest = inflating.unconsumed_tail or inflating.unused_data
        except zlib.error as error:
            raise FileRefused(TRUNCATED) from error
    if not inflating.eof:
        raise FileRefused(TRUNCATED)


def numbered(chunks: Iterable[bytes], first_line: int) -> Iterator[Line]:
    """The numbered lines of a batch; the text of one that is too long is None."""
    number, rest, too_long = first_line, b"", False
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for text in whole:
            yield Line(number, None if too_long or len(text) > LONGEST_LINE else text)
            number, too_long = number + 1, False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
    if rest or too_long:
        yield Line(number, None if too_long else rest)
