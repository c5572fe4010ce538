"""The promises of the printed certificate, held against certificates of every shape."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from constancia.document import LARGEST_ATTESTATION, Document
from constancia.transcript import Group, Row
from constancia_pdf import Rendering, reference, render
from constancia_pdf.styles import Styles
from constancia_pdf.typeface import Style
from PIL import ImageChops, ImageStat

from tests.rendering import reading, verapdf
from tests.rendering.samples import sample
from tests.rendering.sealing import attested, render_sealed
from tests.rendering.shapes import AREAS, RARE_NAMES, certificates
from tests.rendering.validate import expected_qrs, findings, qpdf_findings, seal_findings

HOW_MANY = 45
COMPARED = 12
SMALLEST_TYPE = 7
LARGEST_PAGE = 30_000
"""Bytes of a document of one page."""
SAME_PLACE = 0.3
"""Points between the ink of the same word drawn both ways."""
SAME_PICTURE = 1.0
"""Mean difference of grey, of 255, between the same page drawn both ways."""

Drawn = list[tuple[Document, Rendering]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return [(certificate, render_sealed(certificate)) for certificate in certificates(HOW_MANY)]


@pytest.fixture(scope="module")
def files(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("drawn")
    paths = []
    for number, (_, rendering) in enumerate(drawn):
        paths.append(folder / f"{number:03}.pdf")
        paths[-1].write_bytes(rendering.pdf)
    return paths


def test_every_word_stands_at_its_place_nothing_overlaps_and_every_page_s_qrs_can_be_read(drawn: Drawn) -> None:
    assert [found for certificate, rendering in drawn for found in findings(certificate, rendering.pdf)] == []


def test_every_shape_has_its_seal_and_its_data(drawn: Drawn) -> None:
    assert [found for certificate, rendering in drawn for found in seal_findings(certificate, rendering.pdf)] == []


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


def test_an_address_of_200_characters_still_has_its_qr() -> None:
    certificate = sample(verify_url=f"https://{'a' * 160}.example/verificar/?codigo=C2CC6526")
    page = pypdfium2.PdfDocument(render(certificate).pdf)[0]
    assert reading.qrs(page) == expected_qrs(certificate)


def with_final_status(status: str, years: int) -> Document:
    """A certificate of so many years without marks that all have the same final status."""
    certificate = sample(groups=())
    (column,) = certificate.transcript.columns
    columns = tuple(column._replace(year=2013 + n, final_status=status) for n in range(years))
    return attested(certificate._replace(transcript=certificate.transcript._replace(columns=columns)))


def test_long_final_statuses_that_no_list_knows_take_a_denser_qr_and_not_the_certificate_away() -> None:
    certificate = with_final_status("REQUIERE EVALUACIÓN DE RECUPERACIÓN PEDAGÓGICA", 8)
    assert len(certificate.attestation) > LARGEST_ATTESTATION
    rendering = render_sealed(certificate)
    assert rendering.by_reference
    assert [*findings(certificate, rendering.pdf), *seal_findings(certificate, rendering.pdf)] == []


def test_a_final_status_of_one_word_wider_than_any_column_is_broken() -> None:
    certificate = with_final_status("X" * 250, 1)
    words = reading.words(pypdfium2.PdfDocument(render(certificate).pdf))
    assert sum(len(word.text) for word in words if set(word.text) == {"X"}) == 250


def test_a_character_that_no_font_has_is_refused_and_named() -> None:
    with pytest.raises(reference.UnprintableText) as refused:
        render(sample(full_name="ROSA 羅莎"))
    assert refused.value.characters == "羅莎"


def test_what_delimits_strings_in_pdf_and_xml_is_only_text_on_the_page() -> None:
    certificate = sample(full_name=r"ROSA (LA) D'ÁVILA \) 50% & <B>", observations=("%s %(code)s {nb} )Tj ET",))
    assert list(findings(certificate, render(certificate).pdf)) == []


@pytest.mark.parametrize("rare", ["", "Ǻ"], ids=["prepared", "reference"])
def test_observations_of_2000_characters_wrap_and_break_across_pages_in_both_ways_of_drawing(rare: str) -> None:
    words = "2019 - R.D. 0123-2019 - Convalidación de estudios por traslado de matrícula; "
    longest = (words * 30)[:1999].strip() + "."
    certificate = sample(observations=(longest,) * 7 + (rare + longest[1:],))
    rendering = render(certificate)
    assert rendering.by_reference == bool(rare)
    assert list(findings(certificate, rendering.pdf)) == []
    document = pypdfium2.PdfDocument(rendering.pdf)
    assert len(document) == 3
    unbroken = pypdfium2.PdfDocument(render(sample(observations=("X" * 2000, rare))).pdf)
    assert sum(len(word.text) for word in reading.words(unbroken) if set(word.text) == {"X"}) == 2000


def test_no_type_is_smaller_than_7_points() -> None:
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


def test_what_marks_mean_is_told_of_those_that_occur_and_of_no_others() -> None:
    assert "logro" not in _text(sample(mark="15"))
    assert "A: logro esperado. N.°" in _text(sample(mark="A"))
    assert "-: sin calificativo. N.°" in _text(sample(mark=None))
    assert "EXO: exoneración del área de educación religiosa a solicitud del padre o madre" in _text(sample(mark="EXO"))
    rows = zip(AREAS, ("B", "AD", "C", "A"), strict=False)
    all_marks = Group("area", tuple(Row(name, (mark,)) for name, mark in rows))
    told = "AD: logro destacado; A: logro esperado; B: en proceso; C: en inicio. N.°"
    assert told in _text(sample(groups=(all_marks,)))


def test_earlier_years_are_pointed_to_their_own_certificate_only_where_there_are_any() -> None:
    assert "certificado de estudios" not in _text(sample())
    assert "certificado de estudios" in _text(sample(earlier_years=True))


def test_the_serial_number_stands_under_the_qr_of_the_address() -> None:
    document = pypdfium2.PdfDocument(render(sample()).pdf)
    words = reading.words(document)
    number = words[reading.find(words, ["00000016"])]
    codes = [mark for mark in document[0].get_objects() if mark.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    left, bottom, right, _ = min(code.get_bounds() for code in codes)
    assert left < number.left < number.right < right
    assert number.top < bottom


def test_the_qr_of_the_signed_data_is_35_millimetres_wide_and_keeps_its_quiet_zone() -> None:
    document = pypdfium2.PdfDocument(render(sample()).pdf)
    codes = [mark for mark in document[0].get_objects() if mark.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    left, bottom, right, top = max(code.get_bounds() for code in codes)
    assert right - left == pytest.approx(35 / 25.4 * 72, abs=0.1)
    for word in reading.words(document):
        inside = word.left < right and word.right > left and word.bottom < top and word.top > bottom
        assert not inside, word.text


def test_the_page_says_why_it_needs_neither_internet_nor_a_signature_and_where_a_digest_stands_for_the_marks() -> None:
    text = _text(sample())
    assert "Datos firmados: se comprueban sin internet" in text
    assert "No requiere firma ni sello" in text
    assert "resumen de las notas" not in text
    assert "resumen de las notas" in _text(sample()._replace(marks_by_digest=True))
    assert "firmados" not in _text(sample()._replace(attestation=b"", embedded=b""))


def test_the_final_status_is_no_smaller_than_the_marks() -> None:
    assert Styles.STATUS.size >= Styles.MARK.size


@pytest.mark.parametrize("rare", ["", "Ǻ"], ids=["prepared", "reference"])
def test_a_name_is_never_parted_after_its_particle(rare: str) -> None:
    for letters in range(30, 60):
        name = f"{rare}{'M' * (letters - 20)} {'I' * 20} DE LA CRUZ DEL ROSAL"
        words = reading.words(pypdfium2.PdfDocument(render(sample(full_name=name)).pdf))
        for particle, rest in (("DE", "LA"), ("LA", "CRUZ"), ("DEL", "ROSAL")):
            place = reading.find(words, [particle, rest])
            assert words[place].middle == pytest.approx(words[place + 1].middle, abs=2)


def test_a_page_that_is_not_the_last_says_so_and_the_next_one_repeats_the_heading(drawn: Drawn) -> None:
    certificate = sample(observations=("Convalidación de estudios por traslado; " * 48,) * 8)
    text = _text(certificate)
    pages = len(pypdfium2.PdfDocument(render(certificate).pdf))
    assert pages > 1
    assert text.count("continúa en la página siguiente") == pages - 1
    assert text.count("Observaciones (continúa)") == pages - 1
    assert "continúa" not in _text(sample())


def test_a_missing_mark_is_a_dash_and_never_a_nought() -> None:
    assert "MATEMÁTICA - Situación" in _text(sample(mark=None))


def test_a_year_without_marks_still_shows_year_school_and_final_status() -> None:
    certificate = sample(groups=())
    rendering = render(certificate)
    assert list(findings(certificate, rendering.pdf)) == []
    assert "2019 Grado 4.° Código modular de la IE 0110101-0 Situación final PROMOVIDO" in _text(certificate)


def _text(certificate: Document) -> str:
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
