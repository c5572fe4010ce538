"""What only the service knows of a certificate: its state; and whether the public log says the same.

The log is not believed because the service says so: entry, inclusion and the checkpoint's signature are computed here.
"""

import json
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError

from constancia.certificate import ANNULLED
from constancia.errors import InvalidCheckpoint
from constancia.public_log import entries
from constancia.public_log.checkpoint import Verifier, believed
from constancia.public_log.proofs import TreeReader, includes, prove_inclusion
from constancia.public_log.tiles import leaf_hash, path_of

from infra.local.citizen import RequestRefused, solve

PATIENCE = 10
"""Seconds in which the service must answer."""


class FileData(NamedTuple):
    """What a file says of itself, once its signatures were found right."""

    virtual_code: str
    serial_number: str
    """As printed, with its zeros."""
    issued_at: str
    attestation: str
    document_number: str
    sha256: str
    """Of the file."""


class ServiceAnswer(NamedTuple):
    """What the service and the public log say of a file."""

    status: str
    """`valid`, `superseded`, `annulled`, `not_found`, or `unknown` where the service did not answer."""
    log_index: int | None
    """Where the issue (of an annulled certificate the annulment) is in the public log; None if it is not there yet."""
    findings: list[str]
    """What speaks against the file, in Spanish."""


UNKNOWN = ServiceAnswer("unknown", None, [])


def look_up(url: str, issued: FileData) -> ServiceAnswer:
    """The state of a certificate, and its place in the public log, which is proven. The service counts a verification.

    Args:
        url: the address of the service, without a path.
        issued: the certificate.
    """
    try:
        proof = solve(json.loads(_get(url, "/api/captcha?for=verification")))
        body = {"virtual_code": issued.virtual_code, "document_number": issued.document_number, "captcha": proof}
        answer = json.loads(_ask(url, "/api/verifications", json.dumps(body).encode()))
    except HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            unknown = "El servicio no conoce esta constancia, aunque está firmada: avisa al Ministerio."
            return ServiceAnswer("not_found", None, [unknown])
        return UNKNOWN
    except (OSError, HTTPException, ValueError, RequestRefused):
        return UNKNOWN
    findings = []
    if answer["certificate"]["sha256"] != issued.sha256:
        findings.append("El código es de una constancia emitida, pero este archivo no es el que se emitió.")
    if answer["status"] == ANNULLED:
        findings.append(f"Fue anulada el {answer['annulled_on']}: {answer['annulment_reason']}")
    place = answer["state_log"] if answer["status"] == ANNULLED else answer["log"]
    if place is None:
        return ServiceAnswer(answer["status"], None, findings)
    try:
        if not _is_logged(url, place, _event(issued, answer, place)):
            findings.append("El registro público dice otra cosa que el servicio: no la aceptes y avisa al Ministerio.")
    except (OSError, HTTPException):
        return ServiceAnswer("unknown", None, findings)
    return ServiceAnswer(answer["status"], place["index"], findings)


def _event(issued: FileData, answer: dict[str, Any], place: dict[str, Any]) -> entries.LogEvent:
    """What must be in the log: the annulment as the service states it, else the issue as the file states it."""
    if answer["status"] == ANNULLED:
        return entries.annulled(issued.virtual_code, place["moment"], place["salt"], reason=answer["annulment_reason"])
    return entries.issued(
        issued.virtual_code,
        issued.issued_at,
        place["salt"],
        attestation=issued.attestation,
        serial_number=issued.serial_number,
        sha256=answer["certificate"]["sha256"],
    )


def _is_logged(url: str, place: dict[str, Any], event: entries.LogEvent) -> bool:
    """Whether the log has the event at its place, under a checkpoint that the log signed.

    Raises:
        OSError: the log did not answer.
    """
    try:
        verifiers = [Verifier.read(line) for line in _get(url, "/.well-known/log.vkey").decode().splitlines()]
        checkpoint = believed(_get(url, "/log/checkpoint").decode(), verifiers)
        if checkpoint is None:
            return False
        reader = TreeReader(
            checkpoint.size, lambda level, index, width: _get(url, f"/log/{path_of(level, index, width)}")
        )
        proof = prove_inclusion(place["index"], reader)
    except (InvalidCheckpoint, ValueError):
        return False
    except HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return False
        raise
    return includes(place["index"], checkpoint.size, leaf_hash(event.entry), proof, checkpoint.root)


def _get(url: str, path: str) -> bytes:
    return _ask(url, path, None)


def _ask(url: str, path: str, body: bytes | None) -> bytes:
    """The body of an answer. The address was checked to be of http or https."""
    request = urllib.request.Request(url + path, body, {"Content-Type": "application/json"} if body else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        return bytes(answer.read())
