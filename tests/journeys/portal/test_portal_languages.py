"""Pages in English: tables keyed by the Spanish words, none with a hole, also for what a page says later."""

import json
import re
from pathlib import Path

import pytest
from constancia import lima, wording
from playwright.sync_api import Route, expect

from infra.local.runtime import Runtime
from infra.local.service import Service
from tests.functions.conftest import event
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.spanish import texts_of as texts_of_module
from tests.journeys.portal.test_portal_offline import address_of, go_offline, ready, renew_list
from tests.journeys.portal.test_portal_one_gesture import Certificate, changed, drop
from tests.journeys.portal.visitor import MODULES, STUDENT, Visitor

WORDS = MODULES.parent / "words"
SAME_IN_ALL = {".", "(511) 615-5800", "Calle Del Comercio 193, San Borja, Lima", "www.gob.pe/minedu"}
TEXTS = """() => {
  const found = [document.title, ...[...document.images].map(({ alt }) => alt)];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const { parentElement: parent, textContent: text } = walk.currentNode;
    if (!parent.closest("#language, noscript")) found.push(text.trim());
  }
  return [...new Set(found.filter((text) => text))];
}"""


def table(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return found


def texts_of(tab: Visitor) -> set[str]:
    return set(tab.page.evaluate(TEXTS)) - SAME_IN_ALL


def test_every_language_has_every_word_of_the_page_and_no_other(visit: Visit) -> None:
    spanish = texts_of(visit().go("/"))
    assert len(spanish) > 50
    for file in WORDS.glob("*.json"):
        assert set(table(file.stem)) == spanish, file.stem
        assert all(word.strip() for word in table(file.stem).values()), file.stem


def test_the_first_page_is_read_in_english_by_a_switch_in_sight_and_back(visit: Visit) -> None:
    for scheme, width in (("dark", 320), ("light", 1280)):
        tab = visit(width, color_scheme=scheme).go("/")
        tab.follow("English")
        expect(tab.page.locator("html")).to_have_attribute("lang", "en")
        tab.sees("Who can ask for it")
        assert texts_of(tab) == set(table("en").values())
        for question in tab.page.locator("summary").all():
            question.click()
        assert tab.axe() == []
        assert not tab.is_wider_than_the_screen()
        tab.follow("Español")
        expect(tab.page.locator("html")).to_have_attribute("lang", "es-PE")
        tab.sees("Quién puede pedirla")


def test_a_language_that_is_not_there_or_does_not_come_leaves_the_spanish(visit: Visit) -> None:
    tab = visit()
    tab.page.route("**/words/*.json", lambda route: route.abort())
    for language in ("en", "qu", "toString"):
        tab.go(f"/?lang={language}")
        tab.sees("Quién puede pedirla")
        expect(tab.page.locator("html")).to_have_attribute("lang", "es-PE")


VERIFYING = MODULES.parent / "verificar"
TABLE: dict[str, str] = json.loads((WORDS / "verificar" / "en.json").read_text(encoding="utf-8"))
FOR_PROGRAMS = {
    *(
        "Content-Type",
        "Bearer {}",
        "Retry-After",
        "BarcodeDetector",
        "America/Lima",
        "Date",
        "Signature1",
        "/FlateDecode",
    ),
    *("no certificate", "another signature", "another type", "an unknown key", "cut off", "no keys", "other bytes"),
    *("another form", "another list", "no list", "no log", "button second", "status busy", "hint screen-only"),
    *("verdict {}", "banner {}", "scroll many", "h1, h2", "input, select", "select, input:not([data-none])", "Error:"),
    *(":scope > .hint", ":scope > :is(label, legend)", "form:scope button:not([type])", "Español"),
}
"""Texts in the modules that nobody reads, or that are no Spanish."""
COMPOSED = {
    "Error: {}",
    "{} · {}.° grado",
    "{} · {} años",
    "{} a las {}",
    "{}, {}.er grado {}",
    "{}, {}.° grado {}",
    "{}, {} años, {}",
    *(f"{{}} de {month} de {{}}" for month in (*lima.MONTHS, "septiembre")),
}
"""What stands whole in no module: dates come from the browser, cells are named by row and column."""
PLACE = re.compile(r"""\[["`]([A-ZÁÉÍÓÚ][^"`]*)["`], (?!"Observaciones \(continúa)""")
ASKED_FIELDS = ("virtual_code", "document_number", "captcha")
SPANISH = re.compile(r"\b(el|la|los|las|de|que|una|con|del|por|para|su|y|tu)\b|[¿¡«áéíóúñ]")
QUOTED = re.compile("“[^”]*”")
RECORDED = {"2019 - R.D. 0123-2019 - Convalidación de estudios"}
"""What the sample student's certificate says otherwise than in capitals."""


def is_words(text: str) -> bool:
    """Whether a text in a module looks like something that people read."""
    return bool(re.search("[a-záéíóúñ]", text) and re.search(r"[áéíóúñ¿¡«… ]|(?<![\w-])[A-ZÁÉ][a-záéíóúñ]", text))


def module_texts() -> set[str]:
    """The texts of all modules that a verification uses."""
    kept = re.findall(r'"/modules/([\w-]+\.js)"', (VERIFYING / "worker.js").read_text(encoding="utf-8"))
    online = {"logged.js", "altered-file.js", "file-differences.js"}
    files = [MODULES / name for name in {*kept, *online} - {"attested-words.js"}]
    assert len(files) > 25
    return {text.strip() for file in files for text in texts_of_module(file)} | places_of_the_paper()


def places_of_the_paper() -> set[str]:
    """How differences of a file are named; what the paper says itself stays in Spanish."""
    found = PLACE.findall((MODULES / "paper-words.js").read_text(encoding="utf-8"))
    assert len(found) > 25
    return {re.sub(r"\$\{[^}]*\}", "{}", place) for place in found}


def words_of_the_service() -> set[str]:
    """What the service says of a verification that it refuses."""
    codes = (
        *("temporarily_unavailable", "too_many_attempts", "captcha_failed", "cross_site_request"),
        *("malformed_request", "unsupported_media_type", "invalid_fields"),
    )
    said = {words for code in codes for words in wording.PROBLEMS[code][1:]}
    return said | {words for (field, _), words in wording.FIELD_FAULTS.items() if field in ASKED_FIELDS}


def test_every_text_of_a_verification_has_its_english_and_none_is_left_over(visit: Visit) -> None:
    tab = visit().go("/verificar/")
    page = texts_of(tab) | set(tab.page.locator("[data-missing], [data-wrong]").evaluate_all(ATTRIBUTES))
    page |= {tab.page.locator("form").get_attribute("data-busy")}
    page -= {"·"}
    modules = module_texts()
    wanted = page | {text for text in modules if is_words(text)} - FOR_PROGRAMS | words_of_the_service()
    assert wanted - set(TABLE) - SAME_IN_ALL == set()
    assert set(TABLE) - page - modules - words_of_the_service() == COMPOSED
    assert all(english.count("{}") == spanish.count("{}") for spanish, english in TABLE.items())
    assert not [english for english in TABLE.values() if SPANISH.search(QUOTED.sub("", english))]


ATTRIBUTES = "all => all.flatMap(({ dataset }) => [dataset.missing, dataset.wrong]).filter(Boolean)"


def is_english(tab: Visitor) -> None:
    """Nothing on the page is Spanish but what the certificate says, which is in capitals; and it is sound."""
    expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    found = [text for text in texts_of(tab) - RECORDED if SPANISH.search(QUOTED.sub("", text))]
    assert found == []
    assert (tab.axe(), tab.is_wider_than_the_screen()) == ([], False)


def verify(tab: Visitor, code: str, dni: str = STUDENT.dni) -> None:
    tab.write("Virtual code", code)
    tab.write("The student's DNI number", dni)
    tab.tick("I am not a robot")
    tab.press("Verify")


@pytest.fixture(scope="module")
def certificate(running: Service) -> Certificate:
    """A certificate with its PDF."""
    citizen = Citizen(running.url)
    issued = citizen.obtain(request_body())
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


def test_who_verifies_in_english_reads_no_spanish_from_the_form_to_the_printed_list(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit(320).go(f"/verificar/?codigo={certificate['virtual_code']}&lang=en")
    tab.sees("Verify a certificate")
    is_english(tab)
    tab.press("Verify")
    for said in ("There is a problem", "Type the student's DNI number", "Tick “I am not a robot”"):
        expect(tab.summary()).to_contain_text(said)
    is_english(tab)
    expect(tab.page).to_have_title(re.compile("^Error: Verify a certificate"))
    verify(tab, certificate["virtual_code"])
    tab.sees("Valid certificate")
    expect(tab.page.locator(".banner")).to_contain_text(re.compile(r"issued it on \d+ \w+ 20\d\d\."))
    expect(tab.page.get_by_text("Final status: PROMOVIDO").first).to_be_visible()
    expect(tab.page.get_by_text("2019 · grade 4", exact=True)).to_be_visible()
    expect(tab.page).to_have_title("Valid certificate - Verify a certificate")
    tab.press("See the verifications")
    tab.sees("It was verified once")
    is_english(tab)
    tab.follow("Verify another certificate")
    assert tab.page.url == f"{tab.url}/verificar/?lang=en"
    verify(tab, "C2CC6526")
    tab.sees("We did not find that certificate")
    expect(tab.page.get_by_role("button", name="Print all")).to_be_visible()
    is_english(tab)
    with tab.page.expect_download() as download:
        tab.press("Download the table (CSV)")
    head, first, *_ = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert head == '"Date","Time","Result","Whose","Virtual code","Address"'
    assert '"Valid certificate"' in first
    tab.page.evaluate("() => { print = () => { window.printed = document.getElementById('sheets').textContent; }; }")
    tab.press("Print all")
    tab.page.wait_for_function("window.printed")
    printed = tab.page.evaluate("window.printed")
    assert "Verification of a school-mark certificate" in printed
    assert not SPANISH.search(printed.replace("/?codigo=", ""))


def test_a_verdict_that_stands_already_is_read_in_english_by_the_switch(visit: Visit, certificate: Certificate) -> None:
    tab = visit(320, color_scheme="dark").go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(STUDENT.dni)
    tab.sees("Constancia válida")
    tab.follow("English")
    tab.sees("Valid certificate")
    is_english(tab)
    tab.follow("Español")
    tab.sees("Verificar constancia")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value(certificate["virtual_code"])
    expect(tab.page.locator("html")).to_have_attribute("lang", "es-PE")


def test_a_file_that_is_another_and_one_that_is_forged_are_told_in_english(
    visit: Visit, certificate: Certificate
) -> None:
    for content, said in (
        (changed(certificate["pdf"]), "The code is valid, but this file is not the one that we issued"),
        (certificate["pdf"], "Valid certificate"),
        (b"%PDF-1.7 nothing", ""),
    ):
        tab = visit(320).go("/verificar/?lang=en")
        tab.sees("Verify a certificate")
        drop(tab, content)
        if said:
            tab.sees(said)
        else:
            expect(tab.page.locator("#given-status")).to_contain_text("does not contain the data of a certificate")
        is_english(tab)


def test_superseded_and_annulled_certificates_are_told_in_english(visit: Visit, citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    command = {**event("annul_certificate", "annul"), "virtual_code": code, "reason": "ACTA ANULADA"}
    assert Runtime().invoke("annul_certificate", command)["annulled_now"]
    tab = visit(320).go("/verificar/?lang=en")
    verify(tab, code)
    tab.sees("Annulled certificate")
    expect(tab.page.locator(".banner")).to_contain_text("Reason: ACTA ANULADA")
    is_english(tab)
    found = {"superseded_on": "2026-11-25", "successor_status": "annulled"}
    tab = visit(320).go("/verificar/?lang=en")
    answer = {**citizen.verify(citizen.obtain(request_body())["virtual_code"], STUDENT.dni).json, **found}
    tab.on_api("/api/verifications", lambda route: route.fulfill(json={**answer, "status": "superseded"}))
    verify(tab, code)
    tab.sees("Superseded certificate")
    expect(tab.page.locator(".banner")).to_contain_text("on 25 November 2026 a more recent one was issued")
    is_english(tab)


def test_what_the_service_refuses_is_told_in_english(visit: Visit, certificate: Certificate) -> None:
    for code, seconds, said in (
        ("temporarily_unavailable", "60", "Wait one minute."),
        ("too_many_attempts", "600", "You can try again in 10 minutes: at"),
    ):
        tab = visit(320).go("/verificar/?lang=en")
        tab.refuses("/api/verifications", code, headers={"Retry-After": seconds})
        verify(tab, certificate["virtual_code"])
        tab.sees("It could not be checked")
        expect(tab.page.locator("#answer")).to_contain_text(said)
        is_english(tab)


def test_the_verdict_without_a_network_is_english_where_the_page_was_read_in_english(
    visit: Visit, citizen: Citizen
) -> None:
    renew_list()
    certificate = citizen.obtain(request_body())
    renew_list()
    tab = ready(visit(320, service_workers="allow"))
    tab.go("/verificar/?lang=en")
    tab.sees("Verify a certificate")
    tab.page.evaluate(ENGLISH_IS_KEPT)
    go_offline(tab)
    tab.go(address_of(certificate).replace("#", "&lang=en#"))
    tab.sees("Valid signature, offline")
    expect(tab.page.locator(".banner")).to_contain_text(
        re.compile(r"According to the list of \d+ \w+ 20\d\d at .*: it is neither annulled nor superseded\.")
    )
    is_english(tab)


ENGLISH_IS_KEPT = """async () => {
  while (!await caches.match("/words/verificar/en.json")) await new Promise((wait) => { setTimeout(wait, 50); });
}"""


def test_spanish_pages_fetch_no_english(visit: Visit) -> None:
    asked: list[str] = []
    for path in ("/", "/verificar/"):
        tab = visit()
        tab.page.on("request", lambda request: asked.append(Path(request.url).name))
        tab.go(path)
        tab.page.wait_for_load_state("networkidle")
    assert {"language.js", "en.json"} & set(asked) == set()
    assert "page.js" in asked


@pytest.mark.parametrize("path", ["/", "/verificar/"])
def test_words_that_do_not_come_leave_no_page_blank_and_are_there_when_they_do(visit: Visit, path: str) -> None:
    tab = visit()
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    tab.page.route("**/words/**", keep)
    with tab.page.expect_request("**/words/**"):
        tab.page.goto(f"{tab.url}{path}?lang=en", wait_until="commit")
    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    assert re.search("[Cc]onstancia", tab.page.locator("h1").inner_text())
    waiting.pop().fallback()
    expect(tab.page.locator("h1")).to_contain_text("certificate")
