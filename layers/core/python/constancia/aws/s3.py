"""The S3 client."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})

MISSING = ("NoSuchKey", "404")
"""Error codes of an object that does not exist."""
EXISTS = ("PreconditionFailed", "ConditionalRequestConflict")
"""Error codes of a conditional write whose object exists already."""


@cache
def client() -> Any:
    """The S3 client, made on first use and kept for the life of the process."""
    return boto3.client("s3", config=_CLIENT_SETTINGS)


def find(bucket: str, key: str) -> dict[str, Any] | None:
    """What S3 answers with an object, its `Body` to be read; None where there is none."""
    try:
        found: dict[str, Any] = client().get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise
    return found
