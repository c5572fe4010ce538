"""The queue of e-mails that need an operator: each letter names a virtual code and why its e-mail did not leave."""

import json
from functools import cache
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from constancia import settings

_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})

AT_ONCE = 10
"""The most letters of one read (Amazon SQS API reference, "ReceiveMessage")."""
HIDDEN = 300
"""Seconds for which a letter that was read is shown to nobody else."""


@cache
def client() -> Any:
    """The SQS client, made on first use and kept for the life of the process."""
    return boto3.client("sqs", config=_CLIENT_SETTINGS)


class DeadLetter(NamedTuple):
    """One letter, and the receipt by which it is thrown away."""

    virtual_code: str
    reason: str
    receipt: str


class DeadLetters:
    """The queue. A letter may be there twice: whoever works one off does nothing that was done before."""

    def leave(self, code: str, reason: str) -> None:
        """Leaves a virtual code to operators, with a word that says why."""
        letter = {"virtual_code": code, "reason": reason}
        client().send_message(QueueUrl=settings.text("UNDELIVERED_QUEUE"), MessageBody=json.dumps(letter))

    def read(self) -> list[DeadLetter]:
        """Some letters, which nobody else then sees for a while; none if there are none now."""
        answer = client().receive_message(
            QueueUrl=settings.text("UNDELIVERED_QUEUE"), MaxNumberOfMessages=AT_ONCE, VisibilityTimeout=HIDDEN
        )
        return [
            DeadLetter(**json.loads(message["Body"]), receipt=message["ReceiptHandle"])
            for message in answer.get("Messages", [])
        ]

    def throw_away(self, letter: DeadLetter) -> None:
        """Removes a letter that is worked off."""
        client().delete_message(QueueUrl=settings.text("UNDELIVERED_QUEUE"), ReceiptHandle=letter.receipt)
