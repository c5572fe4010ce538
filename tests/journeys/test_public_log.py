"""The public log over HTTP, as a verifier and an auditor see it, and an operator who cares for it at the console."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from constancia.public_log.proofs import TreeReader, includes, prove_inclusion
from constancia.public_log.tiles import leaf_hash, path_of, read_bundle
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from infra.local import service, storage
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct
from tests.journeys.test_operators import Operator

NUMBER = "71705600"
PATIENCE = 60
"""Seconds in which rule 12 wants an entry."""


@pytest.fixture
def operator(running: service.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setattr("click.get_app_dir", lambda _: str(tmp_path))
    return Operator(running.url)


def verified(citizen: Citizen, code: str, which: str = "log") -> dict[str, Any]:
    """The answer of a verification once the entry is in the log."""
    until = time.monotonic() + PATIENCE
    while True:
        answer: dict[str, Any] = citizen.verify(code, NUMBER).json
        if answer[which] or time.monotonic() > until:
            return answer
        time.sleep(0.2)


def checkpoint(citizen: Citizen) -> tuple[int, bytes]:
    """Size and root of the checkpoint, whose signature a library checks with the published key."""
    name, key_id, key = citizen.call("GET", "/.well-known/log.vkey").body.decode().strip().split("+", 2)
    answer = citizen.call("GET", "/log/checkpoint")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    text, _, line = answer.body.decode().rpartition("\n\n")
    dash, signer, signature = line.split()
    assert (dash, signer) == ("—", name)
    raw = base64.b64decode(signature)
    assert raw[:4].hex() == key_id
    public = base64.b64decode(key)
    assert public[:1] == b"\x01"
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], f"{text}\n".encode())
    origin, size, root = text.split("\n")
    assert origin == name
    return int(size), base64.b64decode(root)


def tile(citizen: Citizen, path: str) -> bytes:
    answer = citizen.call("GET", f"/log/{path}")
    assert answer.status == 200, path
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    return answer.body


def prove(citizen: Citizen, entry: dict[str, Any], event: dict[str, Any]) -> None:
    """The event is in the log that the checkpoint signs, at the place that the answer names."""
    canonical = json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    leaf = hashlib.sha256(bytes.fromhex(entry["salt"]) + canonical).digest()
    assert entry["leaf"] == leaf.hex()
    size, root = checkpoint(citizen)
    reader = TreeReader(size, lambda level, index, width: tile(citizen, path_of(level, index, width)))
    assert includes(entry["index"], size, leaf_hash(leaf), prove_inclusion(entry["index"], reader), root)
    bundle = entry["index"] // 256
    width = min(256, size - bundle * 256)
    assert read_bundle(tile(citizen, path_of("entries", bundle, width)))[entry["index"] % 256] == leaf


def issued(certificate: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": "issued",
        "moment": certificate["issued_at"],
        **{name: certificate[name] for name in ("attestation", "serial_number", "sha256", "virtual_code")},
    }


def test_within_a_minute_who_verifies_can_prove_that_the_issue_is_in_the_public_log(citizen: Citizen) -> None:
    certificate = citizen.obtain(request_body())
    answer = verified(citizen, certificate["virtual_code"])
    assert answer["state_log"] is None
    prove(citizen, answer["log"], issued(answer["certificate"]))


def test_a_supersession_is_in_the_public_log_with_what_took_its_place(citizen: Citizen, correct: Correct) -> None:
    first = citizen.obtain(request_body())
    correct(0, "C")
    second = citizen.obtain(request_body())
    answer = verified(citizen, first["virtual_code"], "state_log")
    assert (answer["status"], answer["state_log"]["event"]) == ("superseded", "superseded")
    event = {
        "by": second["virtual_code"],
        "event": "superseded",
        "moment": second["issued_at"],
        "virtual_code": first["virtual_code"],
    }
    assert answer["state_log"]["moment"] == second["issued_at"]
    prove(citizen, answer["state_log"], event)
    prove(citizen, answer["log"], issued(answer["certificate"]))


def test_an_annulment_is_in_the_public_log_and_who_verifies_sees_nothing_of_the_issue(
    citizen: Citizen, operator: Operator
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    operator.types("annul", code, "--yes", "--reason", "Emitida con el acta de «otro»")
    answer = verified(citizen, code, "state_log")
    assert answer["log"] is None
    state = answer["state_log"]
    prove(
        citizen,
        state,
        {
            "event": "annulled",
            "moment": state["moment"],
            "reason": "Emitida con el acta de «otro»",
            "virtual_code": code,
        },
    )


@pytest.mark.parametrize("path", ["tile/0/000.p/255", "tile/0/999", "tile/9/000", "", "nothing", "../checkpoint"])
def test_what_is_not_in_the_log_is_not_found(citizen: Citizen, path: str) -> None:
    citizen.obtain(request_body())
    assert citizen.call("GET", f"/log/{path}").status == 404


def redate(code: str, moment: str) -> str:
    """Writes another moment of issue into a record; gives the one before."""
    answer = boto3.client("dynamodb", region_name=storage.REGION).update_item(
        TableName=storage.names()["CERTIFICATES_TABLE"],
        Key={"virtual_code": {"S": code}},
        UpdateExpression="SET issued_at = :moment",
        ExpressionAttributeValues={":moment": {"S": moment}},
        ReturnValues="UPDATED_OLD",
    )
    return answer["Attributes"]["issued_at"]["S"]


def test_an_operator_sees_and_audits_the_log_and_a_changed_record_is_named(
    citizen: Citizen, operator: Operator
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    index = verified(citizen, code)["log"]["index"]
    found = operator.reads("log")
    assert found["size"] > index
    assert found["waiting"] == 0
    assert found["checkpoint"] == citizen.call("GET", "/log/checkpoint").body.decode()
    assert f"{found['size']} entradas, 0 por entrar" in operator.types("log").stdout
    assert operator.types("log", "recover").stdout == "No faltaba nada.\n"
    result = operator.types("log", "audit")
    assert (result.exit_code, "comparadas" in result.stdout) == (0, True)
    rightly = redate(code, "2020-01-01T00:00:00-05:00")
    try:
        result = operator.types("log", "audit")
        assert result.exit_code == 1
        assert f"{code}#issued: la tabla dice otra cosa" in result.stdout
    finally:
        redate(code, rightly)
    assert operator.types("log", "audit").exit_code == 0


def test_a_certificate_of_before_the_log_is_added_once_by_an_operator(citizen: Citizen, operator: Operator) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    index = verified(citizen, code)["log"]["index"]
    assert operator.reads("log", "add", code) == {"virtual_code": code, "outcome": "already"}
    # As one of before: no salt, and nothing of it in the log's table.
    client = boto3.client("dynamodb", region_name=storage.REGION)
    names = storage.names()
    client.update_item(
        TableName=names["CERTIFICATES_TABLE"], Key={"virtual_code": {"S": code}}, UpdateExpression="REMOVE salt"
    )
    client.delete_item(TableName=names["LOG_ENTRIES_TABLE"], Key={"event": {"S": f"{code}#issued"}})
    assert citizen.verify(code, NUMBER).json["log"] is None
    assert "Está en el registro público." in operator.types("log", "add", code).stdout
    answer = citizen.verify(code, NUMBER).json
    assert answer["log"]["index"] > index
    prove(citizen, answer["log"], issued(answer["certificate"]))
    assert operator.types("log", "add", "AAAAAAAA").exit_code == 1
