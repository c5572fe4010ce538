"""/solicitar/: from the first question to the PDF."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from constancia import settings
from playwright.sync_api import Request, Route, expect

from tests.journeys.citizen import QUICK_PROOFS
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import EMAIL, GUARDIAN, STUDENT, Visitor

STEPS: list[tuple[str, str, Callable[[Visitor], None]]] = [
    ("Paso 1 de 6", "¿Quién pide la constancia?", lambda tab: tab.say_who_asks()),
    ("Paso 2 de 6", "Tus datos", lambda tab: tab.describe(GUARDIAN)),
    ("Paso 3 de 6", "Datos del estudiante", lambda tab: tab.describe(STUDENT, "del estudiante")),
    ("Paso 4 de 6", "Modalidad y nivel", lambda tab: tab.choose_level()),
    ("Paso 5 de 6", "Contacto y motivo", lambda tab: tab.leave_contact()),
]


def answers_of(tab: Visitor) -> list[Any]:
    """What stands in the controls."""
    found: list[Any] = tab.page.locator("input").evaluate_all("inputs => inputs.map(i => [i.id, i.checked, i.value])")
    return found


@pytest.mark.parametrize("width", [320, 1280])
def test_a_person_who_has_never_seen_it_gets_from_the_front_page_to_the_pdf(visit: Visit, width: int) -> None:
    tab = visit(width).go("/")
    tab.follow("Solicitar constancia")
    for number, name, answer in STEPS:
        tab.sees_step(number, name)
        assert not tab.is_wider_than_the_screen()
        answer(tab)
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    expect(tab.page.locator("main")).to_contain_text("17 de mayo de 1980")
    expect(tab.page.locator("main")).to_contain_text("No registra")
    tab.send()
    tab.sees_step("Último paso", "Revisa las notas")
    table = tab.page.get_by_role("table")
    expect(table.get_by_role("columnheader", name="2016")).to_be_visible()
    expect(table.get_by_role("row", name="MATEMÁTICA").get_by_role("cell")).to_have_count(6)
    assert not tab.is_wider_than_the_screen()
    with tab.page.expect_response("**/certificate") as answered:
        tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")
    certificate = answered.value.json()
    expect(tab.page.locator("main")).to_contain_text(certificate["virtual_code"])
    expect(tab.page.locator("main")).to_contain_text("También te enviamos un enlace a a…@example.com")
    assert hashlib.sha256(tab.download()).hexdigest() == certificate["sha256"]


def test_a_student_who_asks_alone_answers_five_steps(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.choose("La pido a título personal")
    tab.sees_step("Paso 1 de 5", "¿Quién pide la constancia?")
    tab.choose("Soy mamá, papá o apoderado")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
    tab.say_who_asks("La pido a título personal")
    tab.sees_step("Paso 2 de 5", "Tus datos")
    tab.page.go_back()
    tab.sees_step("Paso 1 de 5", "¿Quién pide la constancia?")
    tab.press("Continuar")
    tab.describe(STUDENT)
    tab.sees_step("Paso 3 de 5", "Modalidad y nivel")
    tab.choose_level("Secundaria")
    tab.leave_contact()
    tab.sees_step("Paso 5 de 5", "Revisa tus respuestas")
    expect(tab.heading("Datos del estudiante")).to_be_hidden()
    with tab.page.expect_request("**/api/requests") as sent:
        tab.send()
    body = json.loads(sent.value.post_data or "")
    assert body["applicant"]["kind"] == "student"
    assert "student" not in body
    tab.sees_step("Último paso", "Revisa las notas")


def test_what_was_answered_is_what_is_sent(at_review: Visit) -> None:
    tab = at_review()
    with tab.page.expect_request("**/api/requests") as sent:
        tab.send()
    body = json.loads(sent.value.post_data or "")
    assert body.pop("captcha")
    assert body == {
        "applicant": {
            "kind": "guardian",
            "document_number": "40000001",
            "birth_date": "1980-05-17",
            "father_given_names": "Pedro",
            "mother_given_names": "Ana María",
        },
        "student": {
            "document_number": "71705600",
            "birth_date": "2010-02-28",
            "father_given_names": "Juan Carlos",
            "mother_given_names": None,
        },
        "modality": "EBR",
        "level": "primary",
        "contact": {"email": EMAIL},
        "purpose": {"code": "scholarship"},
        "declaration_accepted": True,
    }


def test_a_proof_of_a_human_is_computed_at_its_real_price(at_review: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in QUICK_PROOFS:
        monkeypatch.delenv(name)
    tab = at_review()
    with tab.page.expect_response("**/api/captcha?for=request") as asked:
        tab.prove_human()
    assert asked.value.json()["parameters"]["cost"] == int(settings.SETTINGS["ALTCHA_COST"].default or 0) > 1
    tab.obtain()


def test_the_whole_journey_works_with_the_keyboard_alone(visit: Visit) -> None:
    tab = visit(1280).go("/")
    keys = tab.page.keyboard

    def type_into(label: str, text: str) -> None:
        tab.tabs_to(label)
        keys.type(text)

    def tick(label: str) -> None:
        tab.tabs_to(label)
        keys.press("Space")

    def press(button: str) -> None:
        tab.tabs_to(button)
        keys.press("Enter")

    press("Solicitar constancia")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
    tick("Soy mamá")
    tab.sends_by_keyboard()
    tab.sees_step("Paso 2 de 6", "Tus datos")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    for label, text in (("tu DNI", "40000001"), ("Día", "17"), ("Mes", "5"), ("Año", "1980")):
        type_into(label, text)
    type_into("tu papá", "pedro")
    type_into("tu mamá", "ana maria")
    tab.sends_by_keyboard()
    tab.sees_step("Paso 3 de 6", "Datos del estudiante")
    for label, text in (("Número de DNI", "71705600"), ("Día", "28"), ("Mes", "2"), ("Año", "2010")):
        type_into(label, text)
    type_into("papá del estudiante", "juan carlos")
    tick("el nombre de su mamá")
    press("Continuar")
    tab.sees_step("Paso 4 de 6", "Modalidad y nivel")
    tick("Educación Básica Regular")
    tick("Inicial")
    keys.press("ArrowDown")
    press("Continuar")
    tab.sees_step("Paso 5 de 6", "Contacto y motivo")
    type_into("Correo", EMAIL)
    tick("Para una beca")
    press("Continuar")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tick("Declaro")
    tick("No soy un robot")
    press("Continuar y ver las notas")
    tab.sees_step("Último paso", "Revisa las notas")
    press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    tab.tabs_to("Descargar constancia")
    with tab.page.expect_download():
        keys.press("Enter")


def test_back_forward_and_reload_keep_the_answers_of_every_step(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    for place, (number, name, answer) in enumerate(STEPS):
        tab.sees_step(number, name)
        answer(tab)
        following = STEPS[place + 1][:2] if place + 1 < len(STEPS) else ("Paso 6 de 6", "Revisa tus respuestas")
        tab.sees_step(*following)
        answers = answers_of(tab)
        tab.page.go_back()
        tab.sees_step(number, name)
        tab.page.reload()
        tab.sees_step(number, name)
        assert answers_of(tab) == answers
        tab.page.go_forward()
        tab.sees_step(*following)
        assert answers_of(tab) == answers


def test_back_forward_and_reload_work_from_the_review_to_the_certificate(at_review: Visit) -> None:
    tab = at_review()
    tab.page.reload()
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tab.send()
    tab.sees_step("Último paso", "Revisa las notas")
    tab.page.reload()
    expect(tab.page.get_by_role("table")).to_be_visible()
    tab.page.go_back()
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tab.page.go_forward()
    expect(tab.page.get_by_role("table")).to_be_visible()
    tab.press("Aceptar y emitir")
    code = tab.page.locator("#code")
    expect(code).not_to_be_empty()
    issued = code.inner_text()
    tab.page.reload()
    expect(code).to_have_text(issued)
    tab.page.go_back()
    expect(code).to_have_text(issued)
    assert tab.download()


def test_the_link_back_leads_to_the_step_before(at_review: Visit) -> None:
    tab = at_review()
    for number, name, _ in reversed(STEPS):
        tab.follow("Atrás")
        tab.sees_step(number, name)
    tab.follow("Atrás")
    tab.sees("Quién puede pedirla")


def test_who_has_no_dni_reads_at_the_students_step_where_to_go(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(GUARDIAN)
    tab.page.get_by_text("No tiene DNI", exact=True).click()
    expect(tab.page.get_by_text("carné de extranjería")).to_contain_text("en la UGEL")
    assert tab.axe() == []


def test_a_step_that_cannot_be_reached_yet_leads_to_the_first_open_one(visit: Visit) -> None:
    tab = visit().go("/solicitar/#constancia")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
    tab.say_who_asks()
    tab.go("/solicitar/#contacto")
    tab.sees_step("Paso 2 de 6", "Tus datos")


def test_answers_live_in_the_tab_and_no_other_tab_has_them(visit: Visit) -> None:
    tab = visit().answer_everything()
    other = tab.open_tab()
    other.goto(tab.url + "/solicitar/#revision")
    expect(other.get_by_role("heading", level=1)).to_contain_text("¿Quién pide la constancia?")
    expect(other.get_by_role("radio", checked=True)).to_have_count(0)
    assert other.evaluate("localStorage.length + document.cookie.length") == 0


def test_changing_an_answer_from_the_review_comes_back_to_the_review(at_review: Visit) -> None:
    tab = at_review()
    tab.follow("Cambiar Modalidad y nivel")
    tab.sees_step("Paso 4 de 6", "Modalidad y nivel")
    tab.choose_level("Secundaria")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    expect(tab.page.locator("#answers")).to_contain_text("Secundaria")


def test_changing_who_asks_asks_only_what_is_missing(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks("La pido a título personal")
    tab.describe(STUDENT)
    tab.choose_level()
    tab.leave_contact()
    tab.follow("Cambiar ¿Quién pide la constancia?")
    tab.say_who_asks()
    tab.sees_step("Paso 2 de 6", "Tus datos")
    tab.describe(GUARDIAN)
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    expect(tab.page.locator("#answers")).to_contain_text(STUDENT.dni)
    expect(tab.page.locator("#answers")).to_contain_text(GUARDIAN.dni)


def test_an_answer_changed_after_sending_is_sent_again_before_anything_is_issued(at_review: Visit) -> None:
    tab = at_review()
    tab.send()
    tab.sees("Notas")
    tab.go("/solicitar/#nivel")
    tab.choose("Secundaria")
    tab.go("/solicitar/#notas")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")


def test_what_is_plainly_missing_is_said_at_once_beside_its_field(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.press("Continuar")
    expect(tab.summary()).to_be_focused()
    expect(tab.page).to_have_title("Error: Paso 1 de 6: ¿Quién pide la constancia? - Solicitar constancia")
    tab.say_who_asks()
    tab.write("Número de tu DNI", "4000")
    tab.write("Día", "31")
    tab.write("Mes", "2")
    tab.write("Año", "1980")
    tab.write("Nombres de tu papá", "Pedro")
    tab.press("Continuar")
    messages = [
        "El número de DNI tiene 8 dígitos",
        "Tu fecha de nacimiento tiene que ser una fecha real",
        "Escribe los nombres de tu mamá o marca «No registra»",
    ]
    expect(tab.summary().get_by_role("link")).to_have_text(messages)
    expect(tab.page.locator("form:visible .error")).to_have_text([f"Error: {message}" for message in messages])
    dni = tab.page.get_by_role("textbox", name="Número de tu DNI")
    expect(dni).to_have_attribute("aria-invalid", "true")
    expect(dni).to_have_accessible_description(re.compile("Error: El número de DNI tiene 8 dígitos$"))
    tab.follow(messages[0])
    expect(dni).to_be_focused()
    assert tab.page.url.endswith("#tus-datos")
    tab.describe(GUARDIAN)
    tab.sees_step("Paso 3 de 6", "Datos del estudiante")


def test_the_declaration_and_the_human_check_are_asked_for_by_name(at_review: Visit) -> None:
    tab = at_review()
    tab.press("Continuar y ver las notas")
    expect(tab.summary().get_by_role("link")).to_have_text(
        ["Para continuar, marca la declaración", "Marca «No soy un robot»"]
    )
    tab.follow("Marca «No soy un robot»")
    tab.page.keyboard.press("Space")
    expect(tab.page.locator("#human-status")).to_have_text("Comprobado.")


def test_another_purpose_is_told_in_words(at_review: Visit) -> None:
    tab = at_review()
    tab.follow("Cambiar Contacto y motivo")
    tab.choose("Para otra cosa")
    tab.press("Continuar")
    expect(tab.summary().get_by_role("link")).to_have_text(["Cuéntanos para qué necesitas la constancia"])
    tab.write("Cuéntanos para qué", "Un concurso")
    tab.press("Continuar")
    with tab.page.expect_request("**/api/requests") as sent:
        tab.send()
    assert json.loads(sent.value.post_data or "")["purpose"] == {"code": "other", "detail": "Un concurso"}


def test_a_second_press_sends_nothing_more(at_review: Visit) -> None:
    tab = at_review()
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    tab.page.on("request", note)
    tab.tick("Declaro que estos datos")
    tab.prove_human()
    tab.page.get_by_role("button", name="Continuar y ver las notas").dblclick()
    tab.page.get_by_role("button", name="Aceptar y emitir").dblclick()
    tab.sees("Tu constancia está lista")
    assert [address.rpartition("/")[2] for address in sent] == ["requests", "certificate"]


def test_a_link_older_than_its_minute_is_renewed_before_it_is_followed(at_review: Visit) -> None:
    tab = at_review()
    tab.gets_no_pdf(times=1)
    tab.obtain()
    tab.lets_a_minute_pass()
    with tab.page.expect_request("**/certificate"):
        assert tab.download().startswith(b"%PDF-")


def test_another_level_of_the_same_student_takes_two_presses(at_review: Visit) -> None:
    tab = at_review()
    first = tab.obtain()
    tab.press("Pedir la de otro nivel")
    tab.sees_step("Paso 4 de 6", "Modalidad y nivel")
    expect(tab.page.get_by_role("link", name="Atrás")).to_be_visible()
    tab.choose("Secundaria")
    tab.press("Continuar")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    assert tab.obtain() != first


def test_finishing_leaves_nothing_of_the_person_behind(at_review: Visit) -> None:
    tab = at_review()
    tab.obtain()
    tab.press("Terminar y borrar mis datos")
    tab.sees("Quién puede pedirla")
    assert tab.remembered() == "{}"
    tab.page.go_back()
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
    expect(tab.page.get_by_role("radio", checked=True)).to_have_count(0)


def test_a_new_visit_after_a_certificate_begins_anew(at_review: Visit) -> None:
    tab = at_review()
    tab.obtain()
    tab.go("/").follow("Solicitar constancia")
    tab.sees_step("Paso 1 de 6", "¿Quién pide la constancia?")
    expect(tab.page.get_by_role("radio", checked=True)).to_have_count(0)


def test_whether_it_was_easy_is_asked_after_the_download_by_keyboard_once_and_nothing_waits_for_it(
    at_review: Visit,
) -> None:
    tab = at_review(320)
    tab.obtain()
    question = tab.heading("¿Te fue fácil obtener tu constancia?")
    expect(question).to_be_hidden()
    tab.download()
    expect(question).to_be_visible()
    assert (tab.axe(), tab.is_wider_than_the_screen()) == ([], False)
    tab.tabs_to("Más o menos")
    with tab.page.expect_request("**/opinion") as sent:
        tab.page.keyboard.press("Enter")
    assert json.loads(sent.value.post_data or "") == {"answer": "so_so"}
    answer = sent.value.response()
    assert answer
    assert answer.json() == {"answer": "so_so"}
    expect(tab.page.get_by_text("Gracias por tu respuesta.")).to_be_focused()
    assert tab.axe() == []
    tab.page.reload()
    tab.sees("Tu constancia está lista")
    tab.download()
    expect(question).to_be_hidden()


def test_an_opinion_that_does_not_arrive_troubles_nobody(at_review: Visit) -> None:
    tab = at_review(320)
    tab.obtain()
    tab.download()
    tab.on_api("/api/requests/*/opinion", lambda route: route.abort("connectionreset"))
    tab.press("No, fue difícil")
    expect(tab.page.get_by_text("Gracias por tu respuesta.")).to_be_focused()
    expect(tab.summary()).to_have_count(0)
    tab.download()
    tab.press("Pedir la de otro nivel")
    tab.choose_level("Secundaria")
    tab.obtain()
    tab.download()
    tab.sees("¿Te fue fácil obtener tu constancia?")


def test_an_answer_changed_while_it_is_sent_is_sent_again_before_marks_are_shown(at_review: Visit) -> None:
    tab = at_review()
    waiting: list[Route] = []
    tab.on_api("/api/requests", waiting.append, times=1)
    with tab.page.expect_request("**/api/requests"):
        tab.send()
    tab.follow("Cambiar Modalidad y nivel")
    tab.choose("Secundaria")
    with tab.page.expect_response("**/api/requests"):
        waiting.pop().fallback()
    tab.press("Continuar")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tab.send()
    tab.sees_step("Último paso", "Revisa las notas")
    expect(tab.page.locator("#transcript")).to_contain_text("Secundaria")


def test_marks_that_come_late_are_not_shown_for_another_request(at_review: Visit) -> None:
    tab = at_review()
    waiting: list[Route] = []
    tab.on_api("/api/requests/*/transcript", waiting.append, times=1)
    with tab.page.expect_request("**/transcript"):
        tab.send()
    tab.page.go_back()
    tab.follow("Cambiar Modalidad y nivel")
    tab.choose("Secundaria")
    tab.press("Continuar")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tab.send()
    tab.sees_step("Último paso", "Revisa las notas")
    waiting.pop().fallback()
    expect(tab.page.locator("#transcript")).to_contain_text("Secundaria")
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")


def test_back_from_the_certificate_keeps_the_pdf_that_is_in_memory(at_review: Visit) -> None:
    tab = at_review()
    tab.obtain()
    link = tab.page.get_by_role("link", name="Descargar constancia")
    expect(link).to_have_attribute("href", re.compile("^blob:"))
    tab.context.set_offline(True)
    tab.page.go_back()
    tab.sees("Tu constancia está lista")
    expect(tab.page).to_have_url(re.compile("#constancia$"))
    assert tab.download().startswith(b"%PDF-")


def test_characters_that_nobody_sees_are_not_part_of_an_answer(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(GUARDIAN._replace(dni="\u202a4000 0001\u202c", father="Pedro\u200b", mother="Ana\u00a0\u2060María"))
    tab.sees_step("Paso 3 de 6", "Datos del estudiante")
    assert re.search("[\u200b\u202a\u202c\u2060]", tab.remembered()) is None
