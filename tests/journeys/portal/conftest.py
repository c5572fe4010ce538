"""The browser of the portal's tests: the machine's own Chromium, driven by Playwright."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from infra.local.service import Service
from tests.journeys.portal.visitor import CHILD, CODE_STEP, MOTHER, PATIENCE, Visitor

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine (Debian's package: chromium)")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def review(browser: Browser, running: Service) -> str:
    """What the tab remembers of somebody who has answered every question and stands at the review."""
    context = browser.new_context(locale="es-PE")
    tab = Visitor(context, running.url).answer_everything()
    remembered = tab.remembered()
    context.close()
    return remembered


@pytest.fixture
def at_review(visit: Visit, review: str) -> Visit:
    """Opens a tab at the review, with every question answered."""

    def open_tab(width: int = 320, **options: Any) -> Visitor:
        tab = visit(width, **options).remembers(review)
        tab.go("/solicitar/#revision").sees_step("Paso 6 de 6", "Revisa tus respuestas")
        return tab

    return open_tab


@pytest.fixture
def many_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODES_TO_CONTACT", "100")


@pytest.fixture(scope="module")
def answered(browser: Browser, running: Service) -> str:
    """What the tab remembers of a mother with a contact on record who stands at the review."""
    context = browser.new_context(locale="es-PE")
    tab = Visitor(context, running.url).go("/solicitar/")
    tab.say_who_asks()
    tab.describe(MOTHER)
    tab.describe(CHILD, "del estudiante")
    tab.choose_level("Secundaria")
    tab.leave_contact()
    tab.sees_step("Paso 6 de 6", "Revisa tus respuestas")
    remembered = tab.remembered()
    context.close()
    return remembered


@pytest.fixture
def at_code(visit: Visit, answered: str) -> Visit:
    """Opens a tab at the code, which was sent."""

    def open_tab(width: int = 320, **options: Any) -> Visitor:
        tab = visit(width, **options).remembers(answered).go("/solicitar/#revision")
        tab.send()
        tab.sees_step(*CODE_STEP)
        return tab

    return open_tab


@pytest.fixture
def visit(browser: Browser, running: Service) -> Iterator[Visit]:
    """Opens a tab, at 320 pixels unless told; at the end nothing may have gone wrong unseen in any of them.

    Service workers are blocked unless told, as some people block them: what goes through one no test could change.
    """
    visitors: list[Visitor] = []

    def open_tab(width: int = 320, **options: Any) -> Visitor:
        context = browser.new_context(
            viewport={"width": width, "height": 640},
            locale="es-PE",
            timezone_id="America/Lima",
            **{"service_workers": "block", **options},
        )
        context.set_default_timeout(PATIENCE)
        visitors.append(Visitor(context, running.url))
        return visitors[-1]

    yield open_tab
    for visitor in visitors:
        visitor.context.close()
    assert [noise for visitor in visitors for noise in visitor.noise] == []
