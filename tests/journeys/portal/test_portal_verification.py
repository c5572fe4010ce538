"""/verificar/: is this paper true?"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from constancia.verifying import verification
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import STUDENT, Visitor, problem

VERIFICATIONS = "/api/verifications"
HISTORY = "/api/verifications/history"
DNI = STUDENT.dni


@pytest.fixture
def certificate(citizen: Citizen) -> dict[str, Any]:
    """A certificate, just issued."""
    return citizen.obtain(request_body())


def answering(**changes: Any) -> Callable[[Route], None]:
    """Lets the service answer, with some facts changed."""

    def answer(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, body=json.dumps(answered.json() | changes))

    return answer


def banner(page: Page) -> str:
    return page.locator(".banner").inner_text()


def pdf(content: bytes) -> FilePayload:
    return {"name": "constancia.pdf", "mimeType": "application/pdf", "buffer": content}


@pytest.mark.parametrize("width", [320, 1280])
def test_the_address_in_the_qr_fills_in_the_code_and_the_dni_does_the_rest(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any], width: int
) -> None:
    tab = visit(width)
    tab.page.goto(certificate["verify_url"])
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value(certificate["virtual_code"])
    assert not tab.is_wider_than_the_screen()
    tab.verify(DNI)
    expect(tab.page).to_have_title("Constancia válida - Verificar constancia")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    main = tab.page.locator("main")
    for fact in ("ROSA CECILIA", DNI, certificate["virtual_code"], certificate["serial_number"], "I.E. 1101 SAN JOSÉ"):
        expect(main).to_contain_text(fact)
    expect(tab.page.get_by_role("row", name="MATEMÁTICA").get_by_role("cell")).to_have_count(6)
    assert not tab.is_wider_than_the_screen()
    assert hashlib.sha256(tab.download()).hexdigest() == certificate["sha256"]
    assert DNI not in tab.page.url


def test_a_code_typed_by_hand_verifies_with_the_keyboard_alone(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit(1280).go("/")
    keys = tab.page.keyboard
    tab.tabs_to("Verificar constancia")
    keys.press("Enter")
    expect(tab.page).to_have_title(re.compile("^Verificar constancia"))
    tab.tabs_to("Código virtual")
    code = certificate["virtual_code"].lower()
    keys.type(f"{code[:4]}-{code[4:]}")
    tab.tabs_to("Número de DNI")
    keys.type(DNI)
    tab.tabs_to("No soy un robot")
    keys.press("Space")
    tab.tabs_to("Verificar")
    keys.press("Enter")
    tab.sees("Constancia válida")


def test_what_is_typed_before_the_page_has_its_script_stays(visit: Visit) -> None:
    tab = visit()
    script: list[Route] = []
    tab.page.route("**/modules/verify.js", lambda route: script.append(route))  # noqa: PLW0108 it marks the function
    with tab.page.expect_request("**/modules/verify.js"):
        tab.page.goto(f"{tab.url}/verificar/", wait_until="commit")
    code = tab.page.get_by_role("textbox", name="Código virtual")
    code.fill("2CC6526Z")
    script.pop().continue_()
    expect(tab.page.get_by_role("button", name="Verificar")).to_be_enabled()
    expect(code).to_have_value("2CC6526Z")


@pytest.mark.parametrize(
    ("successor", "says"),
    [("valid", "Pide la nueva."), ("annulled", "Esa otra está anulada: pide que soliciten una nueva.")],
)
def test_a_superseded_certificate_is_authentic_and_says_since_when_there_is_another_and_what_became_of_it(
    visit: Visit, certificate: dict[str, Any], successor: str, says: str
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.on_api(VERIFICATIONS, answering(status="superseded", superseded_on="2026-11-20", successor_status=successor))
    tab.verify(DNI)
    tab.sees("Constancia reemplazada")
    words = banner(tab.page)
    assert "Es auténtica, pero el 20 de noviembre de 2026 se emitió otra más reciente, que dice algo distinto." in words
    assert says in words


def test_a_certificate_of_which_there_is_a_newer_copy_is_valid_and_says_so(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    citizen.obtain(request_body())
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    expect(tab.page.locator("#state")).to_contain_text("se emitió otra constancia igual. Las dos son válidas.")


def test_an_annulled_certificate_says_when_and_why_and_shows_neither_marks_nor_a_link(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    reason = "Acta rectificada por R.D. 0456-2026"
    annulled = {"status": "annulled", "annulled_on": "2026-11-20", "annulment_reason": reason}
    tab.on_api(VERIFICATIONS, answering(**annulled, transcript=None, pdf_url=None))
    tab.verify(DNI)
    tab.sees("Constancia anulada")
    words = banner(tab.page)
    assert "Se anuló el 20 de noviembre de 2026 y no tiene validez." in words
    assert f"Motivo: {reason}" in words
    assert "auténtica" not in words
    details = tab.page.locator("#details")
    expect(details).to_contain_text(certificate["virtual_code"])
    expect(details).not_to_contain_text("ROSA CECILIA")
    expect(details.get_by_role("table")).to_have_count(0)
    expect(details.get_by_role("link", name="Descargar")).to_have_count(0)


def test_a_wrong_code_or_dni_is_not_found_and_what_was_written_stays(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify("71705601")
    expect(tab.heading("No encontramos esa constancia")).to_be_focused()
    expect(tab.page).to_have_title("No encontramos esa constancia - Verificar constancia")
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_have_value("71705601")
    tab.write("Número de DNI", DNI)
    tab.press("Verificar")
    tab.sees("Constancia válida")


@pytest.mark.parametrize(
    ("code", "facts"), [("temporarily_unavailable", {"retry_after": 5}), ("too_many_attempts", {"retry_after": 900})]
)
def test_what_could_not_be_checked_is_neither_true_nor_false(
    visit: Visit, certificate: dict[str, Any], code: str, facts: dict[str, Any]
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.refuses(VERIFICATIONS, code, times=1, headers={"Retry-After": str(facts["retry_after"])}, **facts)
    tab.verify(DNI)
    expect(tab.heading("No se pudo comprobar")).to_be_focused()
    words = tab.page.locator("#answer").inner_text()
    assert "No sabemos todavía si la constancia es auténtica o no" in words
    assert ("15 minutos" in words) == (code == "too_many_attempts")
    tab.press("Verificar")
    tab.sees("Constancia válida")


def test_a_dropped_link_is_neither_true_nor_false(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.on_api(VERIFICATIONS, lambda route: route.abort("connectionreset"), times=1)
    tab.verify(DNI)
    tab.sees("No se pudo comprobar")
    expect(tab.page.locator("#answer")).to_contain_text("No hay conexión")
    tab.press("Verificar")
    tab.sees("Constancia válida")


@pytest.mark.parametrize(
    ("module", "function"), [("verdict", "startVerifying"), ("verdict", "render"), ("questions", "answersTo")]
)
def test_a_mistake_of_ours_is_no_answer_and_no_missing_connection(
    visit: Visit, certificate: dict[str, Any], module: str, function: str
) -> None:
    tab = visit()
    tab.has_a_mistake_in(module, function)
    tab.go(f"/verificar/?codigo={certificate['virtual_code']}").verify(DNI)
    tab.sees_our_fault()
    expect(tab.page.get_by_text("Constancia válida")).to_be_hidden()


def test_an_answer_part_that_does_not_load_says_so_and_can_be_tried_again(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = visit()
    tab.page.route("**/modules/verdict.js", lambda route: route.abort())
    tab.go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    expect(tab.summary()).to_contain_text("No hay conexión")
    tab.page.unroute("**/modules/verdict.js")
    tab.press("Verificar")
    tab.sees("Constancia válida")


def test_what_is_missing_is_said_at_once_beside_its_field(visit: Visit) -> None:
    tab = visit().go("/verificar/")
    tab.press("Verificar")
    expect(tab.summary()).to_be_focused()
    expect(tab.page).to_have_title(re.compile("^Error: "))
    expect(tab.summary().get_by_role("link")).to_have_text(
        ["Escribe el código virtual", "Escribe el número de DNI del estudiante", "Marca «No soy un robot»"]
    )
    tab.follow("Escribe el código virtual")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_be_focused()


def test_a_code_that_cannot_be_one_is_the_services_to_refuse(visit: Visit) -> None:
    tab = visit().go("/verificar/?codigo=ABC")
    errors = [{"field": "virtual_code", "code": "invalid", "detail": "El código virtual tiene 8 letras y números."}]
    tab.refuses(VERIFICATIONS, "invalid_fields", errors=errors)
    tab.verify(DNI)
    expect(tab.summary().get_by_role("link")).to_have_text(["El código virtual tiene 8 letras y números."])


def test_back_leads_to_the_form_as_it_was_left_and_forward_to_the_answer(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    tab.page.go_back()
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_have_value(DNI)
    tab.page.go_forward()
    tab.sees("Constancia válida")
    tab.page.reload()
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value(certificate["virtual_code"])
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_have_value("")
    assert tab.page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_another_certificate_begins_with_an_empty_form(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.follow("Verificar otra constancia")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value("")


def chosen(tab: Visitor, content: bytes) -> str:
    tab.page.get_by_label("Elige el PDF que te dieron").set_input_files(pdf(content))
    verdict = tab.page.locator(".verdict")
    expect(verdict).not_to_be_empty()
    return verdict.inner_text()


def test_the_true_file_is_told_from_one_with_a_changed_byte_and_neither_leaves_the_device(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    true = citizen.call("GET", certificate["pdf_url"]).body
    forged = true[:-100] + bytes([true[-100] ^ 1]) + true[-99:]
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    expect(tab.page.locator("#details")).to_contain_text("registro público")  # until then the page reads the public log
    requests: list[str] = []
    tab.page.on("request", lambda request: requests.append(f"{request.method} {request.url}"))
    assert chosen(tab, true).startswith("Es idéntico al emitido.")
    assert "No es el archivo emitido." in chosen(tab, forged)
    assert "Puede haber sido alterado" in tab.page.locator(".verdict").inner_text()
    files = tuple(f"GET {tab.url}/{place}" for place in ("icon.svg", "modules/", "a/"))
    assert [asked for asked in requests if not asked.startswith(files)] == [], "the icon, and what compares files"


def test_a_file_can_be_dropped_where_it_is_asked_for(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    true = citizen.call("GET", certificate["pdf_url"]).body
    tab = visit(1280).go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    transfer = tab.page.evaluate_handle(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "constancia.pdf", { type: "application/pdf" }));
          return transfer;
        }""",
        list(true),
    )
    tab.page.locator(".drop").dispatch_event("drop", {"dataTransfer": transfer})
    expect(tab.page.locator(".verdict")).to_contain_text("Es idéntico al emitido.")


