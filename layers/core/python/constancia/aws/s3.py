"""The bucket of the PDFs: written once, read by links of 60 seconds."""

from functools import cache
from typing import Any
from urllib.parse import quote

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError, NoCredentialsError

from constancia import settings

LINK_LIFETIME = 60
"""Seconds."""

_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> Any:
    """The S3 client, made on first use."""
    return boto3.client("s3", config=_CLIENT_SETTINGS)


class Archive:
    """Where the PDFs are, each written once: see `constancia.issuance.Archive`."""

    def __init__(self) -> None:
        self.bucket = settings.text("PDFS_BUCKET")

    def store(self, key: str, pdf: bytes) -> bytes:
        """Stores the PDF unless there is one under the key; gives the one that is there."""
        try:
            client().put_object(Bucket=self.bucket, Key=key, Body=pdf, ContentType="application/pdf", IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            stored: bytes = client().get_object(Bucket=self.bucket, Key=key)["Body"].read()
            return stored
        return pdf


class Downloads:
    """Links to the PDFs. Signed here, from the function's credentials, so that no S3 client is made for them."""

    def __init__(self) -> None:
        bucket = settings.text("PDFS_BUCKET")
        self.session = boto3.Session()
        self.region = self.session.region_name
        self.origin = settings.text("DOWNLOADS_URL") or f"https://{bucket}.s3.{self.region}.amazonaws.com"

    def link(self, key: str, filename: str) -> str:
        """An address that downloads the PDF as `filename` for 60 seconds."""
        disposition = quote(f'attachment; filename="{filename}"', safe="")
        signed = AWSRequest("GET", f"{self.origin}/{quote(key)}?response-content-disposition={disposition}")
        credentials = self.session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        S3SigV4QueryAuth(credentials, "s3", self.region, expires=LINK_LIFETIME).add_auth(signed)
        return str(signed.url)
