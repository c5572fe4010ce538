"""The portal for everybody: axe-core on every page and state, small screens, large text, print, no JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from infra.console.services import Local
from infra.local.service import Service
from tests.institution import register
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_institutions import begin, choose, holding, kept, key_field, saved
from tests.journeys.portal.visitor import AXE, GUARDIAN, STUDENT, Visitor

pytestmark = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed (npm, node_modules/axe-core)")

ASKING = ["/", "/solicitar/", "/verificar/", "/constancia/", "/instituciones/"]
PAGES = [*ASKING, "/privacidad/", "/accesibilidad/"]
SMALLEST_TARGET = 24
"""Pixels; WCAG 2.2, 2.5.8."""
SCREENS: list[dict[str, Any]] = [
    {"width": 320, "color_scheme": "dark"},
    {"width": 1280, "color_scheme": "light"},
]


def is_sound(tab: Visitor) -> None:
    """Nothing for axe-core to find, nothing cut off at the side, nothing too small for a thumb."""
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    assert small_targets(tab) == []


def small_targets(tab: Visitor) -> list[str]:
    """Controls and links, those inside a sentence excepted, with a side below the smallest target."""
    found: list[str] = tab.page.evaluate(
        """smallest => [...document.querySelectorAll("a, button, input, select, summary")]
          .filter(node => node.checkVisibility() && !node.matches(".skip, li a, p a"))
          .map(node => [node.outerHTML, node.getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.width, box.height) < smallest).map(([html]) => html)""",
        SMALLEST_TARGET,
    )
    return found


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_every_state_of_a_request_is_sound(visit: Visit, screen: dict[str, Any]) -> None:
    tab = visit(**screen).go("/")
    for question in tab.page.locator("summary").all():
        question.click()
    is_sound(tab)
    tab.follow("Solicitar constancia")
    states: tuple[Callable[[], None], ...] = (
        tab.say_who_asks,
        lambda: tab.describe(GUARDIAN),
        lambda: tab.describe(STUDENT, "del estudiante"),
        tab.choose_level,
        tab.leave_contact,
    )
    for answer in states:
        is_sound(tab)
        tab.press("Continuar")
        expect(tab.summary()).to_be_visible()
        is_sound(tab)
        answer()
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    is_sound(tab)
    tab.press("Continuar y ver las notas")
    is_sound(tab)
    tab.send()
    tab.sees("Notas")
    is_sound(tab)
    tab.follow("Señala la nota")
    expect(tab.page.get_by_role("button", name="Enviar al colegio")).to_be_visible()
    is_sound(tab)
    tab.press("Enviar al colegio")
    expect(tab.summary()).to_be_visible()
    is_sound(tab)
    tab.follow("Atrás")
    tab.sees("Notas")
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")
    expect(tab.page.get_by_role("link", name="Descargar constancia")).to_be_visible()
    is_sound(tab)


@pytest.mark.usefixtures("many_codes")
@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_every_state_of_the_page_of_the_code_is_sound(at_code: Visit, screen: dict[str, Any]) -> None:
    tab = at_code(**screen)
    is_sound(tab)
    tab.press("Continuar y ver las notas")
    expect(tab.summary()).to_be_visible()
    is_sound(tab)
    for _ in range(2):
        tab.press("Enviar otro código")
        expect(tab.page.get_by_role("status").filter(has_text="Te enviamos otro código")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Enviar otro código")).to_be_hidden()
    is_sound(tab)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_every_state_of_a_verification_is_sound(
    visit: Visit, citizen: Citizen, correct: Correct, screen: dict[str, Any]
) -> None:
    older = citizen.obtain(request_body())["virtual_code"]
    correct(SCREENS.index(screen), "EXO")
    newer = citizen.obtain(request_body())["virtual_code"]
    tab = visit(**screen).go("/verificar/")
    is_sound(tab)
    tab.press("Verificar")
    is_sound(tab)
    for code, dni, heading in (
        (newer, STUDENT.dni, "Constancia válida"),
        (older, STUDENT.dni, "Constancia reemplazada"),
        (newer, "71705601", "No encontramos esa constancia"),
    ):
        tab.go(f"/verificar/?codigo={code}").verify(dni)
        tab.sees(heading)
        is_sound(tab)
        if heading == "Constancia válida":
            tab.press("Ver las verificaciones")
            tab.sees("Se verificó una vez")
            is_sound(tab)
    tab.refuses("/api/verifications", "temporarily_unavailable", retry_after=5)
    tab.press("Verificar")
    tab.sees("No se pudo comprobar")
    is_sound(tab)
    for path, heading in (("/no-existe/", "No encontramos esta página"), ("/accesibilidad/", "Accesibilidad")):
        tab.go(path)
        tab.sees(heading)
        expect(tab.page.locator("main")).to_contain_text("(511) 615-5800")
        is_sound(tab)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_every_state_of_a_list_is_sound(
    visit: Visit, running: Service, citizen: Citizen, screen: dict[str, Any]
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    keys = [register(Local(running.url).call, quota)["key"] for quota in (3, 10)]
    tab = visit(**screen).go("/instituciones/")
    is_sound(tab)
    tab.press("Verificar la lista")
    expect(tab.summary()).to_be_visible()
    is_sound(tab)
    long = "Facultad de Ingeniería_" * 12
    rows = [[code, STUDENT.dni, long], [code, "1234567", ""], ["?" * 60, "1", "x"], *[[code, STUDENT.dni, "y"]] * 3]
    begin(tab, keys[0], saved(rows))
    expect(tab.summary()).to_contain_text("Se acabó la cuota de hoy")
    is_sound(tab)
    kept(tab)
    tab.follow("Verificar otra lista")
    choose(tab, saved(rows))
    tab.tick("Completar los ceros")
    is_sound(tab)
    key_field(tab).fill(keys[1])
    held = holding(tab, times=1)
    tab.press("Verificar la lista")
    tab.sees("Verificando la lista")
    is_sound(tab)
    held.pop().continue_()
    tab.sees("Lista verificada")
    expect(tab.page.get_by_role("table", name="Respuestas")).to_contain_text("Concluyó el nivel")
    is_sound(tab)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_the_privacy_notice_is_sound_and_reached_from_the_declaration(at_review: Visit, screen: dict[str, Any]) -> None:
    tab = at_review(**screen)
    tab.follow("cómo los cuidamos y quién puede verla")
    tab.sees("Cómo cuidamos tus datos")
    is_sound(tab)
    tab.page.go_back()
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")


@pytest.mark.parametrize("width", [320, 640])
@pytest.mark.parametrize("path", PAGES)
def test_text_at_twice_its_size_is_still_all_there(visit: Visit, path: str, width: int) -> None:
    tab = visit(width).go(path)
    tab.page.locator("html").evaluate("root => { root.style.fontSize = '200%'; }")
    assert not tab.is_wider_than_the_screen()


def test_a_verdict_in_text_of_twice_the_size_has_the_width_of_a_phone(visit: Visit, citizen: Citizen) -> None:
    """Beside its sign a word was broken after each letter or two."""
    tab = visit(320).go(f"/verificar/?codigo={citizen.obtain(request_body())['virtual_code']}")
    tab.verify(STUDENT.dni)
    tab.sees("Constancia válida")
    tab.page.evaluate("document.documentElement.style.fontSize = '200%'")
    box = tab.page.get_by_role("heading", level=1).bounding_box()
    assert box
    assert box["width"] > 320 / 2


@pytest.mark.parametrize("path", ["/solicitar/#revision", "/verificar/"])
def test_a_proof_under_way_does_not_move_the_button_below_it(at_review: Visit, path: str) -> None:
    tab = at_review().go(path)
    button = tab.page.get_by_role("button", name="Continuar y ver las notas" if "solicitar" in path else "Verificar")
    place = "button => button.getBoundingClientRect().top + scrollY"
    before = button.evaluate(place)
    tab.page.route("**/api/captcha?*", lambda _: None)
    tab.prove_human()
    expect(tab.page.locator("#human-status")).to_have_text("Comprobando, unos segundos…")
    assert button.evaluate(place) == before


def test_the_table_of_marks_fits_a_small_screen_and_many_years_scroll_inside_it(at_review: Visit) -> None:
    tab = at_review()
    tab.send()
    table = tab.page.get_by_role("region", name="Notas")
    expect(table).to_be_visible()
    assert table.evaluate("region => region.scrollWidth <= region.clientWidth")
    tab.page.locator("html").evaluate("root => { root.style.fontSize = '200%'; }")
    assert not tab.is_wider_than_the_screen()
    table.focus()
    expect(table).to_be_focused()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_years_stay_in_sight_while_the_marks_are_read(at_review: Visit, width: int) -> None:
    tab = at_review(width)
    tab.send()
    year = tab.page.get_by_role("columnheader", name="2016")
    tab.page.get_by_role("row").last.evaluate("row => scrollTo(0, row.getBoundingClientRect().top + scrollY - 200)")
    top = year.evaluate("head => head.getBoundingClientRect().top")
    assert 0 <= top < 100


def test_a_file_is_chosen_by_a_button_in_our_own_words(visit: Visit, citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    tab = visit().go(f"/verificar/?codigo={code}")
    tab.verify(STUDENT.dni)
    native = tab.page.get_by_label("Elige el PDF que te dieron")
    assert native.evaluate("input => getComputedStyle(input).opacity") == "0"
    with tab.page.expect_file_chooser():
        native.click()


def test_nothing_moves_for_those_who_asked_for_less_motion(visit: Visit) -> None:
    tab = visit(reduced_motion="reduce").go("/")
    moving = "[...document.querySelectorAll('*')].filter(n => getComputedStyle(n).transitionDuration !== '0s').length"
    assert tab.page.evaluate(moving) == 0


def test_a_printed_answer_shows_the_marks_and_not_the_buttons(visit: Visit, citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    tab = visit(1280).go(f"/verificar/?codigo={code}")
    tab.verify(STUDENT.dni)
    tab.sees("Constancia válida")
    tab.page.emulate_media(media="print")
    expect(tab.page.get_by_role("table")).to_be_visible()
    tab.sees("Constancia válida")
    for button in ("Imprimir", "Descargar constancia"):
        expect(tab.page.get_by_text(button, exact=True)).to_be_hidden()
    expect(tab.page.get_by_label("Elige el PDF")).to_be_hidden()
    expect(tab.page.get_by_role("form", name="¿Quién verificó esta constancia?")).to_be_hidden()


@pytest.mark.parametrize("path", ASKING)
def test_without_javascript_the_pages_say_what_is_needed_and_where_else_to_go(visit: Visit, path: str) -> None:
    tab = visit(java_script_enabled=False).go(path)
    words = tab.page.locator("main noscript").text_content() or ""
    for word in ("JavaScript", "UGEL", "(511) 615-5800"):
        assert word in words
    expect(tab.page.get_by_role("button")).to_have_count(0)


def test_the_skip_link_leads_past_the_header(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.page.keyboard.press("Tab")
    expect(tab.page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("main")).to_be_focused()
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")


def test_the_mark_of_the_house_has_one_size_on_every_page(visit: Visit) -> None:
    tab = visit(1280)
    pages = (
        "/",
        "/solicitar/",
        "/verificar/",
        "/constancia/",
        "/instituciones/",
        "/privacidad/",
        "/accesibilidad/",
        "/no",
    )
    for path in pages:
        tab.go(path)
        mark = tab.page.locator(".brand > :first-child").bounding_box()
        assert mark
        assert (mark["width"], mark["height"]) == (40, 40), path
