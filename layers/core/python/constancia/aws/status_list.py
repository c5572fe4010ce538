"""The bucket of the status list, which everybody reads; each list takes the place of the one before."""

from constancia import settings
from constancia.aws.s3 import client, find

KEY = ".well-known/anuladas"
"""The object's key, which is its address as well."""
CACHING = "public, max-age=300"


class StatusListFile:
    """The published list: see `constancia.verifying.status_list.PublishedList`."""

    def __init__(self) -> None:
        self.bucket = settings.text("STATUS_LIST_BUCKET")

    def read(self) -> bytes | None:
        """The list that is published, or None before the first."""
        found = find(self.bucket, KEY)
        return found["Body"].read() if found else None

    def publish(self, document: bytes) -> None:
        """Puts a list in its place."""
        client().put_object(
            Bucket=self.bucket, Key=KEY, Body=document, ContentType="application/cbor", CacheControl=CACHING
        )
