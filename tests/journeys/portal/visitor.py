"""A person at the portal with a browser: acts by label and role, and remembers all that must never happen."""

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote

from constancia import wording
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, expect

MODULES = Path(__file__).parents[3] / "portal" / "modules"
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 10_000
"""Milliseconds: a busy machine is slow, a dead end is slower."""


class Person(NamedTuple):
    """What a form asks of a person, as somebody would type it; a parent who is not registered is None."""

    dni: str
    born: tuple[str, str, str]
    father: str | None
    mother: str | None


GUARDIAN = Person("40000001", ("17", "5", "1980"), "Pedro", "Ana María")
STUDENT = Person("71705600", ("28", "2", "2010"), "Juan Carlos", None)
MOTHER = Person("41000002", ("30", "9", "1983"), "Eusebio", "Juliana")
CHILD = Person("72000002", ("15", "6", "2009"), "Wilber", "María Elena")
CODE_STEP = ("Para comprobar que eres tú", "Escribe el código que te enviamos")
EMAIL = "ana@example.com"
PERSONAL = ("40000001", "71705600", "Pedro", "Juan Carlos", "ana@example.com", "1980", "2010")
"""None of this may ever stand in an address."""


class Visitor:
    """One tab. `noise` collects console errors, foreign requests and personal data in addresses."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url
        self.context = context
        self.noise: list[str] = []
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("request", self._asked)
        page.on("framenavigated", lambda frame: self._went(frame.url))
        return page

    def _heard(self, kind: str, text: str) -> None:
        # The browser itself reports every answer of 400 and above, every dropped link and every blocked worker; those
        # are tested on purpose.
        expected = ("Failed to load resource", "Service Worker registration blocked")
        if kind in ("error", "warning") and not text.startswith(expected):
            self.noise.append(f"{kind}: {text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "blob:")):
            self.noise.append(f"foreign request: {request.url}")

    def _went(self, address: str) -> None:
        address = re.sub(r"#\d{99,}$", "", address)  # the number in the QR of the signed data has any digits by chance
        self.noise += [f"{datum} in {address}" for datum in PERSONAL if datum in address or quote(datum) in address]

    # What a person sees and does

    def go(self, path: str) -> "Visitor":
        self.page.goto(self.url + path)
        return self

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    def sees(self, heading: str) -> None:
        expect(self.heading(heading)).to_be_visible()

    def sees_step(self, number: str, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"{number}{name}")
        expect(self.page).to_have_title(f"{number}: {name} - Solicitar constancia")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).click()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_role("textbox", name=label).fill(text)

    def choose(self, label: str) -> None:
        self.page.get_by_role("radio", name=label).check()

    def tick(self, label: str) -> None:
        self.page.get_by_role("checkbox", name=label).check()

    def summary(self) -> Locator:
        return self.page.locator("[role=alert]")

    def remembered(self) -> str:
        """The tab's memory, as the portal writes it."""
        return str(self.page.evaluate("sessionStorage.getItem('solicitud')"))

    def remembers(self, remembered: str) -> "Visitor":
        """Gives the tab a memory before the portal's first page is opened in it."""
        self.page.add_init_script(f"sessionStorage.solicitud ??= {json.dumps(remembered)}")
        return self

    # The steps of /solicitar/, each answered and left

    def say_who_asks(self, kind: str = "Soy mamá, papá o apoderado") -> None:
        self.choose(kind)
        self.press("Continuar")

    def describe(self, person: Person, whose: str = "tu") -> None:
        labels = {
            "tu": ("tu DNI", "tu papá", "tu mamá"),
            "del estudiante": ("DNI del est", "papá del est", "mamá del est"),
        }
        dni, father, mother = labels[whose]
        self.write(f"Número de {dni}", person.dni)
        for part, value in zip(("Día", "Mes", "Año"), person.born, strict=True):
            self.write(part, value)
        for parent, word, name in ((father, "papá", person.father), (mother, "mamá", person.mother)):
            if name is None:
                self.page.get_by_role("checkbox", name=word).check()
            else:
                self.write(parent, name)
        self.press("Continuar")

    def choose_level(self, level: str = "Primaria", modality: str = "Educación Básica Regular (EBR)") -> None:
        self.choose(modality)
        self.choose(level)
        self.press("Continuar")

    def leave_contact(self) -> None:
        self.write("Correo electrónico", EMAIL)
        self.choose("Para una beca")
        self.press("Continuar")

    def answer_everything(self, level: str = "Primaria") -> "Visitor":
        """From the first step to the review."""
        self.go("/solicitar/")
        self.say_who_asks()
        self.describe(GUARDIAN)
        self.describe(STUDENT, "del estudiante")
        self.choose_level(level)
        self.leave_contact()
        self.sees_step("Paso 6 de 6", "Revisa tus respuestas")
        return self

    def prove_human(self) -> None:
        self.tick("No soy un robot")

    def send(self) -> None:
        self.tick("Declaro que estos datos")
        self.prove_human()
        self.press("Continuar y ver las notas")

    def obtain(self) -> str:
        """From the review to the certificate; returns its virtual code."""
        self.send()
        self.press("Aceptar y emitir")
        self.sees("Tu constancia está lista")
        code = self.page.locator("#code")
        expect(code).not_to_be_empty()
        return code.inner_text()

    def verify(self, dni: str) -> None:
        self.write("Número de DNI", dni)
        self.prove_human()
        self.press("Verificar")

    def download(self) -> bytes:
        with self.page.expect_download() as download:
            self.follow("Descargar constancia")
        assert download.value.suggested_filename.startswith("constancia-")
        return download.value.path().read_bytes()

    def tabs_to(self, name: str) -> None:
        """Presses Tab until what is named has the focus. A button takes no focus before its script is there."""
        given_up = monotonic() + PATIENCE / 1000
        while monotonic() < given_up:
            self.page.keyboard.press("Tab")
            focused = self.page.locator(":focus")
            if focused.count() and name in (focused.evaluate(ACCESSIBLE_NAME) or ""):
                return
        raise AssertionError(f"Tab never reaches {name!r}")

    def sends_by_keyboard(self) -> None:
        """Enter in a form. Before its script is there its button is closed, and a browser sends nothing."""
        expect(self.page.locator("form:has(:focus) button:not([type])")).to_be_enabled()
        self.page.keyboard.press("Enter")

    def lets_a_minute_pass(self) -> None:
        """Moves the page's clock, so that a link to a PDF is too old."""
        self.page.evaluate("() => { const later = Date.now() + 55_000; Date.now = () => later; }")

    # What stands behind the page

    def gets_no_pdf(self, times: int | None = None) -> None:
        """The link to the PDF drops."""
        self._answers("**/_local/pdfs/**", lambda route: route.abort("connectionreset"), times)

    def on_api(self, path: str, answer: Callable[[Route], None], times: int | None = None) -> None:
        self._answers(f"{self.url}{path}", answer, times)

    def _answers(self, address: str, answer: Callable[[Route], None], times: int | None) -> None:
        """What is asked of that address is answered here, the first `times` times or always."""
        asked = count(1)

        # Playwright's own `times` ends the interception with the last answer. Chromium then sends the request that was
        # just answered to the service as well, now and then.
        def answer_some(route: Route) -> None:
            if times is None or next(asked) <= times:
                answer(route)
            else:
                route.fallback()

        self.page.route(address, answer_some)

    def refuses(
        self, path: str, code: str, times: int | None = None, headers: dict[str, str] | None = None, **facts: Any
    ) -> None:
        """The service answers with that problem, in its own words."""
        self.on_api(path, problem(code, headers, **facts), times)

    def has_a_mistake_in(self, module: str, function: str) -> None:
        """From now on a function of a module of the portal fails, with the kind of error that `fetch` raises too."""
        text = (MODULES / f"{module}.js").read_text(encoding="utf-8")
        head, found, rest = text.partition(f"function {function}(")
        arguments, brace, body = rest.partition(") {\n")
        assert found, f"{module}.js has no function {function}"
        broken = f"{head}{found}{arguments}{brace}undefined.mistake();\n{body}"
        self.page.route(
            f"**/modules/{module}.js", lambda route: route.fulfill(content_type="text/javascript", body=broken)
        )

    def sees_our_fault(self) -> None:
        """The page says that it is our fault and that nothing is lost; the console has the mistake, once."""
        words = self.page.locator("[role=alert], #answer").filter(has_text="Algo falló de nuestro lado")
        expect(words).to_contain_text("No perdiste nada: tus respuestas siguen aquí.")
        expect(self.page.get_by_text("No hay conexión")).to_have_count(0)
        kept, self.noise[:] = [noise for noise in self.noise if "TypeError" in noise], []
        assert len(kept) == 1, kept
        assert kept[0].startswith("error: TypeError: ")
        assert self.axe() == []

    def axe(self) -> list[str]:
        """What axe-core has against the page as it stands."""
        self.page.wait_for_load_state()  # without its styles no page is sound
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]

    def is_wider_than_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


ACCESSIBLE_NAME = """node =>
  [node.ariaLabel, ...[...(node.labels ?? [])].map(label => label.textContent), node.textContent].join(" ")"""


def problem(code: str, headers: dict[str, str] | None = None, **facts: Any) -> Callable[[Route], None]:
    """Answers a request as the service does when it refuses it."""
    known = wording.PROBLEMS[code]
    body = {
        "type": f"urn:constancia:{code}",
        "title": known.title,
        "status": known.status,
        "detail": wording.detail(code, facts),
        "code": code,
        **facts,
    }

    def answer(route: Route) -> None:
        route.fulfill(
            status=known.status,
            headers={"Content-Type": "application/problem+json", **(headers or {})},
            body=json.dumps(body),
        )

    return answer
