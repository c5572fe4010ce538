"""/constancia/, the owner's page: the certificate again, how it stands, when it was verified, what to do next."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from infra.console.services import Local
from infra.local.service import Service
from tests.institution import ask, question, register
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import STUDENT, Visitor

VERIFICATIONS = "/api/verifications"
OPEN = "Ver las verificaciones"
SHARING = """() => {
  window.shared = [];
  navigator.canShare = ({ files }) => files.length === 1;
  navigator.share = async ({ files = [], ...rest }) => {
    window.shared.push({ ...rest, names: files.map((file) => file.name), sizes: files.map((file) => file.size) });
  };
}"""


@pytest.fixture
def certificate(citizen: Citizen) -> dict[str, Any]:
    """A certificate, just issued."""
    return citizen.obtain(request_body())


def opened(visit: Visit, certificate: dict[str, Any], width: int = 320, **changes: Any) -> Visitor:
    """The page after the mail's link was followed and the DNI given; `changes` are facts that the service tells."""
    tab = visit(width)
    tab.page.add_init_script(f"({SHARING})()")
    if changes:
        tab.on_api(VERIFICATIONS, answering(**changes))
    tab.go(f"/constancia/?codigo={certificate['virtual_code']}")
    tab.write("Número de DNI", STUDENT.dni)
    tab.prove_human()
    tab.press("Ver mi constancia")
    expect(tab.page.get_by_role("heading", level=1)).to_be_focused()
    return tab


def answering(**changes: Any) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, body=json.dumps(answered.json() | changes))

    return answer


