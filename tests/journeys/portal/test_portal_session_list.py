"""What was verified since the page was opened: under the verdict, as sheets of paper, as CSV; and nowhere kept."""

import csv
import io
import re
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import STUDENT, Visitor


@pytest.fixture
def verified(visit: Visit, citizen: Citizen) -> tuple[Visitor, dict[str, Any]]:
    """A tab in which one certificate was found, and then none."""
    certificate = citizen.obtain(request_body())
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(STUDENT.dni)
    tab.sees("Constancia válida")
    tab.follow("Verificar otra constancia")
    tab.write("Código virtual", "dyng-xn2b")
    tab.verify(STUDENT.dni)
    tab.sees("No encontramos esa constancia")
    return tab, certificate


def entries(tab: Visitor) -> Locator:
    return tab.page.locator("#session-list li")


def test_what_was_verified_is_listed_with_its_moment(verified: tuple[Visitor, dict[str, Any]]) -> None:
    tab, certificate = verified
    expect(entries(tab)).to_have_count(2)
    expect(entries(tab).first).to_contain_text("Constancia válida")
    expect(entries(tab).first).to_contain_text(f"ROSA CECILIA DEL ROSAL ÑAUPARI DNI {STUDENT.dni}")
    expect(entries(tab).first).to_contain_text(certificate["virtual_code"])
    expect(entries(tab).last).to_contain_text("DYNGXN2B")
    expect(entries(tab).last).to_contain_text(re.compile(r"Verificada el \d+ de \w+ de \d{4} a las \d\d:\d\d"))
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()


def test_each_is_one_sheet_of_paper_with_its_number_and_none_is_blank(
    verified: tuple[Visitor, dict[str, Any]],
) -> None:
    tab, certificate = verified
    tab.page.evaluate("window.print = () => {}")
    for button, sheets in (("Imprimir todas", 2), ("Imprimir esta hoja", 1)):
        tab.page.get_by_role("button", name=button, exact=True).first.click()
        printed = pypdfium2.PdfDocument(tab.page.pdf(format="A4"))
        texts = [page.get_textpage().get_text_range() for page in printed]
        assert len(texts) == sheets
        for number, text in enumerate(texts, 1):
            assert f"Página {number} de {sheets}" in text
            assert re.search(r"Verificada el \d+ de \w+ de \d{4} a las \d\d:\d\d:\d\d\.", text)
        assert "Constancia válida" in texts[0]
        assert f"/verificar/?codigo={certificate['virtual_code']}" in texts[0].replace("\r\n", "")
        tab.page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(tab.page.locator("#sheets")).to_have_count(0)


def test_the_table_opens_in_a_spreadsheet_and_holds_no_formula(verified: tuple[Visitor, dict[str, Any]]) -> None:
    tab, certificate = verified
    tab.write("Código virtual", "=1+1")
    tab.verify(STUDENT.dni)
    with tab.page.expect_download() as download:
        tab.press("Descargar la tabla (CSV)")
    head, *rows = csv.reader(io.StringIO(download.value.path().read_text("utf-8-sig")))
    assert head == ["Fecha", "Hora", "Resultado", "De quién", "Código virtual", "Dirección"]
    assert rows[0][2:5] == [
        "Constancia válida",
        f"ROSA CECILIA DEL ROSAL ÑAUPARI DNI {STUDENT.dni}",
        certificate["virtual_code"],
    ]
    assert [row[2] for row in rows[:2]] == ["Constancia válida", "No encontramos esa constancia"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_the_list_is_in_no_storage_and_can_be_deleted(verified: tuple[Visitor, dict[str, Any]]) -> None:
    tab, _ = verified
    assert tab.page.evaluate("sessionStorage.length + localStorage.length") == 0
    tab.press("Borrar la lista")
    expect(tab.page.locator("#session-list")).to_be_hidden()
    tab.write("Código virtual", "DYNGXN2C")
    tab.verify(STUDENT.dni)
    expect(tab.page.locator("#session-list")).to_be_visible()
    tab.page.locator("#session-list summary").click()
    expect(entries(tab)).to_have_count(1)
    tab.page.reload()
    expect(tab.page.locator("#session-list")).to_be_hidden()
