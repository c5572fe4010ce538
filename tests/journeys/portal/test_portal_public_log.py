"""A browser proves by itself that a certificate is in the public log, and believes nothing else."""

from typing import Any

import boto3
import pytest
from constancia.aws.keys import CheckpointKeys
from constancia.aws.public_log.entries import LogEntries, events_of
from constancia.aws.public_log.files import LogBucket
from constancia.public_log.sequencer import Sequencer
from playwright.sync_api import Browser, Page, Route, expect

from infra import public_log
from infra.local import service, storage
from infra.local.service import Service
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.portal.conftest import Visit
from tests.journeys.test_public_log import NUMBER, verified
from tests.trust.test_public_log import stored

PROVE = """async ([answer, harm]) => {
  const log = await import("/modules/public-log.js");
  const fetched = [];
  const read = async (path) => {
    const response = await fetch(`/${path}`);
    if (!response.ok) return null;
    const bytes = new Uint8Array(await response.arrayBuffer());
    fetched.push(path);
    if (harm && path.startsWith(harm)) bytes[bytes.length - 40] ^= 1;
    return bytes;
  };
  if (!await log.canCheck()) return { unable: true };
  try {
    return { number: await log.proveLogged(answer.log, log.issueOf(answer.certificate), read), fetched };
  } catch (error) {
    if (!(error instanceof log.ProofFailed)) throw error;
    return { failed: error.message };
  }
}"""


@pytest.fixture
def page(browser: Browser, running: Service) -> Page:
    opened = browser.new_context().new_page()
    opened.goto(f"{running.url}/verificar/")
    return opened


@pytest.fixture
def answer(citizen: Citizen) -> dict[str, Any]:
    """A verification of a certificate among enough others for two levels of tiles."""
    code = citizen.obtain(request_body())["virtual_code"]
    found = verified(citizen, code)
    sequencer = Sequencer(LogEntries(), LogBucket(), CheckpointKeys().checkpoint)
    sequencer.append(event for number in range(600) for event in events_of(stored(number)))
    return found


def prove(page: Page, answer: dict[str, Any], harm: str = "") -> dict[str, Any]:
    done: dict[str, Any] = page.evaluate(PROVE, [answer, harm])
    if done.get("unable"):
        pytest.skip("this Chromium has no Ed25519")
    return done


def test_the_proof_holds_in_a_browser_and_takes_a_few_tiles(
    page: Page, answer: dict[str, Any], citizen: Citizen
) -> None:
    done = prove(page, answer)
    assert done["number"] == answer["log"]["index"] + 1
    assert len(done["fetched"]) <= 6
    assert citizen.verify(answer["certificate"]["virtual_code"], NUMBER).json["log"] == answer["log"]


def test_a_tile_or_checkpoint_that_was_changed_proves_nothing(page: Page, answer: dict[str, Any]) -> None:
    fetched = prove(page, answer)["fetched"]
    assert {"log/checkpoint", "log/tile/1/000.p/2"} <= {*fetched}
    for harmed in fetched:
        if harmed != ".well-known/log.vkey":
            assert prove(page, answer, harmed)["failed"], harmed


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("certificate", "issued_at", "2020-01-01T00:00:00-05:00"),
        ("certificate", "sha256", "ab" * 32),
        ("log", "salt", "ab" * 16),
        ("log", "leaf", "ab" * 32),
        ("log", "index", 1),
    ],
)
def test_an_answer_that_says_something_else_than_the_log_proves_nothing(
    page: Page, answer: dict[str, Any], part: str, name: str, value: Any
) -> None:
    lied = {**answer, part: {**answer[part], name: value if value != answer[part][name] else 2}}
    assert prove(page, lied)["failed"]


def test_an_entry_beyond_the_checkpoint_is_not_there_yet(page: Page, answer: dict[str, Any]) -> None:
    later = {**answer, "log": {**answer["log"], "index": 10**6}}
    assert prove(page, later)["number"] is None


def test_the_page_says_in_a_quiet_line_that_the_certificate_is_in_the_public_log(
    visit: Visit, answer: dict[str, Any]
) -> None:
    tab = visit(390)
    tab.go(f"/verificar/?codigo={answer['certificate']['virtual_code']}").verify(NUMBER)
    tab.sees("Constancia válida")
    number = answer["log"]["index"] + 1
    expect(tab.page.locator("#details")).to_contain_text(f"Consta en el registro público (n.º\u00a0{number}).")
    assert tab.axe() == []


def test_a_log_that_says_something_else_than_the_service_turns_the_verdict_red(
    visit: Visit, answer: dict[str, Any]
) -> None:
    def lie(route: Route) -> None:
        found = route.fetch()
        route.fulfill(response=found, json={**found.json(), "log": {**answer["log"], "salt": "ab" * 16}})

    tab = visit()
    tab.page.route("**/api/verifications", lie)
    tab.go(f"/verificar/?codigo={answer['certificate']['virtual_code']}").verify(NUMBER)
    tab.sees("No se puede confiar en esta respuesta")
    expect(tab.page.locator(".banner.contradicted")).to_contain_text("El registro público")
    expect(tab.page.locator(".banner.valid")).to_have_count(0)
    assert "DEL ROSAL" not in tab.page.locator("#resultado").inner_text()
    assert tab.axe() == []


def test_a_log_whose_key_was_just_rotated_is_believed_by_its_earlier_key(visit: Visit, answer: dict[str, Any]) -> None:
    """The checkpoint of before has no signature of the new key until the next certificate."""
    kms = boto3.client("kms", region_name=storage.REGION)
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=public_log.KEY.spec)["KeyMetadata"]["KeyId"]
    before = storage.names()["CHECKPOINT_KEYS"]
    with service.environment({"CHECKPOINT_KEYS": f"{made} {before}"}):
        published = "".join(f"{each}\n" for each in CheckpointKeys().verifiers)
    assert len(published.splitlines()) == 2
    tab = visit(390)
    tab.page.route("**/.well-known/log.vkey", lambda route: route.fulfill(body=published))
    tab.go(f"/verificar/?codigo={answer['certificate']['virtual_code']}").verify(NUMBER)
    tab.sees("Constancia válida")
    expect(tab.page.locator("#details")).to_contain_text("Consta en el registro público")


def test_a_log_that_does_not_answer_leaves_the_verdict_and_says_so(visit: Visit, answer: dict[str, Any]) -> None:
    tab = visit()
    tab.page.route("**/log/**", lambda route: route.abort())
    tab.go(f"/verificar/?codigo={answer['certificate']['virtual_code']}").verify(NUMBER)
    tab.sees("Constancia válida")
    expect(tab.page.locator("#details")).to_contain_text("Ahora no se pudo consultar el registro público.")
