"""/solicitar/: who cannot be issued a certificate is told at the step where it is known, with the way out."""

from datetime import date, datetime

import pytest
from constancia import lima
from playwright.sync_api import expect

from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import GUARDIAN, STUDENT, Person, Visitor

BY_MYSELF = "La pido a título personal"
BY_ADULT = "Seguir con los datos de mamá, papá o apoderado"


def aged(years: int, days: int = 0) -> Person:
    """The documentation's student, born so many years ago and some days later."""
    today = lima.now().date()
    born = date.fromordinal(date(today.year - years, today.month, min(today.day, 28)).toordinal() + days)
    return STUDENT._replace(born=(str(born.day), str(born.month), str(born.year)))


def is_told(tab: Visitor, step: str, *sentences: str) -> None:
    """A summary has the focus at that step, and nothing was asked of the service."""
    expect(tab.summary()).to_be_focused()
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text(step)
    for sentence in sentences:
        expect(tab.summary()).to_contain_text(sentence)
    assert not tab.is_wider_than_the_screen()


def test_a_student_under_16_hands_over_to_an_adult_and_nothing_is_typed_twice(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks(BY_MYSELF)
    child = aged(15)
    tab.describe(child)
    is_told(tab, "Tus datos", "Todavía no puedes pedirla por tu cuenta", "16 años")
    tab.press(BY_ADULT)
    tab.sees_step("Paso 2 de 6", "Tus datos")
    expect(tab.page.get_by_role("textbox", name="Número de tu DNI")).to_have_value("")
    expect(tab.page.get_by_role("checkbox", name="mamá")).not_to_be_checked()
    tab.describe(GUARDIAN)
    tab.sees_step("Paso 3 de 6", "Datos del estudiante")
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_have_value(child.dni)
    expect(tab.page.get_by_role("textbox", name="papá del estudiante")).to_have_value("Juan Carlos")
    expect(tab.page.get_by_role("checkbox", name="mamá")).to_be_checked()
    tab.press("Continuar")
    tab.sees_step("Paso 4 de 6", "Modalidad y nivel")


def test_who_is_sixteen_today_may_ask_and_who_is_sixteen_tomorrow_may_not(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks(BY_MYSELF)
    tab.describe(aged(16, days=1) if lima.now().day < 28 else aged(15))
    is_told(tab, "Tus datos", "Todavía no puedes pedirla por tu cuenta")
    tab.describe(aged(16))
    tab.sees_step("Paso 3 de 5", "Modalidad y nivel")


@pytest.mark.parametrize(
    ("today", "born", "age"),
    [
        ("2026-11-26T12:00:00Z", "2010-11-26", 16),
        ("2026-11-27T04:59:00Z", "2010-11-27", 15),  # still the 26th in Lima
        ("2026-02-28T12:00:00Z", "2008-02-29", 18),
        ("2028-02-28T12:00:00Z", "2008-02-29", 19),
        ("2028-02-29T12:00:00Z", "2008-02-29", 20),
    ],
)
def test_ages_are_reached_in_the_page_on_the_day_on_which_the_service_sees_them_reached(
    visit: Visit, today: str, born: str, age: int
) -> None:
    tab = visit()
    tab.page.clock.install(time=today)
    tab.go("/solicitar/")
    applicant = {"kind": "student", "birth_date": born}
    refusal = tab.page.evaluate(
        "async applicant => (await import('/modules/eligibility.js')).refusalOf('applicant.birth_date', {applicant})",
        applicant,
    )
    guardian = tab.page.evaluate(
        "async student => (await import('/modules/eligibility.js')).refusalOf('student.birth_date', {student})",
        applicant,
    )
    assert (refusal is not None, guardian is not None) == (age < 16, age >= 18)
    at = datetime.fromisoformat(today).astimezone(lima.LIMA).date()
    assert lima.age_on(at, date.fromisoformat(born)) == age


def test_an_adult_student_is_told_before_the_level_and_goes_on_alone_with_what_was_typed(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(GUARDIAN)
    tab.describe(aged(18), "del estudiante")
    is_told(tab, "Datos del estudiante", "Tiene que pedirla el propio estudiante", "Ya cumplió 18 años")
    assert tab.page.url.endswith("#estudiante")
    tab.press("Soy el estudiante")
    tab.sees_step("Paso 3 de 5", "Modalidad y nivel")
    tab.follow("Atrás")
    expect(tab.page.get_by_role("textbox", name="Número de tu DNI")).to_have_value(STUDENT.dni)


def test_a_guardian_of_16_who_means_their_own_certificate_goes_on_with_what_was_typed(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(aged(17))
    is_told(tab, "Tus datos", "tienes que ser mayor de edad", "a título personal")
    tab.press("Sí, la constancia es mía")
    tab.sees_step("Paso 3 de 5", "Modalidad y nivel")


def test_a_guardian_under_16_hands_over_to_an_adult(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(aged(12))
    is_told(tab, "Tus datos", "tienes que ser mayor de edad")
    tab.press(BY_ADULT)
    tab.sees_step("Paso 2 de 6", "Tus datos")
    tab.describe(GUARDIAN)
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_have_value(STUDENT.dni)


def test_two_equal_document_numbers_are_told_at_the_students_step(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(GUARDIAN)
    tab.describe(STUDENT._replace(dni=GUARDIAN.dni), "del estudiante")
    is_told(tab, "Datos del estudiante", "Es el mismo DNI que escribiste en «Tus datos». Escribe el del estudiante")
    tab.write("Número de DNI", STUDENT.dni)
    tab.press("Continuar")
    tab.sees_step("Paso 4 de 6", "Modalidad y nivel")


@pytest.mark.parametrize(
    ("year", "message"),
    [
        ("80", "Escribe el año con 4 números, por ejemplo 1980"),
        ("2095", "Tu fecha de nacimiento tiene que estar entre 1900 y hoy. Revisa el año"),
        ("1880", "Tu fecha de nacimiento tiene que estar entre 1900 y hoy. Revisa el año"),
    ],
)
def test_a_year_that_cannot_be_is_told_beside_its_date(visit: Visit, year: str, message: str) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks()
    tab.describe(GUARDIAN._replace(born=("17", "5", year)))
    expect(tab.summary().get_by_role("link")).to_have_text([message])
    is_told(tab, "Tus datos", message)


@pytest.mark.parametrize(
    ("modality", "where"),
    [("Educación Básica Alternativa (EBA)", "CEBA"), ("Educación Básica Especial (EBE)", "CEBE")],
)
def test_a_modality_without_this_certificate_is_told_at_once_with_where_to_go(
    visit: Visit, modality: str, where: str
) -> None:
    tab = visit().go("/solicitar/")
    tab.say_who_asks(BY_MYSELF)
    tab.describe(STUDENT)
    tab.choose(modality)
    tab.press("Continuar")
    is_told(tab, "Modalidad y nivel", "solo de Educación Básica Regular", where, "UGEL")
    tab.go("/solicitar/#revision")
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Modalidad y nivel")
    tab.choose_level()
    tab.sees_step("Paso 4 de 5", "Contacto y motivo")


def at_contact(visit: Visit) -> Visitor:
    tab = visit().go("/solicitar/")
    tab.say_who_asks(BY_MYSELF)
    tab.describe(STUDENT)
    tab.choose_level()
    tab.choose("Para una beca")
    return tab


def test_a_mistyped_address_is_asked_about_at_its_step_with_what_was_meant(visit: Visit) -> None:
    tab = at_contact(visit)
    tab.write("Correo", "ana@gmial.com")
    tab.press("Continuar")
    is_told(tab, "Contacto y motivo", "¿Quisiste decir ana@gmail.com?")
    assert tab.axe() == []
    tab.press("Usar ana@gmail.com")
    tab.sees_step("Paso 5 de 5", "Revisa tus respuestas")
    expect(tab.page.locator("#answers")).to_contain_text("ana@gmail.com")


@pytest.mark.parametrize("address", ["ana@gmial", "ana@gmail"])
def test_an_address_without_an_ending_cannot_be_left_as_it_is(visit: Visit, address: str) -> None:
    tab = at_contact(visit)
    tab.write("Correo", address)
    tab.press("Continuar")
    is_told(tab, "Contacto y motivo", "¿Quisiste decir ana@gmail.com?")
    expect(tab.page.get_by_role("button", name="Está bien como lo escribí")).to_have_count(0)
    tab.write("Correo", "ana@colegio")
    tab.press("Continuar")
    is_told(tab, "Contacto y motivo", "Al correo le falta el final, como «.com»")


def test_an_unusual_address_is_taken_at_its_writers_word(visit: Visit) -> None:
    tab = at_contact(visit)
    tab.write("Correo", "ana@gmil.com")
    tab.press("Continuar")
    tab.press("Está bien como lo escribí")
    tab.sees_step("Paso 5 de 5", "Revisa tus respuestas")
    expect(tab.page.locator("#answers")).to_contain_text("ana@gmil.com")


def test_without_an_address_a_certificate_is_issued_all_the_same(visit: Visit) -> None:
    tab = at_contact(visit)
    tab.press("Continuar")
    tab.sees_step("Paso 5 de 5", "Revisa tus respuestas")
    expect(tab.page.locator("#answers")).to_contain_text("Sin responder")
    tab.obtain()
    expect(tab.page.locator("#certificate")).not_to_contain_text("te enviamos")
    expect(tab.page.locator("#certificate").get_by_role("link", name="Tu constancia")).to_be_visible()
    assert tab.download().startswith(b"%PDF-")


def test_what_looks_mistyped_and_what_does_not(visit: Visit) -> None:
    tab = visit().go("/solicitar/")
    meant = {
        "ana@gmial.com": "ana@gmail.com",
        "ana@gmail.con": "ana@gmail.com",
        "ana@hotmial.com": "ana@hotmail.com",
        "ana@outlok.com": "ana@outlook.com",
        "Ana@GMAIL.COM": None,
        "ana@ymail.com": None,
        "ana@minedu.gob.pe": None,
        "ana@colegio.edu.pe": None,
        "ana@example.com": None,
    }
    found = tab.page.evaluate(
        """async addresses => {
          const { suggestionFor } = await import('/modules/address-check.js');
          return Object.fromEntries(addresses.map((address) => [address, suggestionFor(address) ?? null]));
        }""",
        list(meant),
    )
    assert found == meant


def test_nobody_reaches_the_review_by_address_or_by_change_who_cannot_be_issued_a_certificate(at_review: Visit) -> None:
    tab = at_review()
    tab.follow("Cambiar Datos del estudiante")
    tab.write("Año", str(lima.now().year - 30))
    tab.press("Continuar")
    is_told(tab, "Datos del estudiante", "Tiene que pedirla el propio estudiante")
    tab.go("/solicitar/#revision")
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Datos del estudiante")
    tab.page.reload()
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Datos del estudiante")


def test_every_refusal_told_at_once_is_sound(visit: Visit) -> None:
    for scheme in ("light", "dark"):
        tab = visit(color_scheme=scheme).go("/solicitar/")
        tab.say_who_asks(BY_MYSELF)
        tab.describe(aged(15))
        assert tab.axe() == []
        tab.describe(STUDENT)
        tab.choose("Educación Básica Especial (EBE)")
        tab.press("Continuar")
        assert tab.axe() == []
