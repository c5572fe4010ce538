"""The console before AWS: it finds the service wherever the operator is, and says in Spanish what AWS refuses."""

import io
import json
import time
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from infra import wiring
from infra.console import loading, main
from infra.console.answers import UNREACHABLE
from infra.console.cloud import Cloud
from infra.console.services import Service, Unreachable

ANSWERS = {
    "watch_loads": {"bucket": "inbox", "key": "incoming/people.jsonl"},
    "report_issuance": {
        "period": "1 de marzo",
        "whole": True,
        "totals": {},
        "bucket": "reports",
        "csv": "daily/a.csv",
        "pdf": "daily/a.pdf",
        "links": {},
    },
}


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An operator with credentials, and `AWS_REGION` as the runbook exports it; boto3 does not read that."""
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    values = {"AWS_REGION": wiring.REGION, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    files = {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    for name, value in {**values, **files, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where AWS is asked for what; it refuses everything but the functions that have an answer here."""
    calls: list[str] = []

    def answer(client: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        calls.append(f"{operation} {client.meta.region_name}")
        function = parameters.get("FunctionName", "").removeprefix("constancia-prod-").replace("-", "_")
        if function in ANSWERS:
            return {"Payload": io.BytesIO(json.dumps(ANSWERS[function]).encode())}
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    return calls


def run(*words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--aws", "prod"])


def test_the_service_is_found_without_a_region_of_the_operator_s_own(asked: list[str]) -> None:
    run("show", "C2CC6526")
    assert asked == [f"Invoke {wiring.REGION}"]


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("show", "C2CC6526"), "llamar a constancia-prod-show-certificate"),
        (("annul", "C2CC6526", "--reason", "Error", "--yes"), "saber quién eres"),
        (("load", "FILE"), "subir "),
        (("report", "2026-03-01", "-o", "FOLDER", "--json"), "leer daily/a.csv"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("asked")
def test_what_aws_refuses_is_one_line_in_spanish(words: tuple[str, ...], refused: str, tmp_path: Path) -> None:
    (tmp_path / "people.jsonl").write_text("{}\n")
    places = {"FILE": str(tmp_path / "people.jsonl"), "FOLDER": str(tmp_path)}
    told = run(*(places.get(word, word) for word in words))
    assert told.exit_code == UNREACHABLE, told.exception
    assert f"Error: AWS no deja {refused}" in told.stderr


def test_a_load_that_stands_still_is_told_of_once_until_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run of a load that failed for good never has a summary; the console would wait for it without a word."""
    done = iter([0, 0, 0, 100, 100, 100, 200])
    moment = 0.0

    class Standing:
        def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
            lines = next(done)
            return {
                "lines": 200,
                "lines_done": lines,
                "rejected": 0,
                "summary": {"read": 200} if lines == 200 else None,
            }

    def sleep(_: float) -> None:
        nonlocal moment
        moment += loading.STANDS_STILL + 1

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    assert loading.watch(cast(Service, Standing()), "people.jsonl") == {"read": 200}
    assert capsys.readouterr().err.count("no avanza desde hace 15 minutos") == 2


def test_without_credentials_an_operator_reads_one_line_in_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    told = run("annul", "C2CC6526", "--reason", "Error", "--yes")
    assert (told.exit_code, told.stderr.count("\n")) == (UNREACHABLE, 1)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    told = run("show", "C2CC6526")
    assert told.exit_code == UNREACHABLE
    assert "Error: AWS no deja usar tus credenciales" in told.stderr


def test_who_loses_sight_of_a_load_reads_that_it_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The credentials of a role end after an hour; a nation's file takes several."""
    (tmp_path / "people.jsonl").write_text("{}\n")

    def ended(*_: object) -> None:
        raise Unreachable("AWS no deja llamar a constancia-prod-watch-loads: ExpiredToken")

    monkeypatch.setattr(Cloud, "upload", lambda *_: None)
    monkeypatch.setattr(Cloud, "call", ended)
    told = run("load", str(tmp_path / "people.jsonl"))
    assert told.exit_code == UNREACHABLE
    assert "La carga sigue por su cuenta; su resumen llegará por correo." in told.stderr
