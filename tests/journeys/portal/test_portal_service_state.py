"""While something is down every page says so in one line; a file that is absent, old or broken says nothing."""

import json
from email.utils import formatdate

import pytest
from playwright.sync_api import expect

from tests.journeys.portal.conftest import Visit
from tests.journeys.portal.visitor import Visitor

PAGES = ["/", "/solicitar/", "/verificar/", "/constancia/", "/instituciones/"]
SAYS = {
    "es": "El servicio tiene problemas desde las 10:40. Lo que escribiste no se pierde.",
    "en": "The service has had problems since 10:40. Nothing that you typed is lost.",
}
NOW = 1_795_450_000


def state(tab: Visitor, body: str, status: int = 200, at: int = NOW) -> Visitor:
    headers = {"Content-Type": "application/json", "Date": formatdate(at, usegmt=True)}
    tab.page.route("**/estado.json", lambda route: route.fulfill(status=status, headers=headers, body=body))
    return tab


def down(until: int = NOW + 60) -> str:
    return json.dumps({"down": "service", "until": until, "says": SAYS})


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_in_one_line_what_is_down_by_the_servers_clock(visit: Visit, path: str) -> None:
    tab = state(visit(320), down()).go(path)
    line = tab.page.get_by_role("main").get_by_text(SAYS["es"])
    expect(line).to_be_visible()
    expect(tab.page.locator("main > :first-child")).to_have_text(SAYS["es"])
    assert (tab.axe(), tab.is_wider_than_the_screen()) == ([], False)


def test_the_line_is_english_where_the_page_is(visit: Visit) -> None:
    tab = state(visit(), down()).go("/?lang=en")
    line = tab.page.get_by_text(SAYS["en"])
    expect(line).to_be_visible()
    expect(line).to_have_attribute("lang", "en")


@pytest.mark.parametrize(
    ("body", "status"),
    [(down(until=NOW - 1), 200), ("{}", 200), ("", 404), ("<html>", 200), ("null", 200)],
    ids=["old", "well", "absent", "broken", "nothing"],
)
def test_what_is_old_absent_or_broken_says_nothing(visit: Visit, body: str, status: int) -> None:
    tab = state(visit(), body, status)
    with tab.page.expect_response("**/estado.json"):
        tab.go("/solicitar/")
    tab.page.wait_for_load_state("networkidle")
    expect(tab.page.locator("main > [role=status]")).to_have_count(0)


def test_the_line_stays_at_every_step(visit: Visit) -> None:
    tab = state(visit(320), down()).go("/solicitar/")
    tab.say_who_asks()
    tab.sees_step("Paso 2 de 6", "Tus datos")
    expect(tab.page.get_by_text(SAYS["es"])).to_be_visible()
