"""Links to the objects of a bucket: whoever has one reads or writes one object, for a while.

They are signed from the function's credentials, so that no S3 client is made for them. S3 ends a link with the
credentials that signed it, however long it would be good: those of a function last for some hours.
"""

from datetime import timedelta
from urllib.parse import quote

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError

from constancia import settings


class SignedLinks:
    """The links of one bucket.

    Args:
        bucket: the setting that names it.
        address: the setting that says where the links lead; empty for the bucket itself.
    """

    def __init__(self, bucket: str, address: str) -> None:
        self.session = boto3.Session()
        self.region = self.session.region_name
        name = settings.text(bucket)
        self.origin = settings.text(address) or f"https://{name}.s3.{self.region}.amazonaws.com"

    def to_fetch(self, key: str, filename: str, lifetime: timedelta) -> str:
        """A link that downloads an object under a name."""
        disposition = quote(f'attachment; filename="{filename}"', safe="")
        address = f"{self.origin}/{quote(key)}?response-content-disposition={disposition}"
        return self._signed(AWSRequest("GET", address), lifetime)

    def to_send(self, key: str, headers: dict[str, str], lifetime: timedelta) -> str:
        """A link by which an object is put there, with these headers and no others in their place."""
        return self._signed(AWSRequest("PUT", f"{self.origin}/{quote(key)}", headers), lifetime)

    def _signed(self, request: AWSRequest, lifetime: timedelta) -> str:
        credentials = self.session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        # Credentials that are renewed between two reads of them would sign a link that S3 refuses.
        frozen = credentials.get_frozen_credentials()
        S3SigV4QueryAuth(frozen, "s3", self.region, expires=int(lifetime.total_seconds())).add_auth(request)
        return str(request.url)
