"""/verificar/ used for one certificate after another: what was given for one is never held against another one."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_one_gesture import DNI, OTHER_FILE, Certificate, changed, drop
from tests.journeys.portal.test_portal_scanning import (
    CAMERA,
    STATUS,
    WITHOUT_READER,
    left_qr,
    paper,
    png,
    reads_codes,
    right_qr,
)
from tests.journeys.portal.test_portal_verification import VERIFICATIONS, answering, chosen
from tests.journeys.portal.visitor import Visitor

ANNULLED = {"status": "annulled", "annulled_on": "2026-11-20", "annulment_reason": "Acta rectificada"}
STREAMS = """globalThis.streams = [];
globalThis.BarcodeDetector = class { async detect() { return []; } };
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  setInterval(() => canvas.getContext("2d").fillRect(0, 0, Math.random() * 99, 99), 50);
  streams.push(canvas.captureStream());
  return streams.at(-1);
};"""
OPENED = """async ([asked, open]) => {
  const isSo = () => streams.length === asked && streams.filter(({ active }) => active).length === open;
  for (let tries = 0; tries < 100 && !isSo(); tries++) await new Promise((resolve) => { setTimeout(resolve, 50); });
  return streams.map(({ active }) => active);
}"""
"""What has become of each opening of the camera, once it was opened so often and is open so many times."""


def obtained(citizen: Citizen, level: str) -> Certificate:
    """A certificate with its PDF."""
    issued = citizen.obtain(request_body(level=level))
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


@pytest.fixture(scope="module")
def certificate(running: Any) -> Certificate:
    return obtained(Citizen(running.url), "primary")


@pytest.fixture(scope="module")
def other(running: Any) -> Certificate:
    """Of the same student, so that the DNI in the form is right for both."""
    return obtained(Citizen(running.url), "secondary")


def is_valid(tab: Visitor, certificate: Certificate) -> None:
    """The answer is about that certificate and not about another file."""
    tab.sees("Constancia válida")
    expect(tab.page.locator("#details")).to_contain_text(certificate["virtual_code"])


def test_a_file_that_was_checked_is_not_compared_with_the_next_certificate(
    visit: Visit, certificate: Certificate, other: Certificate
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    assert chosen(tab, certificate["pdf"]).startswith("Es idéntico al emitido.")
    tab.page.go_back()
    tab.write("Código virtual", other["virtual_code"])
    tab.press("Verificar")
    is_valid(tab, other)


def test_a_scan_that_was_compared_is_not_compared_with_the_next_certificate(
    visit: Visit, certificate: Certificate, other: Certificate
) -> None:
    tab = visit().go("/verificar/")
    drop(tab, b"%PDF-1.7\n% a scan\n")
    tab.write("Código virtual", certificate["virtual_code"][::-1])
    tab.verify(DNI)
    tab.sees("No encontramos esa constancia")
    tab.write("Código virtual", certificate["virtual_code"])
    tab.press("Verificar")
    tab.sees(OTHER_FILE)
    tab.page.go_back()
    tab.write("Código virtual", other["virtual_code"])
    expect(tab.page.locator(STATUS)).to_be_empty()
    tab.press("Verificar")
    is_valid(tab, other)


@reads_codes
@pytest.mark.parametrize("corner", [left_qr, right_qr])
def test_a_file_is_not_compared_with_the_certificate_whose_qr_is_scanned_next(
    visit: Visit, certificate: Certificate, other: Certificate, corner: Any
) -> None:
    tab = visit()
    tab.page.add_init_script(WITHOUT_READER)
    tab.go("/verificar/")
    drop(tab, certificate["pdf"])
    is_valid(tab, certificate)
    tab.page.go_back()
    tab.page.route("**/picture", lambda route: route.fulfill(body=png(corner(paper(other)))))
    tab.page.evaluate(CAMERA, f"{tab.url}/picture")
    tab.press("Escanea el QR")
    if corner is left_qr:
        expect(tab.page.locator(STATUS)).to_contain_text("Falta el DNI")
        tab.prove_human()
        tab.press("Verificar")
    is_valid(tab, other)


def test_a_file_that_is_dropped_while_another_is_asked_about_changes_no_answer(
    visit: Visit, certificate: Certificate, other: Certificate
) -> None:
    tab = visit().go("/verificar/")
    waiting: list[Any] = []
    tab.on_api(VERIFICATIONS, waiting.append, times=1)
    with tab.page.expect_request(f"**{VERIFICATIONS}"):
        drop(tab, changed(certificate["pdf"]))
    drop(tab, other["pdf"])
    tab.write("Código virtual", other["virtual_code"])
    waiting.pop().fallback()
    tab.sees(OTHER_FILE)
    expect(tab.page.locator("#details")).to_contain_text(certificate["virtual_code"])


def test_of_two_files_that_are_dropped_at_once_the_last_is_told(
    visit: Visit, certificate: Certificate, other: Certificate
) -> None:
    tab = visit().go("/verificar/")
    waiting: list[Any] = []
    tab.on_api("/.well-known/jwks.json", waiting.append, times=1)
    with tab.page.expect_request("**/.well-known/jwks.json"):
        drop(tab, certificate["pdf"])
    drop(tab, other["pdf"])
    is_valid(tab, other)
    tab.follow("Verificar otra constancia")
    waiting.pop().fallback()
    tab.page.wait_for_timeout(500)
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value("")


def test_a_file_that_is_dropped_beside_an_annulled_certificate_shows_no_other_one(
    visit: Visit, certificate: Certificate, other: Certificate
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    is_valid(tab, certificate)
    tab.follow("Verificar otra constancia")
    tab.on_api(VERIFICATIONS, answering(**ANNULLED, transcript=None, pdf_url=None))
    tab.write("Código virtual", other["virtual_code"])
    tab.verify(DNI)
    tab.sees("Constancia anulada")
    expect(tab.page.locator("#details")).to_contain_text("registro público")
    transfer = tab.page.evaluate_handle(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "constancia.pdf", { type: "application/pdf" }));
          return transfer;
        }""",
        list(certificate["pdf"]),
    )
    tab.page.locator("#details").dispatch_event("drop", {"dataTransfer": transfer})
    tab.page.wait_for_timeout(500)
    assert tab.page.locator(".banner").inner_text().startswith("Constancia anulada")


