"""The bucket of the status list, which everybody reads; each list takes the place of the one before."""

from botocore.exceptions import ClientError

from constancia import settings
from constancia.aws.s3 import MISSING, client

KEY = ".well-known/anuladas"
"""The object's key, which is its address as well."""
CACHING = "public, max-age=300"


class StatusListFile:
    """The published list: see `constancia.verifying.status_list.PublishedList`."""

    def __init__(self) -> None:
        self.bucket = settings.text("STATUS_LIST_BUCKET")

    def read(self) -> bytes | None:
        """The list that is published, or None before the first."""
        try:
            found: bytes = client().get_object(Bucket=self.bucket, Key=KEY)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return found

    def publish(self, document: bytes) -> None:
        """Puts a list in its place."""
        client().put_object(
            Bucket=self.bucket, Key=KEY, Body=document, ContentType="application/cbor", CacheControl=CACHING
        )
