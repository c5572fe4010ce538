"""/verificar/ in browsers that read no QRs themselves: a photo of the paper, and the camera."""

import io
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from infra import portal_libraries
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_one_gesture import DNI, Certificate, banner
from tests.journeys.portal.visitor import Visitor

WITHOUT_READER = "delete globalThis.BarcodeDetector"
CAMERA = """async picture => {
  const image = await createImageBitmap(await (await fetch(picture)).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
  setInterval(() => canvas.getContext("2d").drawImage(image, 0, 0), 50);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream();
}"""
STATUS = "#given-status"
LIBRARY = "**/a/qr-*/**"

reads_codes = pytest.mark.skipif(
    not any("/qr-" in address for address in portal_libraries.found()),
    reason="the reader of QRs is not installed (npm, node_modules/qr)",
)


@pytest.fixture(scope="module")
def certificate(running: Any) -> Certificate:
    """A certificate with its PDF."""
    citizen = Citizen(running.url)
    issued = citizen.obtain(request_body())
    return {**issued, "pdf": citizen.call("GET", issued["pdf_url"]).body}


def paper(certificate: Certificate) -> Image.Image:
    """The page as a phone takes it from above, with its two QRs."""
    page: Image.Image = pypdfium2.PdfDocument(certificate["pdf"])[0].render(scale=2.5).to_pil()
    return page


def png(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue()


def photo(picture: Image.Image) -> FilePayload:
    return {"name": "foto.png", "mimeType": "image/png", "buffer": png(picture)}


def at_form(visit: Visit) -> Visitor:
    tab = visit()
    tab.page.add_init_script(WITHOUT_READER)
    return tab.go("/verificar/")


def right_qr(page: Image.Image) -> Image.Image:
    """The corner with the signed data."""
    return page.crop((page.width * 3 // 4, page.height * 4 // 5, page.width, page.height))


def left_qr(page: Image.Image) -> Image.Image:
    """The corner with the address."""
    return page.crop((0, page.height * 4 // 5, page.width // 5, page.height))


@reads_codes
def test_a_photo_of_the_signed_data_is_the_only_gesture(visit: Visit, certificate: Certificate) -> None:
    tab = at_form(visit)
    tab.page.get_by_label("Elige el archivo").set_input_files(photo(right_qr(paper(certificate))))
    tab.sees("Constancia válida")
    assert DNI in banner(tab.page)
    assert "archivo" not in banner(tab.page), "a photo is no file that was issued"
    assert tab.axe() == []


@reads_codes
def test_a_photo_of_the_whole_page_brings_the_code_by_either_qr(visit: Visit, certificate: Certificate) -> None:
    tab = at_form(visit)
    tab.page.get_by_label("Elige el archivo").set_input_files(photo(paper(certificate)))
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_have_value(certificate["virtual_code"])


@reads_codes
def test_a_photo_of_the_address_brings_the_code_and_asks_for_the_dni(visit: Visit, certificate: Certificate) -> None:
    tab = at_form(visit)
    tab.page.get_by_label("Elige el archivo").set_input_files(photo(left_qr(paper(certificate))))
    expect(tab.page.locator(STATUS)).to_have_text("Leímos el código virtual. Falta el DNI.")
    expect(tab.page.get_by_role("textbox", name="Número de DNI")).to_be_focused()
    tab.verify(DNI)
    tab.sees("Constancia válida")


@reads_codes
def test_the_camera_reads_a_qr_where_the_browser_does_not(visit: Visit, certificate: Certificate) -> None:
    tab = at_form(visit)
    tab.page.route("**/picture", lambda route: route.fulfill(body=png(right_qr(paper(certificate)))))
    tab.page.evaluate(CAMERA, f"{tab.url}/picture")
    tab.press("Escanea el QR")
    tab.sees("Constancia válida")
    assert DNI in banner(tab.page)
    expect(tab.page.locator("video")).to_have_count(0)


@reads_codes
def test_a_photo_without_a_qr_and_a_picture_that_is_none_are_told(visit: Visit) -> None:
    tab = at_form(visit)
    torn: FilePayload = {"name": "foto.png", "mimeType": "image/png", "buffer": b"torn"}
    for given in (photo(Image.new("L", (400, 400), 255)), torn):
        tab.page.get_by_label("Elige el archivo").set_input_files(given)
        expect(tab.page.locator(STATUS)).to_contain_text("No encontramos un código QR en la foto.")
    assert tab.axe() == []


def test_where_the_reader_is_missing_the_page_says_so_and_leaves_the_other_ways(visit: Visit) -> None:
    tab = at_form(visit)
    tab.page.route(LIBRARY, lambda route: route.fulfill(status=404))
    tab.page.get_by_label("Elige el archivo").set_input_files(photo(Image.new("L", (9, 9))))
    expect(tab.page.locator(STATUS)).to_contain_text("Aquí no podemos leer códigos QR.")
    tab.page.locator(STATUS).evaluate("place => { place.textContent = ''; }")
    tab.press("Escanea el QR")
    expect(tab.page.locator(STATUS)).to_contain_text("Aquí no podemos leer códigos QR.")
    expect(tab.page.get_by_role("textbox", name="Código virtual")).to_be_visible()


def test_the_reader_is_loaded_for_pictures_alone(visit: Visit, certificate: Certificate) -> None:
    tab = visit()
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.go(f"/verificar/?codigo={certificate['virtual_code']}")
    tab.verify(DNI)
    tab.sees("Constancia válida")
    assert [url for url in asked if "/a/" in url] == []