def test_a_camera_is_opened_once_and_closed_when_it_is_not_needed(visit: Visit, certificate: Certificate) -> None:
    tab = visit()
    tab.page.add_init_script(STREAMS)
    tab.go("/verificar/")
    tab.page.get_by_role("button", name="Escanea el QR").dblclick()
    assert tab.page.evaluate(OPENED, [2, 1]) == [False, True]
    expect(tab.page.locator("video")).to_have_count(1)
    expect(tab.summary()).to_have_count(0)
    tab.press("Cerrar la cámara")
    assert tab.page.evaluate(OPENED, [2, 0]) == [False, False]
    tab.press("Escanea el QR")
    assert tab.page.evaluate(OPENED, [3, 1]) == [False, False, True]
    tab.write("Código virtual", certificate["virtual_code"])
    tab.verify(DNI)
    tab.sees("Constancia válida")
    assert tab.page.evaluate(OPENED, [3, 0]) == [False, False, False]
    tab.page.go_back()
    expect(tab.page.locator("video")).to_have_count(0)


def test_an_emptied_form_says_nothing_of_the_file_before_and_back_leads_to_its_answer(
    visit: Visit, certificate: Certificate
) -> None:
    tab = visit().go(f"/verificar/?codigo={certificate['virtual_code']}")
    drop(tab, certificate["pdf"])
    is_valid(tab, certificate)
    tab.follow("Verificar otra constancia")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_be_focused()
    expect(tab.page.locator(STATUS)).to_be_empty()
    tab.page.go_back()
    is_valid(tab, certificate)
    tab.page.go_back()
    tab.sees("Verificar constancia")
    expect(tab.page.locator("#resultado")).to_be_hidden()
