"""One service for the journeys of a test module, on a free port."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.console import main
from infra.local import service
from tests import nation
from tests.journeys.citizen import QUICK_PROOFS, STUDENT, Citizen

Correct = Callable[[int, str], None]


@pytest.fixture(scope="module")
def running() -> Iterator[service.Service]:
    """The whole service, as `make serve` runs it, but for the price of a proof of a human."""
    with service.environment(QUICK_PROOFS), service.running(0) as started:
        yield started


@pytest.fixture
def citizen(running: service.Service) -> Citizen:
    """Somebody who speaks to it."""
    return Citizen(running.url)


@pytest.fixture
def correct(running: service.Service, tmp_path: Path) -> Correct:
    """Loads the oldest year of the documentation's student with another mark at one place."""

    def load(place: int, mark: str) -> None:
        lines = (service.SAMPLES / "school_records.jsonl").read_text(encoding="utf-8").splitlines()
        record = json.loads(next(line for line in lines if STUDENT["document_number"] in line))
        record["marks"][place]["mark"] = mark
        file = tmp_path / f"correction-{place}-{mark}.jsonl"
        file.write_bytes(nation.as_line(record))
        assert CliRunner().invoke(main, ["load", str(file), "--local", running.url]).exit_code == 0

    return load
