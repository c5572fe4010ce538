"""The bucket of the line that pages show while something does not work; each takes the place of the one before."""

import json
from typing import Any

from constancia import settings
from constancia.aws.s3 import client, find
from constancia.json_text import encode

KEY = "estado.json"
"""The object's key, which is its address as well."""
CACHING = "public, max-age=60"


class ServiceStateFile:
    """The published line: see `constancia.verifying.service_state.ServiceStateRepository`."""

    def __init__(self) -> None:
        self.bucket = settings.text("SERVICE_STATE_BUCKET")

    def read(self) -> dict[str, Any] | None:
        """What is published, or None before the first time."""
        found = find(self.bucket, KEY)
        return json.loads(found["Body"].read()) if found else None

    def publish(self, state: dict[str, Any]) -> None:
        """Puts a state in its place."""
        client().put_object(
            Bucket=self.bucket,
            Key=KEY,
            Body=encode(state).encode(),
            ContentType="application/json",
            CacheControl=CACHING,
        )
