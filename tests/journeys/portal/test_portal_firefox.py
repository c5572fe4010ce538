"""Both journeys in Firefox: Debian's own, driven by WebDriver BiDi (`firefox.mjs`)."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.service import Service
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.test_public_log import verified

SCRIPT = Path(__file__).with_name("firefox.mjs")
NODE_MODULES = Path(__file__).parents[3] / "node_modules"
PATIENCE = 240
"""Seconds: a busy machine is slow, a dead end is slower."""


@pytest.fixture(scope="session")
def firefox() -> str:
    """Where Firefox is."""
    found = shutil.which("firefox-esr") or shutil.which("firefox")
    if not found or not shutil.which("node") or not (NODE_MODULES / "puppeteer-core").is_dir():
        pytest.skip("no Firefox, Node or puppeteer-core here (Debian's package: firefox-esr; npm install)")
    return found


def test_both_journeys_lead_to_their_end_in_firefox(
    firefox: str, running: Service, citizen: Citizen, tmp_path: Path
) -> None:
    """From the first question to the PDF; then its verification, by typed words and by the file of another one."""
    other = citizen.obtain(request_body())
    verified(citizen, other["virtual_code"])
    file = tmp_path / "constancia.pdf"
    file.write_bytes(citizen.call("GET", other["pdf_url"]).body)
    done = subprocess.run(
        ["node", SCRIPT, running.url, firefox, file], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    seen = json.loads(done.stdout)
    assert "failed" not in seen, f"{seen['failed']}\n{seen['page']}"
    assert seen["noise"] == [], "nothing was blocked, and nothing failed unseen"
    assert seen["download"] == f"constancia-{seen['code']}.pdf"
    for verdict in (seen["typed"], seen["given"]):
        assert verdict.startswith("Constancia válida\n\nROSA CECILIA DEL ROSAL ÑAUPARI\nDNI 71705600")
