"""A file of questions, sent whole by the command of an institution: its questions go, and its answers are fetched.

A note beside the answers says which file was sent, so that the same command, given again, sends and pays it once.
"""

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from constancia.verifying.question_files import DONE, REFUSED, WAITING

from infra.console.answers import fail
from infra.console.institution_calls import FileNotFound, call, fetch, send

POLL = 2.0
"""Seconds between two questions about a file's state."""


def ask_by_file(url: str, key: str, questions: list[dict[str, Any]], answer: str, note: Path) -> list[dict[str, Any]]:
    """The answers to questions of any number, by a file; a file that was sent before is not sent again.

    Ends the command where the file is refused, or nothing answers.

    Args:
        url: the address of the service.
        key: the institution's key.
        questions: the questions.
        answer: how much is wanted.
        note: a file of its own, in which it is kept which file was sent.
    """
    content = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in questions)
    sent = {"digest": hashlib.sha256(answer.encode() + content).hexdigest()}
    files = f"{url}/api/verifications/files"
    file_id = _sent_before(note, sent["digest"], files, key)
    if file_id is None:
        opened = call(files, key, {"answer": answer, "bytes": len(content)})
        file_id = str(opened["file_id"])
        note.write_text(json.dumps({**sent, "file_id": file_id}))
        send(opened["upload_url"], opened["upload_headers"], content)
    else:
        click.echo("El archivo ya se había enviado; se esperan sus respuestas.", err=True)
    try:
        state = _await_answers(f"{files}/{file_id}", key, len(questions))
    except FileNotFound:
        # Its day ended, as when its run failed and nobody repeated it.
        note.unlink()
        fail("el servicio ya no tiene el archivo; vuelve a dar el mismo comando para enviarlo otra vez.")
    if state["state"] == REFUSED:
        note.unlink()
        fail(state["refused"]["detail"])
    return [json.loads(line) for line in fetch(state["answers_url"]).splitlines()]


def _sent_before(note: Path, digest: str, files: str, key: str) -> str | None:
    """The id of the same file, if it was sent before and its answers are still given."""
    noted = json.loads(note.read_text()) if note.exists() else {}
    if noted.get("digest") != digest:
        return None
    try:
        state = call(f"{files}/{noted['file_id']}", key)
    except FileNotFound:
        return None
    return None if state["state"] == WAITING else str(noted["file_id"])


def _await_answers(address: str, key: str, questions: int) -> dict[str, Any]:
    """Shows how many questions are answered, until all are, or the file is refused; gives its state."""
    with click.progressbar(length=questions, label="Verificando", file=sys.stderr) as bar:
        while True:
            state = call(address, key)
            bar.update(state["answered"] - bar.pos)
            if state["state"] in (DONE, REFUSED):
                return state
            time.sleep(POLL)
