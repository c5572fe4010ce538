"""The witnesses of the public log over HTTP, and the checkpoint with their cosignatures."""

import urllib.request

from constancia.aws.http import fetch
from constancia.aws.public_log.files import LogBucket
from constancia.public_log.checkpoint import Verifier, read_checkpoint
from constancia.public_log.proofs import TreeReader
from constancia.public_log.tiles import path_of
from constancia.public_log.witnesses import Witness, offer

PATIENCE = 5
"""Seconds in which a witness must answer."""
LONGEST_ANSWER = 10_000
"""Bytes of an answer that are read."""


def post(address: str, body: bytes) -> tuple[int, str]:
    """Sends a request to a witness: see `constancia.public_log.witnesses.Post`."""
    # The address is the operator's own setting.
    status, answer = fetch(urllib.request.Request(address, body), PATIENCE, LONGEST_ANSWER)  # noqa: S310
    return status, answer.decode("utf-8", "replace")


def cosign(files: LogBucket, verifier: Verifier, witnesses: list[Witness]) -> list[Witness]:
    """Offers the checkpoint to the witnesses and keeps their cosignatures with it; gives those that gave none."""
    note = files.checkpoint()
    if not witnesses or note is None:
        return []
    checkpoint = read_checkpoint(note, verifier)
    reader = TreeReader(checkpoint.size, lambda level, index, width: files.read(path_of(level, index, width)) or b"")
    answers = {witness: offer(note, checkpoint, witness, reader=reader, post=post) for witness in witnesses}
    lines = [line for given in answers.values() for line in given if line not in note]
    if lines:
        files.publish(checkpoint.size, note + "".join(lines))
    return [witness for witness, given in answers.items() if not given]
