"""What the portal weighs on a bad link, what it may ask for, and Lighthouse's verdict."""

import gzip
import json
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request

from infra import portal_headers
from infra.local.service import Service
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.test_portal_offline import KEPT, ready
from tests.journeys.portal.visitor import STUDENT, Visitor

PAGES = [
    "/",
    "/?lang=en",
    "/solicitar/",
    "/verificar/?codigo=C2CC6526",
    "/constancia/?codigo=C2CC6526",
    "/instituciones/",
    "/privacidad/",
    "/accesibilidad/",
]
HEAVIEST_PAGE = 20 * 1024
HEAVIEST_JOURNEY = 40 * 1024
HEAVIEST_VERIFICATION = 42 * 1024
"""Bytes as they travel, compressed; HTTP/2 makes the headers of all but the first answer a few bytes. A verification
has with it what checks the signature and the public log on the device."""

HEAVIEST_KEPT = 60 * 1024
"""Bytes, compressed, of all that /verificar/ keeps for when there is no network."""

LIGHTHOUSE = Path(__file__).parents[3] / "node_modules" / "lighthouse" / "cli" / "index.js"
TRIES = 4
"""A noisy machine can make a page slow, never fast: the best of a few runs is the page's own."""
SEEN_WITHIN = 1_000
"""Milliseconds on Lighthouse's slow 4G until what the page shows is complete."""
REFERENCE_INDEX, SLOWDOWN = 1_500, 4.0
"""Lighthouse's phone is four times slower than a desktop whose `benchmarkIndex` is 1,500 or more (its documentation,
"Calibrating the CPU slowdown"). A machine that is slower itself is slowed down by less, to be the same phone."""


def weigh(page: Page) -> Callable[[], int]:
    """Starts to count what arrives; returns the sum so far, the PDF and the tiles of the public log apart."""
    arrived: list[Request] = []
    page.on("requestfinished", lambda request: arrived.extend([request]))

    def total() -> int:
        page.wait_for_load_state("networkidle")
        found = [request for request in arrived if not any(part in request.url for part in ("/pdfs/", "/log/tile/"))]
        # What the browser has kept from an earlier page is told with less than nothing.
        return sum(max(0, request.sizes()["responseBodySize"]) for request in found)

    return total


@pytest.mark.parametrize("path", PAGES)
def test_the_first_load_of_a_page_is_light(visit: Visit, path: str) -> None:
    tab = visit()
    total = weigh(tab.page)
    tab.go(path)
    assert 0 < total() <= HEAVIEST_PAGE


def test_what_is_kept_for_verifying_without_a_network_is_light(visit: Visit, citizen: Citizen) -> None:
    tab = ready(visit(service_workers="allow"))
    bodies = [citizen.call("GET", path).body for path in tab.page.evaluate(KEPT)]
    assert len(bodies) > 20
    assert sum(len(gzip.compress(body, 9)) for body in bodies) <= HEAVIEST_KEPT


def test_a_whole_request_from_the_front_page_to_the_pdf_is_light(visit: Visit) -> None:
    tab = visit()
    total = weigh(tab.page)
    tab.go("/")
    tab.answer_everything()
    tab.obtain()
    tab.download()
    assert 0 < total() <= HEAVIEST_JOURNEY


def test_a_whole_verification_with_the_holders_log_is_light(visit: Visit, citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    tab = visit()
    total = weigh(tab.page)
    tab.go(f"/verificar/?codigo={code}").verify(STUDENT.dni)
    tab.press("Ver las verificaciones")
    tab.sees("Se verificó una vez")
    assert 0 < total() <= HEAVIEST_VERIFICATION


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_carry_the_headers_of_the_table_and_run_nothing_inline(visit: Visit, path: str) -> None:
    tab = visit()
    answer = tab.page.goto(tab.url + path)
    assert answer
    headers = answer.all_headers()
    wanted = portal_headers.PORTAL_HEADERS | (portal_headers.SCANNING_HEADERS if path.startswith("/verificar/") else {})
    assert {name: headers[name.lower()] for name in wanted} == wanted
    assert "unsafe" not in headers["content-security-policy"]
    assert tab.page.locator("script:not([src]), style, [style], [onclick]").count() == 0


def lighthouse(url: str, chromium: str, folder: Path, slowdown: float) -> dict[str, float]:
    """The scores of a page, and the milliseconds until it is seen whole, on Lighthouse's mobile and slow 4G; and the
    machine's speed as Lighthouse measured it."""
    report = folder / "report.json"
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    subprocess.run(
        [
            shutil.which("node") or "node",
            str(LIGHTHOUSE),
            url,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            "--only-categories=performance,accessibility,best-practices",
            f"--throttling.cpuSlowdownMultiplier={slowdown:.2f}",
            f"--chrome-flags={flags} --user-data-dir={folder / 'profile'}",
        ],
        check=False,  # a run that a busy machine spoils says so in its report: without scores
        env={"CHROME_PATH": chromium, "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        timeout=120,
    )
    found = json.loads(report.read_text(encoding="utf-8"))
    scores = {name: (category["score"] or 0) * 100 for name, category in found["categories"].items()}
    seen = found["audits"]["speed-index"].get("numericValue", math.inf)
    return {**scores, "seen": seen, "index": found["environment"]["benchmarkIndex"]}


@pytest.mark.alone
@pytest.mark.skipif(not LIGHTHOUSE.exists(), reason="Lighthouse is not installed (npm, node_modules/lighthouse)")
@pytest.mark.parametrize("path", PAGES)
def test_lighthouse_finds_nothing_to_better_on_a_phone(
    running: Service, chromium: str, tmp_path: Path, path: str
) -> None:
    perfect = {"performance": 100, "accessibility": 100, "best-practices": 100}
    slowdown = SLOWDOWN
    for _ in range(TRIES):
        found = lighthouse(running.url + path, chromium, tmp_path, slowdown)
        seen, index = found.pop("seen"), found.pop("index")
        if found == perfect and seen <= SEEN_WITHIN:
            return
        slowdown = max(1.0, SLOWDOWN * min(1, index / REFERENCE_INDEX))
    pytest.fail(f"{found}, seen after {seen:.0f} ms on a machine of index {index:.0f}")


def test_the_portal_asks_only_its_own_address_for_anything(visit: Visit) -> None:
    """Every journey checks it as it goes; here it is said of the files themselves."""
    tab = visit().go("/")
    links = tab.page.locator("a").evaluate_all("links => links.map(link => link.href)")
    assert [link for link in links if not link.startswith((tab.url, "tel:"))] == ["https://www.gob.pe/minedu"]


def test_a_person_never_waits_for_a_page_that_is_blank(visit: Visit) -> None:
    """What the first step asks stands in the HTML: it is there before any script."""
    tab: Visitor = visit()
    tab.page.route("**/modules/*.js", lambda _: None)
    tab.page.goto(tab.url + "/solicitar/", wait_until="commit")
    tab.page.get_by_role("radio", name="Soy mamá").wait_for()
    assert tab.page.get_by_role("button", name="Continuar").is_disabled()