def test_the_outbox_of_this_machine_is_a_page_for_a_browser_and_its_link_opens_the_holders_page(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    mail = f"Tu constancia de logros de aprendizaje {certificate['virtual_code']}"
    tab = visit()
    for _ in range(20):
        tab.go("/_local/outbox")
        if tab.heading(mail).count():
            break
        tab.page.wait_for_timeout(250)
    tab.sees(mail)
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    card = tab.page.locator("section").filter(has=tab.heading(mail))
    expect(card).to_contain_text(f"N.°: {certificate['serial_number']}")
    card.get_by_role("link").click()
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value(certificate["virtual_code"])
    assert citizen.outbox()[-1]["to"] == "ana@example.com", "programs still read JSON"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_mails_link_and_the_dni_lead_to_the_download_first(
    visit: Visit, certificate: dict[str, Any], width: int
) -> None:
    tab = opened(visit, certificate, width)
    expect(tab.page).to_have_title("Tu constancia es válida - Tu constancia")
    expect(tab.page.locator("#details").locator("a, button").first).to_have_text("Descargar constancia")
    assert hashlib.sha256(tab.download()).hexdigest() == certificate["sha256"]
    for fact in ("Qué sigue", "ROSA CECILIA", certificate["virtual_code"], certificate["serial_number"]):
        expect(tab.page.locator("main")).to_contain_text(fact)
    assert not tab.is_wider_than_the_screen()
    assert tab.axe() == []
    assert STUDENT.dni not in tab.page.url


def test_the_holders_look_is_counted_as_their_own_and_not_as_a_verification(
    visit: Visit, citizen: Citizen, certificate: dict[str, Any]
) -> None:
    tab = opened(visit, certificate)
    events = citizen.call("GET", "/_local/events").json
    mine = [entry["name"] for entry in events if entry.get("virtual_code") == certificate["virtual_code"]]
    assert "certificate_shown" in mine
    assert "certificate_verified" not in mine
    tab.press(OPEN)
    tab.sees("Todavía no hay verificaciones registradas")
    citizen.verify(certificate["virtual_code"], STUDENT.dni)
    tab.press("Actualizar")
    tab.sees("Se verificó una vez")
    expect(tab.page.get_by_role("form", name="¿Cuándo se verificó?")).not_to_contain_text("También cuenta")
    assert tab.axe() == []


def test_a_holder_reads_the_name_of_an_institution_that_verified(
    visit: Visit, citizen: Citizen, running: Service, certificate: dict[str, Any]
) -> None:
    key = register(Local(running.url).call)["key"]
    asked = [question(certificate["virtual_code"], STUDENT.dni)]
    assert ask(citizen, key, asked).json["answers"][0]["status"] == "valid"
    tab = opened(visit, certificate)
    tab.press(OPEN)
    tab.sees("Se verificó una vez")
    log = tab.page.get_by_role("form", name="¿Cuándo se verificó?")
    expect(log.get_by_role("listitem")).to_contain_text("Consultó: Universidad Nacional de Ejemplo.")
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()


def test_a_signal_lost_after_the_answer_loses_nothing(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = opened(visit, certificate)
    link = tab.page.get_by_role("link", name="Descargar constancia")
    expect(link).to_have_attribute("download", f"constancia-{certificate['virtual_code']}.pdf")
    tab.lets_a_minute_pass()
    tab.context.set_offline(True)
    assert hashlib.sha256(tab.download()).hexdigest() == certificate["sha256"]


def test_a_pdf_that_could_not_be_fetched_ahead_is_still_had_by_its_link(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = visit()
    tab.gets_no_pdf(times=1)
    tab.go(f"/constancia/?codigo={certificate['virtual_code']}")
    tab.write("Número de DNI", STUDENT.dni)
    tab.prove_human()
    tab.press("Ver mi constancia")
    tab.sees("Tu constancia es válida")
    tab.lets_a_minute_pass()
    assert tab.download().startswith(b"%PDF-")


def test_it_is_shared_as_a_file_or_sent_by_whatsapp_with_no_name_and_no_dni(
    visit: Visit, certificate: dict[str, Any]
) -> None:
    tab = opened(visit, certificate)
    expect(tab.page.get_by_role("link", name="Descargar constancia")).to_have_attribute("download")
    tab.press("Compartir")
    (shared,) = tab.page.evaluate("window.shared")
    assert shared["names"] == [f"constancia-{certificate['virtual_code']}.pdf"]
    assert shared["sizes"][0] > 10_000
    whatsapp = urlsplit(tab.page.get_by_role("link", name="Enviar por WhatsApp").get_attribute("href") or "")
    assert whatsapp.hostname == "wa.me"
    (text,) = parse_qs(whatsapp.query)["text"]
    assert text == shared["text"]
    assert f"{tab.url}/verificar/?codigo={certificate['virtual_code']}" in text
    for personal in (STUDENT.dni, "ROSA", "DEL ROSAL"):
        assert personal not in text


def test_where_nothing_can_be_shared_no_button_says_so(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit()
    tab.page.add_init_script("delete Navigator.prototype.share")
    tab.go(f"/constancia/?codigo={certificate['virtual_code']}")
    tab.write("Número de DNI", STUDENT.dni)
    tab.prove_human()
    tab.press("Ver mi constancia")
    expect(tab.page.get_by_role("link", name="Enviar por WhatsApp")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Compartir")).to_be_hidden()


@pytest.mark.parametrize(
    ("state", "heading", "words"),
    [
        (
            {"status": "superseded", "superseded_on": "2026-11-20", "successor_status": "valid"},
            "Tu constancia fue reemplazada",
            "te ofreceremos descargarla otra vez",
        ),
        (
            {"status": "superseded", "superseded_on": "2026-11-20", "successor_status": "annulled"},
            "Tu constancia fue reemplazada",
            "La que la reemplazó está anulada. Solicita una nueva",
        ),
        (
            {
                "status": "annulled",
                "annulled_on": "2026-11-20",
                "annulment_reason": "Acta rectificada",
                "transcript": None,
                "pdf_url": None,
            },
            "Tu constancia está anulada",
            "Motivo: Acta rectificada",
        ),
        ({"records_changed_on": "2026-11-20"}, "Tu constancia es válida", "reemplazará a esta"),
    ],
    ids=["replaced", "successor annulled", "annulled", "records changed"],
)
def test_every_state_says_what_to_do_next(
    visit: Visit, certificate: dict[str, Any], state: dict[str, Any], heading: str, words: str
) -> None:
    tab = opened(visit, certificate, **state)
    tab.sees(heading)
    expect(tab.page.locator("#resultado")).to_contain_text(words)
    expect(tab.page.get_by_role("link", name="Solicitar constancia")).to_be_visible()
    downloads = tab.page.get_by_role("link", name="Descargar constancia")
    expect(downloads).to_have_count(0 if state.get("status") == "annulled" else 1)
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()


def test_a_wrong_dni_is_not_found_and_what_was_written_stays(visit: Visit, certificate: dict[str, Any]) -> None:
    tab = visit().go(f"/constancia/?codigo={certificate['virtual_code']}")
    tab.write("Número de DNI", "71705601")
    tab.prove_human()
    tab.press("Ver mi constancia")
    expect(tab.heading("No encontramos esa constancia")).to_be_focused()
    expect(tab.page).to_have_title("No encontramos esa constancia - Tu constancia")
    expect(tab.page.locator("#answer")).to_contain_text("El DNI es el del estudiante")
    tab.write("Número de DNI", STUDENT.dni)
    tab.press("Ver mi constancia")
    tab.sees("Tu constancia es válida")


def test_who_has_the_same_certificate_already_is_offered_it_again_and_gets_it(
    at_review: Visit, certificate: dict[str, Any]
) -> None:
    tab = at_review()
    tab.send()
    tab.sees("Ya tienes una constancia con estas mismas notas")
    assert tab.axe() == []
    assert not tab.is_wider_than_the_screen()
    tab.press("Descargarla otra vez")
    tab.sees("Tu constancia está lista")
    expect(tab.page.locator("#code")).to_have_text(certificate["virtual_code"])
    expect(tab.page.locator("#certificate")).not_to_contain_text("Te enviamos")
    tab.page.reload()
    expect(tab.page.locator("#code")).to_have_text(certificate["virtual_code"])
    assert hashlib.sha256(tab.download()).hexdigest() == certificate["sha256"]


def test_who_has_another_certificate_is_told_what_a_new_one_does_to_it(
    at_review: Visit, correct: Correct, certificate: dict[str, Any]
) -> None:
    correct(1, "C")
    tab = at_review()
    tab.send()
    tab.sees("Ya tienes una constancia de este nivel")
    expect(tab.page.locator("#current")).to_contain_text("Si emites esta, la reemplaza")
    expect(tab.page.get_by_role("button", name="Descargarla otra vez")).to_have_count(0)
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")
    expect(tab.page.locator("#code")).not_to_have_text(certificate["virtual_code"])
    correct(1, "A")


def test_a_certificate_annulled_meanwhile_is_no_dead_end(at_review: Visit, certificate: dict[str, Any]) -> None:
    tab = at_review()
    tab.send()
    tab.refuses("/api/requests/*/certificate", "no_current_certificate", times=1)
    tab.press("Descargarla otra vez")
    expect(tab.summary()).to_contain_text("Todavía no hay una constancia igual")
    tab.press("Ver las notas")
    expect(tab.summary()).to_have_count(0)
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")
    expect(tab.page.locator("#code")).not_to_have_text(certificate["virtual_code"])
