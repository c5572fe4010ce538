"""/solicitar/ for who has a contact on record: the code, on the last step; and a page of another site gets nowhere."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from infra.local.citizen import newest_code
from infra.local.service import Service
from tests.journeys.citizen import Citizen
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import CODE_STEP as STEP
from tests.journeys.portal.visitor import Visitor

MAIL = "maria.ccopa@example.com"
FIELD = "Código de 6 números"


pytestmark = pytest.mark.usefixtures("many_codes")


def code_of(tab: Visitor) -> str:
    """The newest code in the mother's mail."""
    return newest_code(Citizen(tab.url).outbox(), MAIL)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_who_has_a_contact_on_record_writes_the_code_and_gets_the_certificate_by_keyboard_at_320_pixels(
    at_code: Visit,
) -> None:
    tab = at_code()
    page = tab.page.locator("main")
    expect(page).to_contain_text("el correo m…@e….com")
    expect(page).to_contain_text(re.compile(r"Te quedan (9:\d\d|10:00) minutos"))
    expect(page).not_to_contain_text("LUIS ALBERTO")
    assert not tab.is_wider_than_the_screen()
    tab.tabs_to(FIELD)
    tab.sends_by_keyboard()
    expect(tab.summary()).to_contain_text("Escribe el código que te enviamos")
    tab.write(FIELD, wrong(code_of(tab)))
    tab.sends_by_keyboard()
    expect(tab.summary()).to_contain_text("Intentos que te quedan: 4")
    expect(tab.page).to_have_title(re.compile("^Error: "))
    assert not tab.is_wider_than_the_screen()
    tab.page.reload()
    tab.sees_step(*STEP)
    code = code_of(tab)
    tab.write(FIELD, f" {code[:3]} {code[3:]}")
    tab.sends_by_keyboard()
    tab.sees_step("Último paso", "Revisa las notas")
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")


def test_a_page_of_the_code_that_does_not_load_can_be_loaded_again(visit: Visit, answered: str) -> None:
    tab = visit().remembers(answered)
    tab.page.route("**/modules/code.js", lambda route: route.abort())
    tab.go("/solicitar/#revision").send()
    expect(tab.summary()).to_contain_text("No hay conexión")
    assert tab.axe() == []
    tab.page.unroute("**/modules/code.js")
    tab.press("Intentar otra vez")
    tab.sees_step(*STEP)
    tab.write(FIELD, code_of(tab))
    tab.press("Continuar y ver las notas")
    tab.sees("Notas")


def test_a_code_that_does_not_come_is_sent_again_and_the_newest_counts(at_code: Visit) -> None:
    tab = at_code()
    first = code_of(tab)
    tab.press("Enviar otro código")
    expect(tab.page.get_by_role("status").filter(has_text="Te enviamos otro código")).to_be_visible()
    second = code_of(tab)
    if first != second:
        tab.write(FIELD, first)
        tab.press("Continuar y ver las notas")
        expect(tab.summary()).to_contain_text("no es correcto o ya venció")
    tab.press("Enviar otro código")
    expect(tab.page.get_by_text("Ya enviamos todos los códigos")).to_be_visible()
    expect(tab.page.get_by_role("button", name="Enviar otro código")).to_be_hidden()
    tab.write(FIELD, code_of(tab))
    tab.press("Continuar y ver las notas")
    tab.sees("Notas")


def test_after_the_last_try_the_way_out_is_to_send_the_request_again(at_code: Visit) -> None:
    tab = at_code()
    for left in (4, 3, 2, 1):
        tab.write(FIELD, wrong(code_of(tab)))
        tab.press("Continuar y ver las notas")
        expect(tab.summary()).to_contain_text(f"Intentos que te quedan: {left}")
    tab.write(FIELD, wrong(code_of(tab)))
    tab.press("Continuar y ver las notas")
    tab.follow("Enviar la solicitud otra vez")
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    tab.prove_human()
    tab.press("Continuar y ver las notas")
    tab.sees_step(*STEP)


