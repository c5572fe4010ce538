"""Both journeys in browsers that are not Chromium: Debian's Firefox by WebDriver BiDi, its WebKit by WebDriver."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.local.service import Service
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.test_public_log import verified

DRIVERS = Path(__file__).with_name("drivers")
NODE_MODULES = Path(__file__).parents[3] / "node_modules"
PATIENCE = 240
"""Seconds: a busy machine is slow, a dead end is slower."""


@pytest.fixture
def file(citizen: Citizen, tmp_path: Path) -> Path:
    """A certificate's PDF, whose issue is in the public log."""
    certificate = citizen.obtain(request_body())
    verified(citizen, certificate["virtual_code"])
    path = tmp_path / "constancia.pdf"
    path.write_bytes(citizen.call("GET", certificate["pdf_url"]).body)
    return path


def walked(driver: str, *words: str | Path) -> dict[str, Any]:
    """What a driver saw on both journeys."""
    done = subprocess.run(
        ["node", DRIVERS / driver, *words], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.stdout, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def judge(seen: dict[str, Any]) -> None:
    """Both journeys came to their ends."""
    assert "failed" not in seen, f"{seen['failed']}\n{seen['page']}"
    assert seen["noise"] == [], "nothing was blocked, and nothing failed unseen"
    assert seen["download"] == f"constancia-{seen['code']}.pdf"
    for verdict in (seen["typed"], seen["given"]):
        assert verdict.split()[:6] == ["Constancia", "válida", "ROSA", "CECILIA", "DEL", "ROSAL"]
        assert "DNI 71705600" in verdict


def test_both_journeys_lead_to_their_end_in_firefox(running: Service, file: Path) -> None:
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox or not shutil.which("node") or not (NODE_MODULES / "puppeteer-core").is_dir():
        pytest.skip("no Firefox, Node or puppeteer-core here (Debian's package: firefox-esr; npm install)")
    judge(walked("firefox.mjs", running.url, firefox, file))


def test_both_journeys_lead_to_their_end_in_webkit(running: Service, file: Path) -> None:
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
    if not browsers or not all(map(shutil.which, ("WebKitWebDriver", "Xvfb", "node"))):
        pytest.skip("no WebKit here (Debian's packages: webkit2gtk-driver, xvfb)")
    with screen() as display, webkit_driver(display) as driver:
        judge(walked("webkit.mjs", running.url, browsers[0], file, driver))


@contextmanager
def screen() -> Iterator[str]:
    """A screen that nobody sees; its name."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as named:
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x900x24"],
            pass_fds=(writing,),
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        try:
            yield f":{named.readline().strip()}"
        finally:
            process.terminate()
            process.wait()


@contextmanager
def webkit_driver(display: str) -> Iterator[str]:
    """WebKit's WebDriver; its address."""
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        port = trying.getsockname()[1]
    process = subprocess.Popen(
        ["WebKitWebDriver", f"--port={port}"], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
