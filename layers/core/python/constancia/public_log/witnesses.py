"""Witnesses (C2SP `tlog-witness`): others who see the log grow, and sign each checkpoint that follows from the last."""

import base64
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import NamedTuple

from constancia.errors import InvalidCheckpoint
from constancia.public_log.checkpoint import COSIGNATURE, Checkpoint, Verifier, cosignatures
from constancia.public_log.proofs import TreeReader, prove_consistency

TRIES = 2
"""Offers of a checkpoint: a witness that knows another one says which, and gets the proof from there."""

SIZE = re.compile("[0-9]{1,18}")
"""The size of a tree as a witness answers it."""

Post = Callable[[str, bytes], tuple[int, str]]
"""Sends bytes to an address; gives the status of the answer, 0 where there is none, and its text."""


class Witness(NamedTuple):
    """A witness: where it takes checkpoints, and whose cosignatures it gives."""

    address: str
    verifier: Verifier


def read_witnesses(setting: str) -> list[Witness]:
    """The witnesses of the setting `WITNESSES`: address and verifier key of each, parted by spaces.

    Raises:
        InvalidCheckpoint: something is no verifier key of a witness.
    """
    words = setting.split()
    found = [Witness(words[at].rstrip("/"), Verifier.read(words[at + 1])) for at in range(0, len(words) - 1, 2)]
    if len(words) % 2 or any(witness.verifier.kind != COSIGNATURE for witness in found):
        raise InvalidCheckpoint("address and verifier key of each witness")
    return found


def offer(note: str, checkpoint: Checkpoint, witness: Witness, *, reader: TreeReader, post: Post) -> list[str]:
    """A witness's cosignatures of a checkpoint; none where it does not answer, or refuses.

    Args:
        note: the signed note of the checkpoint.
        checkpoint: what it says.
        witness: whom it is offered to.
        reader: the tree of the checkpoint, to prove that it grew.
        post: sends a request.
    """
    before = checkpoint.size
    for _ in range(TRIES):
        proof = "".join(f"{base64.b64encode(each).decode()}\n" for each in prove_consistency(before, reader))
        status, answer = post(f"{witness.address}/add-checkpoint", f"old {before}\n{proof}\n{note}".encode())
        if status == HTTPStatus.OK:
            # One is enough: a note with more than `MOST_SIGNATURES` lines is none.
            return cosignatures(checkpoint, answer, witness.verifier)[:1]
        known = answer.strip()
        if status != HTTPStatus.CONFLICT or not SIZE.fullmatch(known) or int(known) > checkpoint.size:
            return []
        before = int(known)
    return []
