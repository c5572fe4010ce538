"""The promises of the printed certificate, held against certificates of every shape."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from constancia.certificate import Certificate
from constancia_pdf import Rendering, qr, reference, render
from constancia_pdf.layout import Styles
from constancia_pdf.typeface import Style
from PIL import ImageChops, ImageStat

from tests.rendering import reading, verapdf
from tests.rendering.samples import sample
from tests.rendering.shapes import RARE_NAMES, certificates
from tests.rendering.validate import findings, qpdf_findings

HOW_MANY = 45
COMPARED = 12
SMALLEST_TYPE = 6.5
LARGEST_PAGE = 25_000
"""Bytes of a document of one page."""
SAME_PLACE = 0.3
"""Points between the ink of the same word drawn both ways."""
SAME_PICTURE = 1.0
"""Mean difference of grey, of 255, between the same page drawn both ways."""

Drawn = list[tuple[Certificate, Rendering]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return [(certificate, render(certificate)) for certificate in certificates(HOW_MANY)]


@pytest.fixture(scope="module")
def files(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("drawn")
    paths = []
    for number, (_, rendering) in enumerate(drawn):
        paths.append(folder / f"{number:03}.pdf")
        paths[-1].write_bytes(rendering.pdf)
    return paths


def test_every_word_stands_at_its_place_nothing_overlaps_and_every_page_s_qr_can_be_read(drawn: Drawn) -> None:
    assert [found for certificate, rendering in drawn for found in findings(certificate, rendering.pdf)] == []


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong(files: list[Path]) -> None:
    assert list(qpdf_findings(files)) == []


@pytest.mark.skipif(bool(verapdf.MISSING), reason=verapdf.MISSING)
def test_vera_pdf_finds_archival_and_accessible_documents(files: list[Path]) -> None:
    assert list(verapdf.findings(files)) == []


def test_both_ways_of_drawing_put_the_same_words_at_the_same_places_and_look_the_same(drawn: Drawn) -> None:
    compared = [(certificate, made) for certificate, made in drawn if not made.by_reference][:COMPARED]
    for certificate, made in compared:
        prepared, whole = pypdfium2.PdfDocument(made.pdf), pypdfium2.PdfDocument(reference.draw(certificate))
        for ours, theirs in zip(reading.words(prepared), reading.words(whole), strict=True):
            assert (ours.page, ours.text) == (theirs.page, theirs.text)
            assert ours[2:] == pytest.approx(theirs[2:], abs=SAME_PLACE)
        for one, other in zip(prepared, whole, strict=True):
            difference = ImageChops.difference(reading.scan(one), reading.scan(other))
            assert ImageStat.Stat(difference).mean[0] < SAME_PICTURE


def test_the_same_certificate_is_the_same_bytes() -> None:
    assert render(sample()).pdf == render(sample()).pdf
    assert reference.draw(sample()) == reference.draw(sample())


@pytest.mark.parametrize("name", RARE_NAMES)
def test_a_rare_letter_goes_to_the_reference_way_by_itself_and_is_printed_right(name: str) -> None:
    certificate = sample(full_name=f"{name} QUISPE")
    rendering = render(certificate)
    assert rendering.by_reference
    assert list(findings(certificate, rendering.pdf)) == []


def test_an_address_too_long_for_the_prepared_qr_goes_to_the_reference_way() -> None:
    certificate = sample(verify_url="https://" + "a" * qr.LONGEST + ".example/verificar/?codigo=C2CC6526")
    rendering = render(certificate)
    assert rendering.by_reference
    page = pypdfium2.PdfDocument(rendering.pdf)[0]
    assert reading.qr(page) == certificate.verify_url


def test_a_character_that_no_font_has_is_refused_and_named() -> None:
    with pytest.raises(reference.UnprintableText) as refused:
        render(sample(full_name="ROSA 羅莎"))
    assert refused.value.characters == "羅莎"


def test_what_delimits_strings_in_pdf_and_xml_is_only_text_on_the_page() -> None:
    certificate = sample(full_name=r"ROSA (LA) D'ÁVILA \) 50% & <B>", observations=("%s %(code)s {nb} )Tj ET",))
    assert list(findings(certificate, render(certificate).pdf)) == []


def test_no_type_is_smaller_than_6_and_a_half_points() -> None:
    sizes = [style.size for style in vars(Styles).values() if isinstance(style, Style)]
    assert min(sizes) >= SMALLEST_TYPE


def test_a_document_of_one_page_is_small(drawn: Drawn) -> None:
    for _, rendering in drawn:
        if not rendering.by_reference and len(pypdfium2.PdfDocument(rendering.pdf)) == 1:
            assert len(rendering.pdf) <= LARGEST_PAGE


def test_a_second_page_repeats_the_head_and_carries_code_student_and_page_number(drawn: Drawn) -> None:
    long = [(certificate, made) for certificate, made in drawn if len(pypdfium2.PdfDocument(made.pdf)) > 1]
    assert long
    for certificate, rendering in long:
        document = pypdfium2.PdfDocument(rendering.pdf)
        words = reading.words(document)
        for page in range(len(document)):
            here = [word for word in words if word.page == page]
            for text in (
                "CONSTANCIA DE LOGROS DE APRENDIZAJE",
                f"CÓDIGO VIRTUAL {certificate.virtual_code}",
                f"DNI N.° {certificate.transcript.student.document_number}",
                f"Página {page + 1} de {len(document)}",
            ):
                reading.find(here, text.split())


def test_footnotes_stand_only_where_they_explain_something() -> None:
    plain, noted = (_text(sample(mark=mark, earlier_years=noted)) for mark, noted in (("A", False), ("EXO", True)))
    assert "exoneración" not in plain
    assert "certificado de estudios" not in plain
    assert "exoneración del área de educación religiosa" in noted
    assert "certificado de estudios" in noted


def test_a_missing_mark_is_a_dash_and_never_a_nought() -> None:
    assert "MATEMÁTICA - Situación" in _text(sample(mark=None))


def test_a_year_without_marks_still_shows_year_school_and_final_status() -> None:
    certificate = sample(groups=())
    rendering = render(certificate)
    assert list(findings(certificate, rendering.pdf)) == []
    assert "2019 Grado 4.° Código modular de la IE 0110101-0 Situación final PROMOVIDO" in _text(certificate)


def _text(certificate: Certificate) -> str:
    return " ".join(word.text for word in reading.words(pypdfium2.PdfDocument(render(certificate).pdf)))


def test_metadata_carry_code_number_and_moment_and_no_student() -> None:
    for pdf in (render(sample()).pdf, reference.draw(sample())):
        with pikepdf.open(BytesIO(pdf)) as document, document.open_metadata() as metadata:
            assert metadata["dc:title"] == "Constancia de logros de aprendizaje C2CC6526"
            assert metadata["dc:identifier"] == "C2CC6526"
            assert "00000016" in metadata["dc:description"]
            assert metadata["xmp:CreateDate"] == "2026-11-23T10:51:07-05:00"
            assert "ROSA" not in str(metadata)
            assert str(document.docinfo["/Title"]) == metadata["dc:title"]
            assert document.Root.Lang == "es-PE"
            assert document.Root.ViewerPreferences.DisplayDocTitle


def test_a_screen_reader_meets_headings_a_table_with_header_cells_and_the_qr_in_words() -> None:
    for pdf in (render(sample()).pdf, reference.draw(sample())):
        with pikepdf.open(BytesIO(pdf)) as document:
            elements = list(_elements(document.Root.StructTreeRoot.K))
            kinds = [str(element.S) for element in elements]
            assert kinds.count("/H1") == 1
            assert kinds.index("/H1") < kinds.index("/Table") < kinds.index("/Figure")
            scopes = [str(element.A.Scope) for element in elements if element.S == "/TH"]
            assert scopes.count("/Row") == 3 + 1 + 1  # heading, area, final status
            assert "verificación" in next(str(element.Alt) for element in elements if element.S == "/Figure")


def _elements(kids: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The structure elements among these kids and below them, in reading order."""
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            yield kid
            yield from _elements(kid.K)
