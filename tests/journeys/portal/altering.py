"""Ten ways in which a certificate's file is changed by who means to deceive, or by a program on the way."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from html import escape
from typing import Any

import pikepdf
import pypdfium2
from constancia.attesting.keys import from_base64url
from constancia.document import Document
from constancia.transcript import Transcript
from constancia_pdf import reference
from constancia_pdf.typeface import encode
from PIL import Image
from playwright.sync_api import Browser, Page
from pyhanko.pdf_utils.generic import ArrayObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

Change = Callable[[pikepdf.Pdf], None]
LETTER = (612, 792)
"""Points of the paper on which much is printed that was laid out for A4."""
PRINTED_SIZE = 0.94
SYMBOLIC = 4
"""The flag of a font whose letters are said to be none of the Latin alphabet (ISO 32000-1, 9.8.2)."""


def edited(pdf: bytes, change: Change) -> bytes:
    """The file after a change by a program for PDFs, which writes it anew."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        saved = io.BytesIO()
        opened.save(saved)
    return saved.getvalue()


def retyped(pdf: bytes, old: str, new: str, after: str = "", nth: int = 0) -> bytes:
    """The file with another text in place of the n-th one that reads `old` behind the text `after`."""

    def change(opened: pikepdf.Pdf) -> None:
        for stream in list(opened.pages[0].Contents):
            content = stream.read_bytes()
            place = content.find(b"(" + encode(after))
            if place < 0:
                continue
            for _ in range(nth + 1):
                place = content.index(b"(" + encode(old) + b")", place + 1)
            end = place + len(encode(old)) + 2
            stream.write(content[:place] + b"(" + encode(new) + b")" + content[end:])
            return
        raise ValueError(f"nothing reads {after}")

    return edited(pdf, change)


def with_other_page(pdf: bytes, other: bytes, *, added: bool) -> bytes:
    """The file with the first page of another one in place of its own, or behind it."""

    def change(opened: pikepdf.Pdf) -> None:
        with pikepdf.open(io.BytesIO(other)) as source:
            opened.pages.append(source.pages[0])
            if not added:
                del opened.pages[0]

    return edited(pdf, change)


def with_other_title(pdf: bytes) -> bytes:
    def change(opened: pikepdf.Pdf) -> None:
        opened.docinfo["/Title"] = "constancia final (1)"

    return edited(pdf, change)


def made_smaller(pdf: bytes) -> bytes:
    """The file as Ghostscript writes it, which leaves out how the fonts are encoded."""

    def change(opened: pikepdf.Pdf) -> None:
        for font in opened.pages[0].Resources.Font.values():
            del font.Encoding
            font.FontDescriptor.Flags = SYMBOLIC

    return edited(pdf, change)


def painted_over(pdf: bytes, row: str, column: str, mark: str) -> bytes:
    """An update behind the sealed bytes paints a white box over a mark, and another mark upon it."""
    left, bottom = _box_of(pdf, column)[0], _box_of(pdf, row)[1]
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    drawn = f"1 g {left - 4} {bottom - 2} 26 10 re f 0 g BT /B 8 Tf {left + 5} {bottom} Td ({mark}) Tj ET"
    over = writer.add_object(StreamObject(stream_data=drawn.encode("ascii")))
    page["/Contents"] = ArrayObject([*page["/Contents"], over])
    writer.update_container(page)
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


def _box_of(pdf: bytes, text: str) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of the first letter of a text, the first time it stands on the page."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found = page.search(text).get_next()
    if found is None:
        raise ValueError(f"nothing reads {text}")
    box: tuple[float, float, float, float] = page.get_charbox(found[0])
    return box


def scanned(pdf: bytes) -> bytes:
    """Pictures of the pages, as a scanner makes them."""
    pages = [page.render(scale=2).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]
    first, *others = (page.resize((page.width // 2, page.height // 2), Image.Resampling.BOX) for page in pages)
    made = io.BytesIO()
    first.save(made, "PDF", save_all=True, append_images=others)
    return made.getvalue()


def rebuilt(pdf: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A file that another program draws after the data of this one, in the same layout."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        data = json.loads(opened.attachments["constancia.json"].get_file().read_bytes())
    attestation = from_base64url(data["certificate"]["attestation"])
    address = next(_addresses(pdf))
    change(data)
    own = data["certificate"]
    document = Document(
        own["virtual_code"],
        int(own["serial_number"]),
        datetime.fromisoformat(own["issued_at"]),
        address,
        Transcript.from_json(data["transcript"]),
        attestation,
    )
    return reference.draw(document)


def _addresses(pdf: bytes) -> Iterator[str]:
    for page in pypdfium2.PdfDocument(pdf):
        yield from (word for word in page.get_textpage().get_text_range().split() if word.startswith("http"))


WORDS = """async bytes => {
  const { textOf } = await import("/modules/pdf-text.js");
  return textOf(new Uint8Array(bytes));
}"""


def printed(pdf: bytes, reader: Page, browser: Browser) -> bytes:
    """The file as a browser that shows it prints it: onto smaller paper, its words set anew one by one.

    Args:
        pdf: the file.
        reader: a page of the portal, which reads words and their places.
        browser: one that prints.
    """
    sheets = [
        "".join(
            f'<text x="{word["left"]:.2f}" y="{842 - word["y"]:.2f}" font-size="{word["height"]}" '
            f'textLength="{word["right"] - word["left"]:.2f}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(word['text'])}</text>"
            for word in words
        )
        for words in reader.evaluate(WORDS, list(pdf))
    ]
    width, height = (side / PRINTED_SIZE for side in LETTER)
    pages = "".join(f'<svg viewBox="0 0 {width:.2f} {height:.2f}">{sheet}</svg>' for sheet in sheets)
    svg = f"svg {{ display: block; width: {LETTER[0]}pt; height: {LETTER[1]}pt }}"
    page = browser.new_page()
    page.set_content(f"<style>@page {{ margin: 0 }} body {{ margin: 0; font-family: sans-serif }} {svg}</style>{pages}")
    made = page.pdf(format="Letter")
    page.close()
    return made
