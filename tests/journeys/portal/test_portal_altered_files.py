"""/verificar/ beside a file that is not the one issued: every altered cell is named, and nothing is told in green."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from constancia.document import Document
from constancia_pdf import reference, writer
from playwright.sync_api import Browser, Page, expect

from infra import portal_headers, portal_libraries
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal import altering
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_one_gesture import DNI, OTHER_FILE, Certificate, changed, drop
from tests.journeys.portal.test_portal_verification import pdf
from tests.journeys.portal.visitor import Visitor
from tests.rendering.samples import sample
from tests.rendering.sealing import sealed
from tests.rendering.shapes import certificates

NAME = "ROSA CECILIA DEL ROSAL ÑAUPARI"
SAME_TEXT = "El texto de este archivo es el mismo"
UNREADABLE = "No se puede leer este archivo"
NO_READER = "No podemos comparar el texto de este archivo"
LIBRARY = "**/a/pdfjs-dist-*/**"
DRAWN = 32
"""Certificates of different shapes whose own text is compared with their data."""

reads_files = pytest.mark.skipif(
    not any("pdfjs" in address for address in portal_libraries.found()),
    reason="PDF.js is not installed (npm, node_modules/pdfjs-dist)",
)
Alter = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def certificate(running: Any) -> Certificate:
    """A certificate with its PDF."""
    citizen = Citizen(running.url)
    issued = citizen.obtain(request_body())
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


def differences(tab: Visitor) -> list[str]:
    """What is told beneath the banner, once the file is compared."""
    expect(tab.page.locator("#state section h2")).to_be_visible()
    return [" ".join(line.split()) for line in tab.page.locator("#state .years li").all_inner_texts()]


def is_told_as_another_file(tab: Visitor) -> None:
    tab.sees(OTHER_FILE)
    expect(tab.page.locator(".banner.altered")).to_have_count(1)
    expect(tab.page.locator(".banner.valid")).to_have_count(0)
    expect(tab.page.get_by_role("link", name="Descargar constancia")).to_be_visible()


def give(tab: Visitor, certificate: Certificate, content: bytes) -> None:
    """Drops a file, and types code and DNI where it does not bring them."""
    tab.go("/verificar/")
    drop(tab, content)
    status = tab.page.locator("#given-status")
    expect(status).to_contain_text("«constancia.pdf»")
    if "no trae los datos" in status.inner_text():
        tab.write("Código virtual", certificate["virtual_code"])
        tab.verify(DNI)
    is_told_as_another_file(tab)


def raise_mathematics(data: dict[str, Any]) -> None:
    (row,) = (row for row in data["transcript"]["groups"][0]["rows"] if row["name"] == "MATEMÁTICA")
    row["marks"][1] = "AD"


ONE_CELL: dict[str, tuple[Alter, str]] = {
    "a mark": (
        lambda content: altering.retyped(content, "B", "AD", after="MATEMÁTICA"),
        "Matemática, 2.° grado 2017: el archivo dice AD, la constancia emitida dice B.",
    ),
    "a name": (
        lambda content: altering.retyped(content, NAME, "ROSA MARÍA DEL ROSAL ÑAUPARI", after="Hace constar"),
        f"Nombre: el archivo dice ROSA MARÍA DEL ROSAL ÑAUPARI, la constancia emitida dice {NAME}.",
    ),
    "a year": (
        lambda content: altering.retyped(content, "2018", "2024", after="Año lectivo"),
        "Año lectivo, 3.er grado 2018: el archivo dice 2024, la constancia emitida dice 2018.",
    ),
    "a status": (
        lambda content: altering.retyped(content, "PROMOVIDO", "RETIRADO", after="Situación final"),
        "Situación final, 1.er grado 2016: el archivo dice RETIRADO, la constancia emitida dice PROMOVIDO.",
    ),
    "an incremental update": (
        lambda content: altering.painted_over(content, "MATEMÁTICA", "2017", "AD"),
        "Matemática, 2.° grado 2017: el archivo dice AD y B, uno sobre otro, la constancia emitida dice B.",
    ),
    "a rebuilt file": (
        lambda content: altering.rebuilt(content, raise_mathematics),
        "Matemática, 2.° grado 2017: el archivo dice AD, la constancia emitida dice B.",
    ),
    "an added page": (
        lambda content: altering.with_other_page(content, sealed(sample("JUAN QUISPE")), added=True),
        "Páginas: el archivo dice 2, la constancia emitida dice 1.",
    ),
}


@reads_files
@pytest.mark.parametrize("kind", ONE_CELL)
def test_the_cell_that_was_altered_is_named_and_no_other(visit: Visit, certificate: Certificate, kind: str) -> None:
    alter, told = ONE_CELL[kind]
    tab = visit()
    give(tab, certificate, alter(certificate["pdf"]))
    assert differences(tab) == [told]
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    assert tab.download() == certificate["pdf"], "the true one is offered"


@reads_files
def test_a_page_of_another_certificate_is_told_cell_by_cell(visit: Visit, certificate: Certificate) -> None:
    other = sealed(sample("JUAN QUISPE MAMANI", "C"))
    tab = visit(1280, color_scheme="dark")
    give(tab, certificate, altering.with_other_page(certificate["pdf"], other, added=False))
    said = differences(tab)
    for told in (
        f"Código virtual: el archivo dice C2CC6526, la constancia emitida dice {certificate['virtual_code']}.",
        f"Nombre: el archivo dice JUAN QUISPE MAMANI, la constancia emitida dice {NAME}.",
        "Columnas de la tabla: el archivo no lo dice, la constancia emitida dice 1.er grado 2016.",
        "Filas de la tabla: el archivo no lo dice, la constancia emitida dice COMUNICACIÓN.",
        "Matemática, 4.° grado 2019: el archivo dice C, la constancia emitida dice AD.",
    ):
        assert told in said
    assert tab.axe() == []


@reads_files
def test_a_file_of_which_no_word_was_changed_says_the_same_and_is_still_not_ours(
    visit: Visit, certificate: Certificate
) -> None:
    for alter in (altering.with_other_title, altering.made_smaller, changed):
        tab = visit()
        give(tab, certificate, alter(certificate["pdf"]))
        tab.sees(SAME_TEXT)
        assert differences(tab) == []


@reads_files
def test_a_file_that_was_printed_to_a_pdf_is_read_whatever_its_paper(
    visit: Visit, browser: Browser, certificate: Certificate
) -> None:
    tab = visit().go("/verificar/")
    give(tab, certificate, altering.printed(certificate["pdf"], tab.page, browser))
    tab.sees(SAME_TEXT)
    raised = altering.retyped(certificate["pdf"], "B", "AD", after="MATEMÁTICA")
    give(tab, certificate, altering.printed(raised, tab.page, browser))
    assert differences(tab) == [ONE_CELL["a mark"][1]]


@reads_files
@pytest.mark.parametrize(
    "content",
    [altering.scanned, lambda content: b"%PDF-1.7\n% torn\n", lambda content: content[: len(content) // 2]],
    ids=["a scan", "torn", "half a file"],
)
def test_a_file_without_text_is_told_as_what_cannot_be_read(
    visit: Visit, certificate: Certificate, content: Alter
) -> None:
    tab = visit()
    give(tab, certificate, content(certificate["pdf"]))
    tab.sees(UNREADABLE)
    assert differences(tab) == []
    assert tab.axe() == []


@reads_files
def test_another_document_is_told_as_what_it_is(visit: Visit, certificate: Certificate, browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>Recibo de luz</h1><p>Noviembre de 2026</p>")
    tab = visit()
    give(tab, certificate, page.pdf())
    page.close()
    tab.sees("El texto de este archivo no es el de una constancia")


@reads_files
def test_a_file_that_is_checked_beside_the_answer_is_compared_too(visit: Visit, certificate: Certificate) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    alter, told = ONE_CELL["a mark"]
    check = tab.page.get_by_label("Elige el PDF que te dieron")
    check.set_input_files(pdf(alter(certificate["pdf"])))
    is_told_as_another_file(tab)
    assert differences(tab) == [told]
    check = tab.page.get_by_label("Elige el PDF que te dieron")
    check.set_input_files(pdf(certificate["pdf"]))
    tab.sees("Constancia válida")
    expect(tab.page.locator("#state section")).to_have_count(
        0
    )  # what was said of a file before is not said of this one


@reads_files
def test_what_reads_a_pdf_is_kept_for_good_and_comes_compressed(citizen: Citizen) -> None:
    for address in portal_libraries.found():
        answer = citizen.call("GET", address, headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == portal_headers.FOR_GOOD
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "javascript" in answer.headers["Content-Type"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_what_reads_a_pdf_is_loaded_for_no_file_but_another_one(visit: Visit, certificate: Certificate) -> None:
    tab = visit()
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.go("/verificar/")
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    assert [url for url in asked if "pdfjs" in url or "differences" in url] == []


def test_where_what_reads_a_pdf_is_missing_the_page_says_so_and_stays_amber(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit()
    tab.page.route(LIBRARY, lambda route: route.fulfill(status=404))
    give(tab, certificate, changed(certificate["pdf"]))
    tab.sees(NO_READER)
    expect(tab.page.locator("#state")).to_contain_text("Falta la parte que lee archivos PDF.")
    assert tab.axe() == []


def test_where_the_comparison_itself_does_not_come_the_page_is_as_amber(visit: Visit, certificate: Certificate) -> None:
    tab = visit()
    tab.page.route("**/modules/file-differences.js", lambda route: route.abort())
    give(tab, certificate, changed(certificate["pdf"]))
    expect(tab.page.locator("#state")).to_contain_text("Vale lo que dice esta página: descarga el archivo verdadero.")
    assert tab.axe() == []


@reads_files
def test_a_mistake_of_ours_in_the_comparison_is_told_and_the_console_keeps_it(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit()
    tab.has_a_mistake_in("file-differences", "differencesOf")
    give(tab, certificate, changed(certificate["pdf"]))
    tab.sees("Algo falló de nuestro lado")
    (kept,), tab.noise[:] = list(tab.noise), []
    assert "mistake" in kept


COMPARE = """async ([bytes, found, address]) => {
  const { textOf } = await import("/modules/pdf-text.js");
  const { differencesOf } = await import("/modules/file-differences.js");
  return differencesOf(await textOf(new Uint8Array(bytes)), found, address) ?? "no certificate";
}"""


def drawn(document: Document) -> bytes:
    try:
        return writer.write(document)
    except UnicodeEncodeError:  # letters that the prepared fonts lack
        return reference.draw(document)


def compared(page: Page, content: bytes, data: bytes, address: str) -> Any:
    return page.evaluate(COMPARE, [list(content), json.loads(data), address])


@reads_files
def test_the_own_text_of_a_certificate_of_any_shape_says_nothing_else_than_its_data(visit: Visit) -> None:
    page = visit().go("/verificar/").page
    for document in certificates(DRAWN):
        assert compared(page, drawn(document), document.embedded, document.verify_url) == [], document.transcript


@reads_files
@pytest.mark.parametrize("number", [7, 16, 26])
def test_marks_that_change_places_are_both_named_on_whatever_page_they_stand(visit: Visit, number: int) -> None:
    *_, document = certificates(number + 1)
    transcript = document.transcript
    rows = [(group, row) for group, members in enumerate(transcript.groups) for row in range(len(members.rows))]
    column = len(transcript.columns) - 1

    def mark(place: tuple[int, int]) -> str | None:
        return transcript.groups[place[0]].rows[place[1]].marks[column]

    first, last = next((one, other) for one in rows for other in reversed(rows) if mark(one) != mark(other))
    altered = json.loads(document.embedded)
    for place, other in ((first, last), (last, first)):
        altered["transcript"]["groups"][place[0]]["rows"][place[1]]["marks"][column] = mark(other)
    told = compared(
        visit().go("/verificar/").page,
        drawn(document),
        json.dumps(altered).encode(),
        document.verify_url,
    )
    wanted = [(mark(first) or "-", mark(last) or "-"), (mark(last) or "-", mark(first) or "-")]
    assert [(one["file"], one["issued"]) for one in told] == wanted
    assert all(str(transcript.columns[column].year) in one["place"] for one in told)
