"""Reading a certificate back as a stranger would: words in their order and at their places, and the QR."""

import ctypes
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium
import zxingcpp
from PIL import Image

SCAN_DPI = 150
FOOT, FOOT_DPI = 160.0, 220
"""The height of the part of a page in which the QRs are, in points, and how finely it is read."""


class Lost(AssertionError):
    """Words that the document should have and has not."""


class Word(NamedTuple):
    """A word and the box of its ink, in points from the bottom left corner of its page."""

    page: int
    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def centre(self) -> float:
        """Its middle from left to right."""
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        """Its middle from bottom to top."""
        return (self.bottom + self.top) / 2

    def overlaps(self, other: "Word") -> bool:
        """The ink of one lies on the other's."""
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.top, other.top) - max(self.bottom, other.bottom)
        return self.page == other.page and across > 0 and along > 0


def words(document: pypdfium2.PdfDocument) -> list[Word]:
    """The words of a document in the order of its text."""
    return [word for number, page in enumerate(document) for word in _words(number, page.get_textpage())]


def _words(page: int, text: pypdfium2.PdfTextPage) -> Iterator[Word]:
    characters: list[str] = []
    boxes: list[tuple[float, ...]] = []
    sides = [ctypes.c_double() for _ in range(4)]
    count = text.count_chars()
    for index in range(count + 1):
        character = chr(pdfium.FPDFText_GetUnicode(text, index)) if index < count else " "
        if character.isspace():
            if characters:
                lefts, rights, bottoms, tops = zip(*boxes, strict=True)
                yield Word(page, "".join(characters), min(lefts), min(bottoms), max(rights), max(tops))
            characters, boxes = [], []
        else:
            pdfium.FPDFText_GetCharBox(text, index, *sides)
            characters.append(character)
            boxes.append(tuple(side.value for side in sides))


def find(page_words: list[Word], texts: Sequence[str], start: int = 0) -> int:
    """Where these texts follow each other, from a place on; `Lost` if they do not."""
    last = len(page_words) - len(texts)
    for place in range(start, last + 1):
        if all(page_words[place + step].text == text for step, text in enumerate(texts)):
            return place
    raise Lost(" ".join(texts))


def scan(page: pypdfium2.PdfPage, dpi: float = SCAN_DPI) -> Image.Image:
    """The page as an office scanner sees it, in grey."""
    picture: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    return picture


def qrs(page: pypdfium2.PdfPage) -> list[str]:
    """What a phone reads from the foot of the page, from the left to the right."""
    above_the_foot = page.get_size()[1] - FOOT
    foot = page.render(scale=FOOT_DPI / 72, crop=(0, 0, 0, above_the_foot), grayscale=True).to_pil()
    codes = zxingcpp.read_barcodes(foot, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text for code in sorted(codes, key=lambda code: code.position.top_left.x)]
