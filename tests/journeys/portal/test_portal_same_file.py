"""Files as they come: mended on the disk and chosen again by their old name, or dropped beside the place for them."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import Visitor

HEADINGS = "código,DNI\n"


def choose(tab: Visitor, field: str, *files: Path) -> None:
    """Opens the dialog and chooses as a person does: the browser alone says whether anything changed."""
    with tab.page.expect_file_chooser():
        tab.page.locator(field).click()
    browser = tab.context.new_cdp_session(tab.page)
    node = browser.send("Runtime.evaluate", {"expression": f"document.querySelector('{field}')"})["result"]
    if files:
        browser.send("DOM.setFileInputFiles", {"files": [str(file) for file in files], "objectId": node["objectId"]})
    else:
        tab.page.locator(field).dispatch_event("cancel")


def test_a_list_that_was_mended_is_read_again_and_one_that_is_not_chosen_after_all_stays(
    visit: Visit, tmp_path: Path
) -> None:
    file = tmp_path / "lista.csv"
    file.write_text(f"{HEADINGS}C2CC6526,7170560X\n", encoding="utf-8")
    tab = visit().go("/instituciones/")
    expect(tab.page.get_by_role("button", name="Verificar la lista")).to_be_enabled()
    choose(tab, "#file", file)
    status = tab.page.locator("#file-status")
    expect(status).to_contain_text("Se pueden verificar 0")
    file.write_text(f"{HEADINGS}C2CC6526,71705600\nDYNGXN2B,71705600\n", encoding="utf-8")
    choose(tab, "#file", file)
    expect(status).to_contain_text("2 filas, listas para verificar.")
    choose(tab, "#file")
    tab.press("Verificar la lista")
    expect(tab.summary().get_by_role("link")).to_have_text(
        ["Escribe la clave de la institución", "Elige cuánto necesitas saber"]
    )


def test_a_pdf_that_could_not_be_read_is_read_when_it_is_chosen_again(visit: Visit, tmp_path: Path) -> None:
    file = tmp_path / "constancia.pdf"
    file.write_bytes(b"%PDF-1.7\n")
    tab = visit().go("/verificar/")
    expect(tab.page.get_by_role("button", name="Verificar")).to_be_enabled()
    status = tab.page.locator("#given-status")
    for _ in range(2):
        choose(tab, "#pdf", file)
        expect(status).to_contain_text("no trae los datos")
        status.evaluate("node => { node.textContent = ''; }")


@pytest.mark.parametrize(("path", "status"), [("/verificar/", "#given-status"), ("/instituciones/", "#file-status")])
def test_a_file_that_is_dropped_beside_the_form_is_taken_and_does_not_replace_the_page(
    visit: Visit, path: str, status: str
) -> None:
    tab = visit(1280).go(path)
    expect(tab.page.locator("form button:not([type])")).to_be_enabled()
    transfer = tab.page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["a file"], "algo.pdf", { type: "application/pdf" }));
          return transfer;
        }"""
    )
    tab.page.locator("header").dispatch_event("drop", {"dataTransfer": transfer})
    expect(tab.page.locator(status)).to_contain_text("algo" if path == "/verificar/" else "Falta")