def test_a_link_older_than_its_minute_is_renewed_by_asking_again(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    tab.lets_a_minute_pass()
    with tab.page.expect_request(f"**{VERIFICATIONS}"):
        assert tab.download().startswith(b"%PDF-")


def test_a_link_that_cannot_be_renewed_says_so(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    tab.lets_a_minute_pass()
    tab.refuses(VERIFICATIONS, "temporarily_unavailable", times=1, retry_after=5)
    tab.follow("Descargar constancia")
    expect(tab.summary()).to_be_focused()
    assert tab.download().startswith(b"%PDF-")


CHANGED = "Los registros cambiaron después de la emisión"


@pytest.mark.parametrize(("width", "place"), [(320, 0), (1280, 1)])
def test_a_correction_after_the_issue_leaves_the_certificate_valid_and_offers_a_new_one(
    visit: Visit, correct: Correct, certificate: dict[str, Any], width: int, place: int
) -> None:
    correct(place, "C")
    tab = visit(width).go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    expect(tab.page).to_have_title("Constancia válida - Verificar constancia")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    assert "Es auténtica." in banner(tab.page)
    expect(tab.heading(CHANGED)).to_be_visible()
    note = tab.page.locator("#state .note")
    expect(note).to_contain_text(re.compile(r"sigue siendo válida.* El \d+ de \w+ de \d{4} cambiaron los registros\."))
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    tab.follow("Solicitar una constancia nueva")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")


@pytest.mark.parametrize(
    "state",
    [
        {"status": "valid", "records_changed_on": None},
        {"status": "superseded", "superseded_on": "2026-11-20"},
        {"status": "annulled", "annulled_on": "2026-11-20", "annulment_reason": "Emitida por error"},
    ],
    ids=lambda state: state["status"],
)
def test_only_a_valid_certificate_whose_records_changed_says_so(
    visit: Visit, certificate: dict[str, Any], state: dict[str, Any]
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.on_api(VERIFICATIONS, answering(**{"records_changed_on": "2026-11-21", **state}))
    tab.verify(DNI)
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    expect(tab.heading(CHANGED)).to_have_count(0)


LOG = "¿Quién verificó esta constancia?"
OPEN = "Ver las verificaciones"


def at_the_answer(visit: Visit, certificate: dict[str, Any], width: int = 320) -> Visitor:
    tab = visit(width).go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    return tab


def log_of(tab: Visitor) -> list[str]:
    return tab.page.get_by_role("form", name=LOG).get_by_role("listitem").all_inner_texts()


@pytest.mark.parametrize(("width", "place"), [(320, 2), (1280, 3)])
def test_a_holder_sees_when_the_certificate_was_verified_and_how_it_was_answered(
    visit: Visit, citizen: Citizen, correct: Correct, certificate: dict[str, Any], width: int, place: int
) -> None:
    code = certificate["virtual_code"]
    citizen.verify(code, DNI)
    correct(place, "C")
    citizen.obtain(request_body())
    tab = visit(width).go(f"/verificar/?codigo={code}")
    tab.verify(DNI)
    tab.sees("Constancia reemplazada")
    tab.press(OPEN)
    expect(tab.heading("Se verificó 2 veces")).to_be_focused()
    shown = log_of(tab)
    assert [re.sub(r"^\d+ de \w+ de \d{4}\n", "", line) for line in shown] == [
        "Una vez. Respuesta: reemplazada.",
        "Una vez. Respuesta: válida.",
    ]
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    citizen.verify(code, DNI)
    tab.press("Actualizar")
    tab.sees("Se verificó 3 veces")
    assert "2 veces. Respuesta: reemplazada." in log_of(tab)[0]
    assert DNI not in tab.page.url


def test_the_holders_log_opens_with_the_keyboard_alone_and_says_that_it_works(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = at_the_answer(visit, certificate, 1280)
    waiting: list[Route] = []
    tab.on_api(HISTORY, lambda route: waiting.extend([route]), times=1)
    tab.tabs_to(OPEN)
    with tab.page.expect_request(f"**{HISTORY}"):
        tab.page.keyboard.press("Enter")
    form = tab.page.get_by_role("form", name=LOG)
    expect(form.get_by_role("status")).to_have_text("Buscando…")
    expect(form.get_by_role("button", name="Buscando…")).to_be_focused()
    assert tab.axe() == []
    expect(tab.heading("Se verificó una vez")).to_have_count(0)
    waiting[0].continue_()
    expect(tab.heading("Se verificó una vez")).to_be_focused()
    expect(form.get_by_role("status")).to_be_empty()


@pytest.mark.parametrize(
    ("count", "title"),
    [
        (0, "Todavía no hay verificaciones registradas"),
        (verification.NEWEST, f"Las {verification.NEWEST} verificaciones más recientes"),
    ],
)
def test_the_holders_log_says_when_there_is_nothing_and_when_there_may_be_more(
    visit: Visit, certificate: dict[str, Any], count: int, title: str
) -> None:
    tab = at_the_answer(visit, certificate)
    seen = [{"on": f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}", "outcome": "annulled"} for n in range(count)]
    tab.on_api(HISTORY, answering(verifications=seen[::-1]))
    tab.press(OPEN)
    expect(tab.heading(title)).to_be_focused()
    assert len(log_of(tab)) == count
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (problem("too_many_attempts", {"Retry-After": "900"}), "en 15 minutos: a las"),
        (problem("temporarily_unavailable", {"Retry-After": "5"}), "No se perdió nada"),
        (problem("certificate_not_found"), "No encontramos esa constancia"),
        (problem("invalid_fields", errors=[]), "Revisa los datos"),
        (problem("malformed_request"), "No pudimos leer la solicitud"),
        (lambda route: route.abort("connectionreset"), "No hay conexión"),
        (lambda route: route.fulfill(status=500, body="{}"), "Algo falló de nuestro lado"),
    ],
    ids=["too many", "down", "not found", "fields", "malformed", "no link", "fault"],
)
def test_a_holders_log_that_cannot_be_shown_says_why_and_leaves_the_answer_as_it_is(
    visit: Visit, certificate: dict[str, Any], answer: Callable[[Route], None], words: str
) -> None:
    tab = at_the_answer(visit, certificate)
    tab.on_api(HISTORY, answer, times=1)
    tab.press(OPEN)
    expect(tab.summary()).to_be_focused()
    expect(tab.summary()).to_contain_text(words)
    expect(tab.summary()).not_to_contain_text("tus respuestas")
    expect(tab.page).to_have_title("Error: Constancia válida - Verificar constancia")
    tab.sees("Constancia válida")
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    tab.press(OPEN)
    expect(tab.heading("Se verificó una vez")).to_be_focused()
    expect(tab.summary()).to_have_count(0)
    expect(tab.page).to_have_title("Constancia válida - Verificar constancia")


@pytest.mark.parametrize("refusals", [2, 3])
def test_a_refused_human_proof_never_asks_to_tick_a_box_that_is_not_there(
    visit: Visit, certificate: dict[str, Any], refusals: int
) -> None:
    tab = at_the_answer(visit, certificate)
    tab.refuses(HISTORY, "captcha_failed", times=refusals)
    tab.press(OPEN)
    if refusals == 3:
        expect(tab.summary()).to_contain_text("Intenta otra vez o prueba con otro navegador")
        expect(tab.summary()).not_to_contain_text("Marca")
        tab.press(OPEN)
    tab.sees("Se verificó una vez")


def test_the_log_of_one_certificate_is_not_shown_with_the_answer_about_another(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    tab = at_the_answer(visit, certificate)
    tab.press(OPEN)
    tab.sees("Se verificó una vez")
    newer = citizen.obtain(request_body())["virtual_code"]
    tab.page.go_back()
    tab.write("Código virtual", newer)
    tab.press("Verificar")
    tab.sees("Constancia válida")
    assert log_of(tab) == []


def test_what_is_asked_from_the_answer_is_about_its_certificate_whatever_the_form_says_by_then(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = at_the_answer(visit, certificate)
    tab.page.go_back()
    tab.write("Código virtual", "C2CC6526")
    tab.page.go_forward()
    tab.press(OPEN)
    tab.sees("Se verificó una vez")
    tab.lets_a_minute_pass()
    assert tab.download().startswith(b"%PDF-")


def test_the_download_and_the_log_do_not_take_each_others_button(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = at_the_answer(visit, certificate)
    tab.lets_a_minute_pass()
    tab.on_api(VERIFICATIONS, lambda _: None, times=1)
    tab.follow("Descargar constancia")
    expect(tab.page.locator("#resultado > .busy")).to_have_text("Preparando la descarga…")
    expect(tab.page.get_by_role("button", name=OPEN)).to_be_visible()
