"""/verificar/ in one gesture: a dropped PDF or the data QR is read, checked and asked about without a word typed."""

import json
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from constancia.attesting import words
from constancia.attesting.keys import from_base64url
from playwright.sync_api import Page, expect

from tests.attesting.test_description import PUBLISHED
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_verification import VERIFICATIONS, answering, pdf
from tests.journeys.portal.visitor import STUDENT, Visitor

DNI = STUDENT.dni
OTHER_FILE = "El código es válido, pero este archivo no es el que emitimos"
CONTRADICTION = "No se puede confiar en esta respuesta"
FIRST_SCREEN = 600
"""Pixels of a phone that are seen without scrolling."""
AT_ONCE = 1_000
"""Milliseconds from the file to the verdict, the proof of a human apart."""
NO_TIME = 5_000
"""Milliseconds, far more than a slow machine takes, and a third of what it takes to read all that these files name."""

Certificate = dict[str, Any]


@pytest.fixture(scope="module")
def certificate(running: Any) -> Certificate:
    """A certificate with its PDF."""
    citizen = Citizen(running.url)
    issued = citizen.obtain(request_body())
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


def drop(tab: Visitor, content: bytes) -> None:
    """Drops a PDF on the form."""
    transfer = tab.page.evaluate_handle(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "constancia.pdf", { type: "application/pdf" }));
          return transfer;
        }""",
        list(content),
    )
    tab.page.locator("#given").dispatch_event("drop", {"dataTransfer": transfer})


def banner(page: Page) -> str:
    return page.locator(".banner").inner_text()


def changed(content: bytes) -> bytes:
    """The file with a byte changed that nobody sees."""
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


def number_of(certificate: Certificate) -> int:
    """The number in the QR with signed data."""
    return int.from_bytes(b"\x01" + from_base64url(certificate["attestation"]), "big")


def test_a_dropped_pdf_is_the_only_gesture_and_the_banner_says_whose_it_is(
    visit: Visit, certificate: Certificate
) -> None:
    for width, scheme in ((320, "dark"), (1280, "light")):
        tab = visit(width, color_scheme=scheme).go("/verificar/")
        drop(tab, certificate["pdf"])
        tab.sees("Constancia válida")
        for fact in ("ROSA CECILIA DEL ROSAL ÑAUPARI", DNI, "Este archivo es el que emitimos"):
            assert fact in banner(tab.page)
        expect(tab.page.locator("#details")).to_contain_text("Comprobada en tu equipo")
        assert DNI not in tab.page.url
        assert tab.axe() == []
        assert not tab.is_wider_than_the_screen()


def test_everything_essential_stands_on_the_first_screen_of_a_phone(visit: Visit, certificate: Certificate) -> None:
    tab = visit(390).go("/verificar/")
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    for node in (tab.page.locator(".banner"), tab.page.get_by_role("link", name="Verificar otra constancia")):
        box = node.bounding_box()
        assert box
        assert box["y"] + box["height"] <= FIRST_SCREEN


def test_another_certificate_is_a_press_away_with_the_focus_in_the_field_and_its_proof_on_the_way(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit().go("/verificar/")
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    with tab.page.expect_request("**/api/captcha?for=verification"):
        tab.follow("Verificar otra constancia")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_be_focused()
    assert tab.page.url == f"{tab.url}/verificar/"
    tab.page.keyboard.type(certificate["virtual_code"])
    tab.verify(DNI)
    tab.sees("Constancia válida")
    assert "archivo" not in banner(tab.page), "the file of before is forgotten"


@pytest.mark.alone
def test_the_service_answers_a_dropped_pdf_within_a_second_once_the_proof_is_there(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit().go("/verificar/")
    with tab.page.expect_response("**/api/captcha?for=verification"):
        tab.write("Código virtual", "C2CC6526")  # brings what follows, as the first touch of the form does
    tab.page.wait_for_timeout(3_000)  # the proof is solved meanwhile
    drop(tab, certificate["pdf"])
    started = tab.page.evaluate("performance.now()")
    tab.sees("Constancia válida")
    assert tab.page.evaluate("performance.now()") - started < AT_ONCE


def test_a_file_that_is_not_the_one_issued_is_never_told_in_green(visit: Visit, certificate: Certificate) -> None:
    tab = visit().go("/verificar/")
    drop(tab, changed(certificate["pdf"]))
    tab.sees(OTHER_FILE)
    expect(tab.page).to_have_title(f"{OTHER_FILE} - Verificar constancia")
    expect(tab.page.locator(".banner.valid")).to_have_count(0)
    assert DNI in banner(tab.page)
    assert tab.axe() == []
    assert tab.download() == certificate["pdf"], "the true one is offered"


def test_a_file_that_is_checked_beside_a_green_verdict_turns_it_amber(visit: Visit, certificate: Certificate) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    other = pdf(changed(certificate["pdf"]))
    tab.page.get_by_label("Elige el PDF que te dieron").set_input_files(other)
    tab.sees(OTHER_FILE)
    expect(tab.page.locator(".banner.valid")).to_have_count(0)


@pytest.mark.parametrize(
    "lie",
    [
        lambda answer: answer["transcript"]["student"].update(full_name="OTRA PERSONA"),
        lambda answer: answer["transcript"]["groups"][0]["rows"][0]["marks"].__setitem__(0, "C"),
        lambda answer: answer["transcript"]["columns"][0].update(school_name="OTRO COLEGIO"),
        lambda answer: answer["certificate"].update(issued_at="2020-01-01T00:00:00-05:00"),
        lambda answer: answer["certificate"].update(attestation=PUBLISHED["vectors"][0]["attestation"]),
    ],
    ids=["name", "mark", "school", "moment", "attestation of another key"],
)
def test_a_service_that_lies_is_told_in_red(
    visit: Visit, citizen: Citizen, certificate: Certificate, lie: Callable[[dict[str, Any]], None]
) -> None:
    answer = citizen.verify(certificate["virtual_code"], DNI).json
    lie(answer)
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.on_api(VERIFICATIONS, answering(**answer))
    tab.verify(DNI)
    tab.sees(CONTRADICTION)
    main = tab.page.locator("main")
    expect(main.get_by_role("table")).to_have_count(0)
    expect(main.get_by_role("link", name="Descargar")).to_have_count(0)
    assert tab.axe() == []


def test_without_the_keys_the_answer_stands_and_does_not_say_that_its_signature_was_checked(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit()
    tab.page.route("**/.well-known/jwks.json", lambda route: route.abort())
    tab.go("/verificar/")
    drop(tab, certificate["pdf"])
    tab.sees("Constancia válida")
    expect(tab.page.locator("#details")).not_to_contain_text("Comprobada en tu equipo")


def test_the_qr_with_signed_data_verifies_by_itself_and_leaves_nothing_in_the_address(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}#{number_of(certificate)}")
    tab.sees("Constancia válida")
    assert DNI in banner(tab.page)
    assert tab.page.url == f"{tab.url}/verificar/?codigo={certificate['virtual_code']}#resultado"


def test_data_that_nobody_signed_are_called_so_and_the_dni_is_asked(visit: Visit, certificate: Certificate) -> None:
    forged = number_of(certificate) ^ 1
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}#{forged}")
    expect(tab.page.locator("#given-status")).to_contain_text("no llevan la firma del Ministerio")
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_be_focused()
    assert tab.axe() == []


def test_a_file_without_our_data_is_kept_and_compared_once_code_and_dni_are_typed(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit().go("/verificar/")
    drop(tab, b"%PDF-1.7\n% a scan\n")
    expect(tab.page.locator("#given-status")).to_contain_text("no trae los datos de una constancia")
    code = tab.page.get_by_role("textbox", name="Código virtual")
    expect(code).to_be_focused()
    code.fill(certificate["virtual_code"])
    tab.verify(DNI)
    tab.sees(OTHER_FILE)


def test_a_camera_that_is_refused_leaves_the_other_ways(visit: Visit) -> None:
    tab = visit()
    tab.page.add_init_script("globalThis.BarcodeDetector ??= class {}")
    tab.go("/verificar/").press("Escanea el QR")
    expect(tab.page.locator("#given-status")).to_contain_text("No pudimos usar la cámara")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_be_visible()


def test_only_the_page_that_scans_may_ask_for_the_camera(citizen: Citizen) -> None:
    allowed = {path: citizen.call("GET", path).headers["Permissions-Policy"] for path in ("/", "/verificar/", "/api/x")}
    assert ["camera=(self)" in policy for policy in allowed.values()] == [False, True, False]


def test_the_page_reads_every_attestation_of_the_description_and_has_its_lists(visit: Visit) -> None:
    tab = visit().go("/verificar/")
    said = tab.page.evaluate(
        """async ({ vectors, jwks }) => {
          const { fromDecimal, readAttestation, agrees } = await import("/modules/attestation.js");
          return Promise.all(vectors.map(async ({ number, certificate, transcript }) =>
            agrees(await readAttestation(fromDecimal(number), jwks.keys), certificate, transcript)));
        }""",
        PUBLISHED,
    )
    assert said == [True] * len(PUBLISHED["vectors"])
    lists = tab.page.evaluate("async () => JSON.stringify(await import('/modules/attested-words.js'))")
    assert json.loads(lists) == {
        "ROWS": [list(row) for row in words.ROWS],
        "STATUSES": list(words.STATUSES),
        "MARKS": list(words.MARKS),
        "WORDS": list(words.WORDS),
    }


READ = """async base64 => {
  const { readFile } = await import("/modules/pdf-data.js");
  const file = new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], "constancia.pdf");
  const started = performance.now();
  const { found } = await readFile(file);
  return [found, performance.now() - started];
}"""
"""The data of certificates in a file, and the milliseconds that it took to find them."""


def embedded(data: bytes, length: str) -> bytes:
    """An embedded file of a PDF, as its bytes stand there."""
    return b"1 0 obj <</Type/EmbeddedFile/Filter/FlateDecode/Length %b>>stream\n%b\nendstream endobj\n" % (
        length.encode(),
        data,
    )


@pytest.mark.parametrize(
    "content",
    [
        embedded(zlib.compress(bytes(1 << 28), 9), "260980") * 4,
        b"1 0 obj " + b"/EmbeddedFile " * 80_000,
    ],
    ids=["a gigabyte of zeros", "names of files that are not there"],
)
def test_a_file_that_is_made_to_take_forever_is_read_at_once(visit: Visit, content: bytes) -> None:
    tab = visit().go("/verificar/")
    found, took = tab.page.evaluate(READ, b64encode(content).decode())
    assert found == []
    assert took < NO_TIME


def test_the_data_of_a_file_that_another_program_wrote_anew_are_found(visit: Visit, certificate: Certificate) -> None:
    """Some programs write the length of a file behind it, and name the place."""
    data = {
        "certificate": {"attestation": "", "virtual_code": "C2CC6526"},
        "transcript": {"student": {"document_number": DNI}},
    }
    packed = zlib.compress(json.dumps(data).encode())
    tab = visit().go("/verificar/")
    found, _ = tab.page.evaluate(READ, b64encode(embedded(packed, "12 0 R")).decode())
    assert found == [data]
