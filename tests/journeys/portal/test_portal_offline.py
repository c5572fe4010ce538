"""/verificar/ without a network: what was kept is enough to check signed data, and never says "válida" of them."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from infra.local.runtime import Runtime
from infra.local.service import Service
from tests.attesting.test_description import PUBLISHED
from tests.functions.conftest import event
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_one_gesture import Certificate, banner, drop, number_of
from tests.journeys.portal.visitor import STUDENT, Visitor

SIGNED = "Firma válida, sin conexión"
KEPT = """async () => {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  return (await cache.keys()).map(({ url }) => new URL(url).pathname);
}"""

IN_CHARGE = """async () => {
  if (navigator.serviceWorker.controller) return;
  await new Promise((done) => { navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }); });
}"""


@pytest.fixture(scope="module")
def certificate(running: Service) -> Certificate:
    """A certificate with its PDF."""
    citizen = Citizen(running.url)
    issued = citizen.obtain(request_body())
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


def renew_list() -> None:
    Runtime().invoke("publish_status_list", event("publish_status_list", "scheduled"))


def ready(tab: Visitor) -> Visitor:
    """Opens the page and waits until it is kept."""
    tab.go("/verificar/")
    tab.page.evaluate(IN_CHARGE)
    return tab


@pytest.fixture
def offline(visit: Visit) -> Visit:
    """Opens a tab in which the page was opened once, and takes its network away."""

    def open_tab(width: int = 320, **options: Any) -> Visitor:
        tab = ready(visit(width, service_workers="allow", **options))
        go_offline(tab)
        return tab

    return open_tab


def go_offline(tab: Visitor) -> None:
    """Takes the network away, and what the browser keeps beside the worker: keys for five minutes."""
    tab.context.new_cdp_session(tab.page).send("Network.clearBrowserCache")
    tab.context.set_offline(True)


def address_of(certificate: Certificate, number: int | None = None) -> str:
    return f"/verificar/?codigo={certificate['virtual_code']}#{number or number_of(certificate)}"


def test_the_address_of_the_data_qr_is_read_and_checked_without_a_network(
    offline: Visit, certificate: Certificate
) -> None:
    for width, scheme in ((320, "dark"), (1280, "light")):
        tab = offline(width, color_scheme=scheme).go(address_of(certificate))
        tab.sees(SIGNED)
        words = banner(tab.page)
        for fact in ("ROSA CECILIA DEL ROSAL ÑAUPARI", STUDENT.dni, "solo se sabe en línea"):
            assert fact in words
        expect(tab.page.locator(".banner.valid")).to_have_count(0)
        expect(tab.page.get_by_role("row", name="MATEMÁTICA").get_by_role("cell")).to_have_count(6)
        assert STUDENT.dni not in tab.page.url
        assert tab.axe() == []
        assert not tab.is_wider_than_the_screen()


def test_a_dropped_pdf_is_read_and_checked_without_a_network(offline: Visit, certificate: Certificate) -> None:
    tab = offline()
    drop(tab, certificate["pdf"])
    tab.sees(SIGNED)
    main = tab.page.locator("main")
    for fact in ("I.E. 1101 SAN JOSÉ", certificate["serial_number"], "Comprobada en tu equipo"):
        expect(main).to_contain_text(fact)
    expect(main.get_by_role("link", name="Descargar")).to_have_count(0)


def test_data_that_were_changed_are_red_without_a_network(offline: Visit, certificate: Certificate) -> None:
    tab = offline().go(address_of(certificate, number_of(certificate) ^ 1 << 600))
    expect(tab.page.locator(".banner.contradicted")).to_contain_text("no llevan la firma del Ministerio")
    expect(tab.page.locator("#resultado")).to_be_hidden()
    assert tab.axe() == []


def test_data_by_a_key_that_is_newer_than_those_that_are_kept_are_not_called_forged(offline: Visit) -> None:
    vector = PUBLISHED["vectors"][0]
    tab = offline().go(f"/verificar/?codigo={vector['certificate']['virtual_code']}#{vector['number']}")
    expect(tab.page.locator("#given-status")).to_contain_text("No pudimos comprobar en este equipo la firma")
    expect(tab.page.locator(".banner")).to_have_count(0)


def test_without_signed_data_nothing_is_said_of_a_certificate(offline: Visit, certificate: Certificate) -> None:
    tab = offline()
    tab.write("Código virtual", certificate["virtual_code"])
    tab.verify(STUDENT.dni)
    tab.sees("No se pudo comprobar")
    expect(tab.page.locator("#answer")).to_contain_text("No hay conexión")


def test_the_list_says_as_of_when_a_certificate_is_not_annulled_and_then_that_it_is(
    visit: Visit, citizen: Citizen
) -> None:
    renew_list()
    certificate = citizen.obtain(request_body())
    renew_list()
    tab = ready(visit(service_workers="allow"))
    go_offline(tab)
    tab.go(address_of(certificate))
    tab.sees(SIGNED)
    assert re.search(
        r"Según la lista del \d+ de \w+ de \d{4} a las .*: no está anulada ni reemplazada\.", banner(tab.page)
    )
    command = {**event("annul_certificate", "annul"), "virtual_code": certificate["virtual_code"]}
    assert Runtime().invoke("annul_certificate", command)["annulled_now"]
    renew_list()
    tab.context.set_offline(False)
    tab.page.evaluate("fetch('/.well-known/anuladas', { cache: 'reload' }).then((answer) => answer.arrayBuffer())")
    tab.page.goto("about:blank")
    go_offline(tab)
    tab.go(address_of(certificate))
    tab.sees("Constancia anulada")
    assert "Según la lista del" in banner(tab.page)
    expect(tab.page.get_by_role("table")).to_have_count(0)


def test_a_worker_keeps_and_answers_nothing_of_the_api_and_nothing_that_was_verified(
    visit: Visit, certificate: Certificate
) -> None:
    tab = ready(visit(service_workers="allow"))
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    kept = tab.page.evaluate(KEPT)
    assert [path for path in kept if path.startswith(("/api/", "/_local/", "/log/"))] == []
    assert {"/verificar/", "/.well-known/jwks.json"} <= set(kept)
    go_offline(tab)
    for path in ("/api/captcha?for=verification", "/api/openapi.json", "/"):
        assert tab.page.evaluate(f"fetch('{path}').then(() => 'answered', () => 'nothing')") == "nothing"


def test_the_worker_is_asked_for_each_time_and_serves_its_own_folder_alone(citizen: Citizen) -> None:
    answer = citizen.call("GET", "/verificar/worker.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Service-Worker-Allowed" not in answer.headers


def test_where_workers_are_blocked_the_page_works_as_it_would_without(visit: Visit, certificate: Certificate) -> None:
    tab = visit(service_workers="block").go("/verificar/")
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    assert tab.page.evaluate("caches.keys()") == []
