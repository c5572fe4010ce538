"""Every way in which the service, or the link to it, says no: what the person reads, and that there is a way on."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route, expect

from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import MODULES, Visitor, problem

REQUESTS = "/api/requests"
TRANSCRIPT = "/api/requests/*/transcript"
CERTIFICATE = "/api/requests/*/certificate"
REVIEW = ("Paso 6 de 6", "Revisa tus respuestas")


def slow_by(tab: Visitor, milliseconds: int) -> None:
    """Moves the page's clock, so that nobody has to wait."""
    tab.page.clock.fast_forward(milliseconds)


@pytest.mark.parametrize(
    ("code", "ways"),
    [
        (
            "identity_not_confirmed",
            {"Revisar tus datos": "Tus datos", "Revisar los datos del estudiante": "Datos del estudiante"},
        ),
        ("guardian_required", {"Cambiar quién la pide": "¿Quién pide la constancia?"}),
        ("student_must_apply", {"Cambiar quién la pide": "¿Quién pide la constancia?"}),
        (
            "guardian_must_be_adult",
            {"Revisar tus datos": "Tus datos", "Cambiar quién la pide": "¿Quién pide la constancia?"},
        ),
        ("modality_not_covered", {"Cambiar la modalidad o el nivel": "Modalidad y nivel"}),
    ],
)
def test_a_refused_request_leads_to_the_step_that_can_mend_it(
    at_review: Visit, code: str, ways: dict[str, str]
) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, code)
    tab.send()
    expect(tab.summary()).to_be_focused()
    expect(tab.page).to_have_title("Error: Paso 6 de 6: Revisa tus respuestas - Solicitar constancia")
    assert tab.axe() == []
    for link, heading in ways.items():
        tab.follow(link)
        expect(tab.page.get_by_role("heading", level=1)).to_contain_text(heading)
        tab.press("Continuar")
        tab.sees_step(*REVIEW)
        tab.press("Continuar y ver las notas")
        expect(tab.summary()).to_be_visible()


def test_wrong_names_are_refused_by_the_service_itself_and_can_be_mended(at_review: Visit) -> None:
    tab = at_review()
    tab.follow("Cambiar Datos del estudiante")
    tab.write("Nombres del papá", "Otro Nombre")
    tab.press("Continuar")
    tab.send()
    expect(tab.summary()).to_contain_text("No pudimos confirmar los datos")
    tab.follow("Revisar los datos del estudiante")
    tab.write("Nombres del papá", "juan  CARLOS")
    tab.press("Continuar")
    tab.sees_step(*REVIEW)
    tab.press("Continuar y ver las notas")
    tab.sees("Notas")


def test_fields_that_the_service_refuses_are_shown_in_their_steps_one_after_the_other(at_review: Visit) -> None:
    tab = at_review()
    errors = [
        {"field": "contact.email", "code": "invalid", "detail": "Ese correo no existe."},
        {"field": "student.birth_date", "code": "out_of_range", "detail": "La fecha está en el futuro."},
        {"field": "applicant.father_given_names", "code": "too_long", "detail": "El nombre es demasiado largo."},
    ]
    tab.refuses(REQUESTS, "invalid_fields", times=1, errors=errors)
    tab.send()
    for step, label, message, better in (
        ("Tus datos", "Nombres de tu papá", "El nombre es demasiado largo.", "Pedro"),
        ("Datos del estudiante", "Año", "La fecha está en el futuro.", "2010"),
        ("Contacto y motivo", "Correo electrónico", "Ese correo no existe.", "ana@example.org"),
    ):
        expect(tab.page.get_by_role("heading", level=1)).to_contain_text(step)
        expect(tab.page).to_have_title(re.compile("^Error: "))
        expect(tab.summary().get_by_role("link")).to_have_text([message])
        expect(tab.page.locator("form:visible .error")).to_have_text([f"Error: {message}"])
        assert tab.axe() == []
        tab.press("Continuar")
        expect(tab.summary()).to_be_visible()
        tab.write(label, better)
        tab.press("Continuar")
    tab.sees_step(*REVIEW)
    tab.press("Continuar y ver las notas")
    tab.sees("Notas")