def test_a_message_that_did_not_leave_is_said_plainly_and_another_can_be_asked_for(at_code: Visit) -> None:
    tab = at_code()

    def rejected(route: Route) -> None:
        answer = {"channel": "email", "to": "m…@e….com", "expires_at": None, "resends_left": 1}
        route.fulfill(status=201, json=answer)

    tab.on_api("/api/requests/*/codes", rejected, times=1)
    tab.press("Enviar otro código")
    expect(tab.summary()).to_contain_text("No pudimos enviar el código")
    expect(tab.summary()).to_contain_text("Pide otro código")
    tab.press("Enviar otro código")
    expect(tab.page.get_by_role("status").filter(has_text="Te enviamos otro código")).to_be_visible()
    expect(tab.summary()).to_have_count(0)


def test_an_expired_code_says_so_and_no_more_codes_today_says_until_when(at_code: Visit) -> None:
    tab = at_code()
    tab.page.clock.install()
    tab.page.reload()
    tab.sees_step(*STEP)
    tab.page.clock.fast_forward("11:00")
    expect(tab.page.get_by_role("status").filter(has_text="El código ya venció")).to_be_visible()
    tab.refuses("/api/requests/*/codes", "too_many_codes", times=1, headers={"Retry-After": "900"}, retry_after=900)
    tab.press("Enviar otro código")
    expect(tab.summary()).to_contain_text("Podrás pedir otro en 15 minutos")


def test_a_wait_that_ends_at_midnight_says_a_medianoche(at_code: Visit) -> None:
    tab = at_code()
    tab.page.clock.install(time="2026-11-23T20:00:00-05:00")
    tab.page.reload()
    tab.sees_step(*STEP)
    tab.refuses("/api/requests/*/codes", "too_many_codes", times=1, headers={"Retry-After": "14400"}, retry_after=14400)
    tab.press("Enviar otro código")
    expect(tab.summary()).to_contain_text("Podrás pedir otro a medianoche.")


# A page of another site

DRIVE_BY = """<!doctype html><title>x</title><script>
const to = "%s", body = JSON.stringify({captcha: "x"});
const say = (what, how) => fetch(to + "/api/" + what, {method: "POST", body, ...how}).then(() => 0, () => 0);
(async () => {
  for (const what of ["requests", "requests/x/codes", "requests/x/confirmation", "requests/x/certificate",
    "verifications"]) {
    await say(what, {mode: "no-cors", headers: {"Content-Type": "text/plain"}});
    await say(what, {mode: "no-cors", body: undefined});
    await say(what, {headers: {"Content-Type": "application/json"}});
    await say(what, {headers: {Authorization: "Bearer x"}});
    navigator.sendBeacon(to + "/api/" + what, new Blob([body], {type: "text/plain"}));
  }
  document.title = "done";
})();
</script><form method="post" enctype="text/plain" action="%s/api/requests"><input name='{"a":"' value='"}'>
<button>x</button></form>"""


@contextmanager
def another_site(target: str) -> Iterator[str]:
    """A page at another host name that makes whoever opens it ask the service."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((DRIVE_BY % (target, target)).encode())

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_page_of_another_site_gets_nowhere_with_a_visitors_browser(browser: Browser, running: Service) -> None:
    citizen = Citizen(running.url)
    stored, sent = len(citizen.call("GET", "/_local/events").json), len(citizen.outbox())
    context = browser.new_context()
    page = context.new_page()
    statuses: list[tuple[str, int]] = []
    page.on("response", lambda answer: statuses.append((answer.request.method, answer.status)))
    with another_site(running.url) as address:
        page.goto(address)
        expect(page).to_have_title("done")
        with page.expect_navigation():
            page.get_by_role("button").click()
        expect(page.locator("body")).to_contain_text("cross_site_request")
    posted = {status for method, status in statuses if method == "POST"}
    assert posted == {403}, statuses
    assert {status for method, status in statuses if method == "OPTIONS"} <= {404}, "no preflight is answered"
    assert (len(citizen.call("GET", "/_local/events").json), len(citizen.outbox())) == (stored, sent)
    context.close()
