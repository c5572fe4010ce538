"""The first page in another language: a table of words for each, keyed by the Spanish ones, none with a hole."""

import json

from playwright.sync_api import expect

from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import MODULES, Visitor

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