def test_a_declaration_that_the_service_misses_is_shown_at_the_review(at_review: Visit) -> None:
    tab = at_review()
    errors = [{"field": "declaration_accepted", "code": "required", "detail": "Acepta la declaración para continuar."}]
    tab.refuses(REQUESTS, "invalid_fields", errors=errors)
    tab.send()
    expect(tab.summary().get_by_role("link")).to_have_text(["Acepta la declaración para continuar."])


def test_a_field_that_is_not_asked_here_is_no_dead_end(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, "invalid_fields", times=1, errors=[{"field": "x", "code": "invalid", "detail": "?"}])
    tab.send()
    tab.press("Intentar otra vez")
    tab.sees("Notas")


def test_a_level_without_records_offers_the_levels_that_have_them(at_review: Visit) -> None:
    tab = at_review()
    tab.follow("Cambiar Modalidad y nivel")
    tab.choose("Inicial")
    tab.press("Continuar")
    tab.send()
    expect(tab.summary()).to_contain_text("Sí los hay de: Primaria, Secundaria.")
    assert tab.axe() == []
    tab.press("Pedir la de Secundaria")
    tab.sees_step(*REVIEW)
    expect(tab.page.locator("#answers")).to_contain_text("Secundaria")
    tab.press("Continuar y ver las notas")
    expect(tab.page.get_by_role("columnheader", name="2022")).to_be_visible()


