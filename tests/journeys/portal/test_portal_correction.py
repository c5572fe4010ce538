"""/solicitar/: a wrong mark is pointed out in the preview, by keyboard, on a small screen, on a bad link."""

import json
import re

import pytest
from playwright.sync_api import Locator, expect

from infra.console.services import Local
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import AXE, STUDENT, Visitor

STEP = ("Antes de emitir", "Señala la nota equivocada")
MARKS = ("Último paso", "Revisa las notas")
YEAR, ROW, SHOULD_BE = "Año", "Área, competencia o taller", "¿Qué nota debería estar?"


@pytest.fixture
def at_marks(at_review: Visit) -> Visit:
    """Opens a tab at the marks."""

    def open_tab(width: int = 320) -> Visitor:
        tab = at_review(width)
        tab.send()
        tab.sees_step(*MARKS)
        return tab

    return open_tab


def point_out(tab: Visitor, year: str, name: str, should_be: str = "AD", why: str = "") -> None:
    """Fills in the page of a wrong mark, once it is there."""
    expect(listed(tab, YEAR)).to_be_visible()
    listed(tab, YEAR).select_option(label=option(tab, YEAR, year))
    listed(tab, ROW).select_option(label=option(tab, ROW, name))
    tab.write(SHOULD_BE, should_be)
    tab.write("¿Por qué?", why)


def listed(tab: Visitor, label: str) -> Locator:
    """The list of that name."""
    return tab.page.get_by_role("combobox", name=label, exact=True)


def option(tab: Visitor, label: str, begins: str) -> str:
    """The option of a list that begins so."""
    options = listed(tab, label).locator("option").all_inner_texts()
    return next(text for text in options if text.startswith(begins))


def axe(tab: Visitor) -> list[str]:
    return tab.axe() if AXE.exists() else []


def test_a_wrong_mark_is_pointed_out_by_keyboard_at_320_pixels(at_marks: Visit) -> None:
    tab = at_marks()
    tab.tabs_to("Señala la nota")
    tab.page.keyboard.press("Enter")
    tab.sees_step(*STEP)
    assert (axe(tab), tab.is_wider_than_the_screen()) == ([], False)
    tab.tabs_to(SHOULD_BE)
    tab.sends_by_keyboard()
    for said in ("Elige el año", "Elige la nota que está mal", "Escribe la nota que debería estar"):
        expect(tab.summary()).to_contain_text(said)
    assert (axe(tab), tab.is_wider_than_the_screen()) == ([], False)
    tab.tabs_to(YEAR)
    tab.page.keyboard.type("2019")
    assert option(tab, ROW, "MATEMÁTICA") == "MATEMÁTICA: AD", "the mark of the year that is chosen stands beside it"
    point_out(tab, "2019", "MATEMÁTICA", why="En la libreta dice AD")
    with tab.page.expect_request("**/corrections") as sent:
        tab.sends_by_keyboard()
    assert json.loads(sent.value.post_data or "") == {
        "year": 2019,
        "group": "area",
        "name": "MATEMÁTICA",
        "should_be": "AD",
        "comment": "En la libreta dice AD",
    }
    thanks = tab.page.get_by_role("heading", name=re.compile("^Anotamos tu solicitud N.º [0-9A-Z]{8}$"))
    expect(thanks).to_be_focused()
    page = tab.page.locator("#correccion")
    expect(page).to_contain_text("La revisará la I.E. 1101 SAN JOSÉ. Te avisaremos por correo cuando cambie.")
    assert (axe(tab), tab.is_wider_than_the_screen()) == ([], False)
    ticket = thanks.inner_text().rpartition(" ")[2]
    kept_there = Local(tab.url).call("keep_corrections", {"school_code": "0110101"})["corrections"]
    assert ticket in {kept["ticket"] for kept in kept_there}
    tab.press("Señalar otra nota")
    expect(listed(tab, YEAR)).to_be_focused()
    point_out(tab, "2016", "ARTE Y CULTURA")
    tab.press("Enviar al colegio")
    expect(thanks).to_be_focused()
    tab.follow("Volver a las notas")
    tab.sees_step(*MARKS)
    expect(tab.page.get_by_role("button", name="Aceptar y emitir")).to_be_visible()


def test_what_was_typed_is_there_after_the_link_dropped(at_marks: Visit) -> None:
    tab = at_marks()
    tab.follow("Señala la nota")
    point_out(tab, "2018", "COMUNICACIÓN", "B", "No es la de la libreta")
    tab.on_api("/api/requests/*/corrections", lambda route: route.abort("connectionreset"), times=1)
    tab.press("Enviar al colegio")
    expect(tab.summary()).to_contain_text("No hay conexión")
    expect(tab.page.get_by_label(SHOULD_BE)).to_have_value("B")
    tab.follow("Atrás")
    tab.sees_step(*MARKS)
    tab.follow("Señala la nota")
    expect(tab.page.get_by_label(re.compile("Por qué"))).to_have_value("No es la de la libreta")
    tab.press("Enviar al colegio")
    expect(tab.page.get_by_role("heading", name=re.compile("^Anotamos tu solicitud"))).to_be_focused()


def test_what_the_service_says_of_a_field_stands_beside_it(at_marks: Visit) -> None:
    tab = at_marks()
    tab.follow("Señala la nota")
    point_out(tab, "2018", "COMUNICACIÓN", "王")
    tab.press("Enviar al colegio")
    expect(tab.summary()).to_contain_text("Este dato tiene caracteres que no se pueden mostrar.")
    expect(tab.page.get_by_label(SHOULD_BE)).to_have_attribute("aria-invalid", "true")
    assert axe(tab) == []


def test_a_request_that_has_pointed_out_too_many_is_told_where_to_go(at_marks: Visit) -> None:
    tab = at_marks()
    tab.follow("Señala la nota")
    tab.refuses("/api/requests/*/corrections", "too_many_corrections")
    point_out(tab, "2018", "COMUNICACIÓN")
    tab.press("Enviar al colegio")
    expect(tab.summary()).to_contain_text("Para las demás, acércate a la institución educativa o a la UGEL.")
    tab.page.unroute_all()


def test_who_reloads_the_page_sees_the_marks_first(at_marks: Visit) -> None:
    tab = at_marks()
    tab.follow("Señala la nota")
    tab.sees_step(*STEP)
    tab.page.reload()
    tab.sees_step(*MARKS)


def test_nobody_gets_there_before_the_marks(visit: Visit) -> None:
    tab = visit().go("/solicitar/#correccion")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")


def test_the_holders_page_says_how_a_wrong_mark_is_pointed_out(visit: Visit, citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    tab = visit().go(f"/constancia/?codigo={code}")
    tab.write("Número de DNI", STUDENT.dni)
    tab.prove_human()
    tab.press("Ver mi constancia")
    note = tab.page.get_by_text("¿Ves una nota equivocada?")
    expect(note).to_be_visible()
    tab.follow("Empieza una solicitud")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
