"""The secrets of an installation: in AWS read from Secrets Manager at run time, elsewhere settings like the others."""

import hmac
import time
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constancia import settings

ARN = "arn:aws:secretsmanager:"
"""How the name of a secret in AWS begins; a setting that begins so names its secret and does not hold it."""
FRESH = 300.0
"""Seconds for which a secret that was read is not read again: so long a new one takes to reach every function."""

_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})


class _Kept(NamedTuple):
    read_at: float
    values: tuple[str, ...]


_kept: dict[str, _Kept] = {}


@cache
def client() -> Any:
    """The client of Secrets Manager, made on first use and kept for the life of the process."""
    return boto3.client("secretsmanager", config=_CLIENT_SETTINGS)


def values(name: str) -> tuple[str, ...]:
    """The values of a secret by its setting, the one in use first; none where the setting is empty.

    There are several while one takes the place of another: the setting, or the secret that it names, then holds both,
    parted by a space. A setting may also name several secrets.

    Raises:
        BotoCoreError, ClientError: Secrets Manager does not answer, and the secret was never read before.
    """
    return tuple(_each(name))


def admits(name: str, given: str) -> bool:
    """Whether a text is one of the values of a secret; every text is where the setting is empty.

    The one in use is compared first, and no other one is read if it is equal. So it does no harm that during a rotation
    a function may not read the earlier one any more, or that it is deleted before its last copy ends.

    Raises:
        BotoCoreError, ClientError: as for `values`.
    """
    return not settings.text(name) or any(hmac.compare_digest(given.encode(), value.encode()) for value in _each(name))


def _each(name: str) -> Iterator[str]:
    for part in settings.text(name).split():
        yield from _read(part) if _named(part) else (part,)


def counters_key() -> bytes:
    """The key of this installation's challenges and of the names of its counters; it protects nothing for over a day.

    Raises:
        BotoCoreError, ClientError: as for `values`.
    """
    return values("COUNTERS_KEY")[0].encode()


def _named(part: str) -> bool:
    return part.startswith(ARN)


def _read(arn: str) -> tuple[str, ...]:
    kept, now = _kept.get(arn), time.time()
    if kept and now - kept.read_at < FRESH:
        return kept.values
    try:
        read = tuple(client().get_secret_value(SecretId=arn)["SecretString"].split())
    except (BotoCoreError, ClientError):
        if kept is None:
            raise
        # It cannot be told whether there is a new one; the old one stays good for that long.
        read = kept.values
    _kept[arn] = _Kept(now, read)
    return read