def test_a_record_under_review_names_school_year_and_grade(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(TRANSCRIPT, "record_under_review", school_name="I.E. 1101 SAN JOSÉ", year=2019, grade=4)
    tab.send()
    for fact in ("I.E. 1101 SAN JOSÉ", "2019", "4.°"):
        expect(tab.summary()).to_contain_text(fact)
    tab.follow("Cambiar la modalidad o el nivel")
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Modalidad y nivel")


def test_too_many_attempts_says_how_long_to_wait_and_keeps_the_answers(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, "too_many_attempts", times=1, headers={"Retry-After": "900"}, retry_after=900)
    tab.send()
    expect(tab.summary()).to_contain_text(re.compile(r"en 15 minutos: a las \d+:\d\d"))
    expect(tab.summary()).to_contain_text("tus respuestas siguen aquí")
    tab.press("Intentar otra vez")
    tab.sees("Notas")


def test_a_wait_of_hours_does_not_pretend_that_the_page_keeps_the_answers(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, "too_many_attempts", headers={"Retry-After": "14400"}, retry_after=14400)
    tab.send()
    expect(tab.summary()).to_contain_text("Puedes cerrar esta página y volver entonces")
    expect(tab.summary()).not_to_contain_text("siguen aquí")
    expect(tab.page.get_by_role("button", name="Intentar otra vez")).to_have_count(0)


def test_who_fails_again_and_again_is_told_of_the_limit_before_it_closes(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, "identity_not_confirmed", times=3)
    tab.send()
    expect(tab.summary()).not_to_contain_text("límite")
    for _ in range(2):
        tab.press("Continuar y ver las notas")
        expect(tab.summary()).to_be_focused()
    expect(tab.summary()).to_contain_text("Llevas 3 intentos sin coincidir. Hay un límite al día")


@pytest.mark.parametrize("path", [REQUESTS, TRANSCRIPT, CERTIFICATE])
def test_a_service_that_is_down_for_a_moment_loses_nothing(at_review: Visit, path: str) -> None:
    tab = at_review()
    tab.refuses(path, "temporarily_unavailable", times=1, headers={"Retry-After": "5"}, retry_after=5)
    tab.send()
    if path == CERTIFICATE:
        tab.press("Aceptar y emitir")
    expect(tab.summary()).to_contain_text("No se perdió nada")
    tab.press("Intentar otra vez")
    tab.sees("Tu constancia está lista" if path == CERTIFICATE else "Notas")


@pytest.mark.parametrize("path", [REQUESTS, TRANSCRIPT, CERTIFICATE])
def test_a_link_that_drops_after_the_service_has_acted_loses_nothing(at_review: Visit, path: str) -> None:
    """The answer is lost, not the question: what was done once is not done twice, and a used proof is replaced."""

    def act_and_drop(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    tab = at_review()
    tab.on_api(path, act_and_drop, times=1)
    tab.send()
    if path == CERTIFICATE:
        tab.press("Aceptar y emitir")
    expect(tab.summary()).to_contain_text("No hay conexión")
    tab.press("Intentar otra vez")
    tab.sees("Tu constancia está lista" if path == CERTIFICATE else "Notas")


def test_without_a_link_the_page_says_so_and_goes_on_when_it_is_back(at_review: Visit) -> None:
    tab = at_review()
    tab.tick("Declaro que estos datos")
    tab.context.set_offline(True)
    tab.prove_human()
    expect(tab.page.locator("#human-status")).to_contain_text("No se pudo comprobar ahora")
    tab.press("Continuar y ver las notas")
    expect(tab.summary()).to_contain_text("No hay conexión")
    assert tab.axe() == []
    tab.context.set_offline(False)
    tab.press("Intentar otra vez")
    tab.sees("Notas")


def test_a_browser_that_cannot_compute_a_proof_says_so_and_can_try_again(at_review: Visit) -> None:
    tab = at_review()
    solver = (MODULES / "solver.js").read_text(encoding="utf-8")
    broken = f"crypto.subtle.deriveBits = () => Promise.reject(new Error('not here'));\n{solver}"
    address = "**/modules/solver.js"
    tab.page.route(address, lambda route: route.fulfill(content_type="text/javascript", body=broken))
    tab.prove_human()
    expect(tab.page.locator("#human-status")).to_contain_text("No se pudo comprobar ahora")
    tab.noise.clear()  # the console keeps what happened
    tab.page.unroute(address)
    tab.send()
    tab.sees("Notas")


def test_a_slow_link_is_named_and_a_dead_one_given_up(at_review: Visit) -> None:
    tab = at_review()
    tab.tick("Declaro que estos datos")
    tab.prove_human()
    expect(tab.page.locator("#human-status")).to_have_text("Comprobado.")
    tab.page.clock.install()
    tab.on_api(REQUESTS, lambda _: None, times=1)
    tab.press("Continuar y ver las notas")
    expect(tab.page.get_by_role("button", name="Enviando…")).to_be_focused()
    status = tab.page.locator("#revision .busy")
    assert status.evaluate("said => said.getBoundingClientRect().width") <= 1, "the button says it to the eye"
    slow_by(tab, 7_000)
    expect(status).to_have_text("La conexión está lenta. Seguimos intentando; no cierres esta página.")
    slow_by(tab, 25_000)
    expect(tab.summary()).to_contain_text("El servicio está tardando demasiado")
    tab.press("Intentar otra vez")
    tab.sees("Notas")


def test_a_part_of_the_page_that_does_not_load_can_be_loaded_again(visit: Visit, review: str) -> None:
    tab = visit().remembers(review)
    tab.page.route("**/modules/issuing.js", lambda route: route.abort())
    tab.go("/solicitar/#revision")
    expect(tab.summary()).to_contain_text("No hay conexión")
    assert tab.axe() == []
    tab.page.unroute("**/modules/issuing.js")
    tab.press("Intentar otra vez")
    expect(tab.page.locator("#answers")).to_contain_text("Primaria")


@pytest.mark.parametrize(
    ("module", "function"),
    [("issuing", "startIssuing"), ("issuing", "reviewOf")],
)
def test_a_mistake_of_ours_is_no_missing_connection(visit: Visit, review: str, module: str, function: str) -> None:
    tab = visit().remembers(review)
    tab.has_a_mistake_in(module, function)
    tab.go("/solicitar/#revision")
    tab.sees_our_fault()
    tab.page.unroute(f"**/modules/{module}.js")
    tab.press("Intentar otra vez")
    expect(tab.page.locator("#answers")).to_contain_text("Primaria")


@pytest.mark.parametrize(("module", "function"), [("human-check", "solve"), ("transcript", "transcriptView")])
def test_a_mistake_of_ours_on_the_way_to_the_marks_is_said_and_is_no_missing_connection(
    visit: Visit, review: str, module: str, function: str
) -> None:
    tab = visit().remembers(review)
    tab.has_a_mistake_in(module, function)
    tab.go("/solicitar/#revision").send()
    tab.sees_our_fault()


@pytest.mark.parametrize("answer", ["null", "[]", '"no"'])
def test_an_answer_that_is_not_the_services_is_no_missing_connection(at_review: Visit, answer: str) -> None:
    tab = at_review()
    tab.on_api(REQUESTS, lambda route: route.fulfill(status=400, content_type="application/json", body=answer))
    tab.send()
    expect(tab.summary()).to_contain_text("Algo falló de nuestro lado")
    expect(tab.summary()).to_contain_text("No perdiste nada")


@pytest.mark.parametrize(
    ("path", "entry", "button"), [("/solicitar/", "request", "Continuar"), ("/verificar/", "verify", "Verificar")]
)
def test_a_page_whose_script_never_comes_says_so_without_one(visit: Visit, path: str, entry: str, button: str) -> None:
    tab = visit()
    tab.page.route(f"**/modules/{entry}.js", lambda route: route.abort())
    tab.go(path)
    expect(tab.page.get_by_role("button", name=button)).to_be_disabled()
    words = tab.page.get_by_text("La página no terminó de cargar.")
    expect(words).to_be_hidden()
    tab.page.evaluate("document.getAnimations().forEach(waiting => waiting.finish())")
    expect(words).to_be_visible()
    assert tab.axe() == []
    tab.page.unroute(f"**/modules/{entry}.js")
    tab.follow("cárgala otra vez")
    expect(tab.page.get_by_role("button", name=button)).to_be_enabled()
    expect(words).to_be_hidden()


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_refused_human_proof_is_replaced_without_a_word(at_review: Visit, refusals: int) -> None:
    tab = at_review()
    challenges: list[str] = []

    def note(request: Request) -> None:
        if "/api/captcha" in request.url:
            challenges.append(request.url)

    tab.page.on("request", note)
    tab.refuses(REQUESTS, "captcha_failed", times=refusals)
    tab.send()
    tab.sees("Notas")
    assert len(challenges) == refusals + 1


def test_human_proofs_that_are_refused_again_and_again_are_asked_for_anew(at_review: Visit) -> None:
    tab = at_review()
    tab.refuses(REQUESTS, "captcha_failed", times=3)
    tab.send()
    link = tab.summary().get_by_role("link")
    expect(link).to_have_text(re.compile("^Marca otra vez «No soy un robot»"))
    link.click()
    expect(tab.page.get_by_role("checkbox", name="No soy un robot")).to_be_focused()
    expect(tab.page.get_by_role("checkbox", name="No soy un robot")).not_to_be_checked()
    tab.prove_human()
    tab.press("Continuar y ver las notas")
    tab.sees("Notas")


def test_a_box_unticked_while_it_checks_says_nothing_and_ticked_again_checks_anew(at_review: Visit) -> None:
    tab = at_review()
    box, status = tab.page.get_by_role("checkbox", name="No soy un robot"), tab.page.locator("#human-status")
    box.check()
    expect(status).not_to_be_empty()
    box.uncheck()
    expect(status).to_be_empty()
    box.check()
    expect(status).to_have_text("Comprobado.")


def test_a_request_that_has_expired_is_sent_again_from_the_same_answers(at_review: Visit) -> None:
    tab = at_review()
    tab.send()
    tab.refuses(CERTIFICATE, "request_not_found", times=1)
    tab.press("Aceptar y emitir")
    expect(tab.summary()).to_contain_text("La solicitud ya no está")
    tab.follow("Enviar la solicitud otra vez")
    tab.sees_step(*REVIEW)
    tab.press("Continuar y ver las notas")
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")


def test_a_certificate_whose_request_has_expired_can_be_asked_for_again(at_review: Visit) -> None:
    tab = at_review()
    tab.obtain()
    tab.refuses(CERTIFICATE, "request_not_found", times=1)
    tab.page.reload()
    tab.follow("Enviar la solicitud otra vez")
    tab.sees_step(*REVIEW)


def test_marks_that_were_not_shown_are_shown_before_anything_is_issued(at_review: Visit) -> None:
    tab = at_review()
    tab.send()
    tab.refuses(CERTIFICATE, "transcript_not_confirmed", times=1)
    tab.press("Aceptar y emitir")
    tab.press("Ver las notas")
    expect(tab.summary()).to_be_hidden()
    tab.press("Aceptar y emitir")
    tab.sees("Tu constancia está lista")


LOOKS_LIKE_OURS = json.dumps(
    {"code": "too_many_attempts", "title": "Blocked", "detail": "x", "errors": [], "status": 429}
)


def _before_us(status: int, kind: str, body: str) -> Callable[[Route], None]:
    """What the firewall, CloudFront or the gateway answer before the service is asked."""
    return lambda route: route.fulfill(status=status, content_type=kind, body=body)


def _word_of_the_gateway(route: Route) -> None:
    route.fulfill(status=503, content_type="application/json", body=json.dumps({"message": "Service Unavailable"}))


def _fault(route: Route) -> None:
    route.fulfill(status=500, content_type="application/json", body=json.dumps({"message": "Internal Server Error"}))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_before_us(403, "text/html", "<h1>Forbidden</h1>"), "Un filtro de seguridad no la dejó pasar"),
        (_before_us(403, "application/json", '{"message":"Forbidden"}'), "Un filtro de seguridad no la dejó pasar"),
        (_before_us(413, "text/html", "<h1>Too large</h1>"), "Un filtro de seguridad no la dejó pasar"),
        (_before_us(429, "application/json", LOOKS_LIKE_OURS), "Espera 5 minutos e intenta otra vez"),
        (_before_us(429, "text/html", "<h1>Slow down</h1>"), "Llegaron demasiadas solicitudes desde tu conexión"),
        (_before_us(429, "application/json", ""), "Llegaron demasiadas solicitudes desde tu conexión"),
        (_before_us(503, "text/html", "<h1>The request could not be satisfied</h1>"), "El servicio no responde"),
        (_before_us(502, "text/html", "<h1>Bad Gateway</h1>"), "El servicio no responde"),
        (_before_us(504, "text/html", ""), "El servicio no responde"),
        (_fault, "Algo falló de nuestro lado"),
        (_word_of_the_gateway, "El servicio no responde en este momento"),
        (problem("malformed_request"), "No pudimos leer la solicitud"),
    ],
)
def test_an_answer_that_is_not_the_services_own_is_no_dead_end(
    at_review: Visit, answer: Callable[[Route], None], words: str
) -> None:
    tab = at_review()
    tab.on_api(REQUESTS, answer, times=1)
    tab.send()
    expect(tab.summary()).to_contain_text(words)
    expect(tab.summary()).to_contain_text("tus respuestas siguen aquí")
    tab.press("Intentar otra vez")
    tab.sees("Notas")


def test_a_download_that_cannot_be_renewed_says_so_and_can_be_tried_again(at_review: Visit) -> None:
    tab = at_review()
    tab.gets_no_pdf(times=1)
    tab.obtain()
    tab.lets_a_minute_pass()
    tab.refuses(CERTIFICATE, "temporarily_unavailable", times=1, retry_after=5)
    tab.follow("Descargar constancia")
    expect(tab.summary()).to_be_focused()
    with tab.page.expect_download():
        tab.press("Intentar otra vez")
