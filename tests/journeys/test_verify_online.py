"""`constancia verify --online`: the state of a true file, and the public log's word for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from constancia.aws.keys import CheckpointKeys
from constancia.public_log.checkpoint import ED25519, Verifier

from infra.console import main, online
from infra.console.answers import REFUSED, UNREACHABLE
from infra.local import service, storage
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct
from tests.journeys.test_operators import Operator
from tests.journeys.test_public_log import verified

Verify = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def operator(running: service.Service) -> Operator:
    return Operator(running.url)


@pytest.fixture
def file(citizen: Citizen, tmp_path: Path) -> Path:
    """The PDF of a certificate that was just issued and is in the log."""
    certificate = citizen.obtain(request_body())
    verified(citizen, certificate["virtual_code"])
    path = tmp_path / f"{certificate['virtual_code']}.pdf"
    path.write_bytes(citizen.call("GET", certificate["pdf_url"]).body)
    return path


@pytest.fixture
def verify(running: service.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Verify:
    """Types the command about one file; its exit code, and what it says in JSON."""
    monkeypatch.setattr("click.get_app_dir", lambda _: str(tmp_path / "kept"))

    def run(path: Path, url: str = running.url) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(main, ["verify", str(path), "--online", url, "--json"])
        return result.exit_code, json.loads(result.stdout.splitlines()[0])

    return run


def test_a_true_file_is_valid_and_proven_to_be_in_the_public_log(verify: Verify, file: Path, citizen: Citizen) -> None:
    code, answer = verify(file)
    assert code == 0
    assert answer["status"] == "valid"
    assert answer["findings"] == []
    assert answer["log_index"] == verified(citizen, file.stem)["log"]["index"]


def test_people_read_it_in_one_line(verify: Verify, file: Path, running: service.Service) -> None:
    verify(file)
    result = CliRunner().invoke(main, ["verify", str(file), "--online", running.url])
    assert result.stdout.startswith(f"{file}: auténtica, válida; en el registro público consta con el n.º ")


def test_an_annulled_one_is_refused_with_its_reason_and_the_annulment_is_proven(
    verify: Verify, file: Path, operator: Operator, citizen: Citizen
) -> None:
    operator.types("annul", file.stem, "--yes", "--reason", "Emitida por error")
    state = verified(citizen, file.stem, "state_log")["state_log"]
    code, answer = verify(file)
    assert code == REFUSED
    assert (answer["status"], answer["log_index"]) == ("annulled", state["index"])
    assert any("Emitida por error" in finding for finding in answer["findings"])


def test_a_superseded_one_says_so_and_is_not_refused(
    verify: Verify, file: Path, citizen: Citizen, correct: Correct
) -> None:
    correct(0, "C")
    citizen.obtain(request_body())
    code, answer = verify(file)
    assert (code, answer["status"], answer["findings"]) == (0, "superseded", [])


def test_a_log_that_was_rewritten_speaks_against_the_file(
    verify: Verify, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = online._get

    def rewritten(url: str, path: str) -> bytes:
        content = true(url, path)
        if path != "/log/checkpoint":
            return content
        origin, size, root, *rest = content.split(b"\n")
        return b"\n".join([origin, size, root[::-1], *rest])

    monkeypatch.setattr(online, "_get", rewritten)
    code, answer = verify(file)
    assert code == REFUSED
    (finding,) = answer["findings"]
    assert finding.startswith("El registro público dice otra cosa que el servicio")


def test_a_log_whose_key_was_just_rotated_is_believed_by_its_earlier_key(
    verify: Verify, file: Path, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified(citizen, file.stem)
    true = online._get
    new = Verifier(CheckpointKeys().origin, ED25519, bytes(32))

    def rotated(url: str, path: str) -> bytes:
        earlier = true(url, path)
        return f"{new}\n".encode() + earlier if path == "/.well-known/log.vkey" else earlier

    monkeypatch.setattr(online, "_get", rotated)
    code, answer = verify(file)
    assert (code, answer["findings"]) == (0, [])


def test_a_signed_certificate_that_the_service_does_not_know_is_told(verify: Verify, file: Path) -> None:
    boto3.client("dynamodb", region_name=storage.REGION).delete_item(
        TableName=storage.names()["CERTIFICATES_TABLE"], Key={"virtual_code": {"S": file.stem}}
    )
    code, answer = verify(file)
    assert (code, answer["status"]) == (REFUSED, "not_found")


def test_without_an_answer_the_state_is_unknown_and_the_file_is_still_true(verify: Verify, file: Path) -> None:
    verify(file)
    code, answer = verify(file, "http://127.0.0.1:9")
    assert code == UNREACHABLE
    assert answer["authentic"]
