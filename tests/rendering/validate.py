"""Everything that must be true of a certificate's PDF, as a check over many: `python -m tests.rendering.validate 2000`.

Prints one line a finding and a summary; its exit code says whether there was any.
"""

import io
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import normalize

import page as page_validation
import pikepdf
import pypdfium2
from constancia.document import Document
from constancia_pdf import embedded

from tests.bench.render_words import signed_data
from tests.rendering import reading, verapdf
from tests.rendering.reading import Lost, Word, find
from tests.rendering.sealing import is_whole, render_sealed, self_issued
from tests.rendering.shapes import certificates

MARGIN = 18.0
"""Points at the edge of the page that printers leave white."""
OFF_CENTRE = 1.0
"""Points that a mark may stand beside the middle of its column."""
PROFILES = (page_validation.ValidationProfile.PDF_A_3A, page_validation.ValidationProfile.PDF_UA_1)


def findings(certificate: Document, pdf: bytes) -> Iterator[str]:
    """What is wrong with a document: words, places, QR, and the second validator. veraPDF and qpdf go by the batch."""
    document = pypdfium2.PdfDocument(pdf)
    words = reading.words(document)
    try:
        yield from misplaced_cells(certificate, words)
        find_prose(certificate, words)
    except Lost as lost:
        yield f"lost: {lost}"
    yield from misplaced_ink(words, document[0].get_size())
    for number, page in enumerate(document):
        if reading.qrs(page) != expected_qrs(certificate):
            yield f"page {number + 1}: a QR cannot be read"
    for profile in PROFILES:
        for failure in page_validation.validate_pdf_bytes(pdf, profile=profile).failures:
            yield f"{profile.value}: {failure.rule_id} {failure.message}"


def expected_qrs(certificate: Document) -> list[str]:
    """What the QRs of every page say: the address, and behind it the signed data if there are any."""
    return [certificate.verify_url, *([signed_data(certificate)] if certificate.attestation else [])]


def misplaced_cells(certificate: Document, words: list[Word]) -> Iterator[str]:
    """Marks that do not stand under their year and beside their area; `Lost` where one is missing."""
    transcript = certificate.transcript
    place, done = 0, 0
    while done < len(transcript.columns):
        place = find(words, ["Año", "lectivo", str(transcript.columns[done].year)], place) + 2
        heads: list[Word] = []
        while words[place].text == str(transcript.columns[done + len(heads)].year):
            heads.append(words[place])
            place += 1
            if done + len(heads) == len(transcript.columns):
                break
        columns = slice(done, done + len(heads))
        for group in transcript.groups:
            for row in group.rows:
                name = _printed(row.name)
                marks = ["-" if mark is None else mark for mark in row.marks[columns]]
                start = find(words, [*name, *marks], place)
                place = start + len(name) + len(marks)
                label, cells = words[start : start + len(name)], words[start + len(name) : place]
                yield from _beside(label, cells, row.name)
                yield from _beneath(heads, cells, row.name)
        find(
            words,
            ["Situación", "final", *_printed(" ".join(c.final_status for c in transcript.columns[columns]))],
            place,
        )
        done += len(heads)


def _beside(label: list[Word], cells: list[Word], name: str) -> Iterator[str]:
    bottom, top = min(word.bottom for word in label), max(word.top for word in label)
    for cell in cells:
        if not bottom < cell.middle < top:
            yield f"{name}: {cell.text} stands beside another row"


def _beneath(heads: list[Word], cells: list[Word], name: str) -> Iterator[str]:
    for head, cell in zip(heads, cells, strict=True):
        if abs(head.centre - cell.centre) > OFF_CENTRE:
            yield f"{name}: {cell.text} does not stand under {head.text}"


def find_prose(certificate: Document, words: list[Word]) -> None:
    """Looks for every other word of the certificate; `Lost` where one is missing."""
    transcript = certificate.transcript
    for text in (
        transcript.student.full_name,
        *(f"{column.school_code}-{column.school_annex} {column.school_name}" for column in transcript.columns),
        *transcript.observations,
        f"DNI N.° {transcript.student.document_number}",
        f"CÓDIGO VIRTUAL {certificate.virtual_code}",
        f"N.° {certificate.printed_serial_number}",
        certificate.verify_url,
    ):
        _find_in_pieces(words, _printed(text))


def _find_in_pieces(words: list[Word], texts: list[str]) -> None:
    """Looks for texts that the end of a page may part."""
    for cut in range(len(texts), 0, -1):
        try:
            place = find(words, texts[:cut])
        except Lost:
            continue
        find(words, texts[cut:], place + cut)
        return
    raise Lost(" ".join(texts))


def _printed(text: str) -> list[str]:
    """The words of a text as they are printed: composed, without characters that have no shape."""
    return normalize("NFC", text).replace("\u200b", "").split()


def misplaced_ink(words: list[Word], size: tuple[float, float]) -> Iterator[str]:
    """Words that leave the page or lie on each other."""
    width, height = size
    for word in words:
        if not (
            word.left > MARGIN and word.right < width - MARGIN and word.bottom > MARGIN and word.top < height - MARGIN
        ):
            yield f"{word.text} leaves the page"
    in_order = sorted(words, key=lambda word: (word.page, word.bottom))
    for place, word in enumerate(in_order):
        for other in in_order[place + 1 :]:
            if other.page != word.page or other.bottom > word.top:
                break
            if word.overlaps(other):
                yield f"{word.text} lies on {other.text}"


def seal_findings(certificate: Document, pdf: bytes) -> Iterator[str]:
    """What is wrong with the seal of a file, and with the data in it."""
    if not is_whole(pdf, self_issued()):
        yield "pyHanko does not pass the seal"
    with pikepdf.open(io.BytesIO(pdf)) as document:
        if document.attachments[embedded.NAME].get_file().read_bytes() != certificate.embedded:
            yield "other data are embedded"


def qpdf_findings(files: Sequence[Path]) -> Iterator[str]:
    """What qpdf complains about."""
    for file in files:
        checked = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
        if checked.returncode:
            yield f"{file.name}: qpdf: {checked.stderr.strip()}"


def main() -> None:
    """Draws so many certificates and reports all that is wrong with them."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, certificate in enumerate(certificates(count)):
            rendering = render_sealed(certificate)
            tally["by reference"] += rendering.by_reference
            tally["pages"] += len(pypdfium2.PdfDocument(rendering.pdf))
            files.append(Path(folder) / f"{number:05}.pdf")
            files[-1].write_bytes(rendering.pdf)
            for finding in (*findings(certificate, rendering.pdf), *seal_findings(certificate, rendering.pdf)):
                tally["findings"] += 1
                print(f"{number}: {finding}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{number + 1} of {count}", end="", file=sys.stderr, flush=True)
        for finding in (*qpdf_findings(files), *verapdf.findings(files)):
            tally["findings"] += 1
            print(finding, flush=True)
    print(f"{count} certificates, {tally['pages']} pages, {tally['by reference']} by reference: ", end="")
    print(f"{tally['findings']} findings")
    sys.exit(tally["findings"] > 0)


if __name__ == "__main__":
    main()
