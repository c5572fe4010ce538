"""The bucket of the PDFs: each is written once and read by links of 60 seconds."""

import hashlib
from urllib.parse import quote

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, NoCredentialsError

from constancia import settings
from constancia.aws.s3 import EXISTS, MISSING, client
from constancia.certificate import Certificate, filename

LINK_LIFETIME = 60
"""Seconds."""


class PdfBucket:
    """The stored PDFs: see `constancia.certifying.issuance.PdfArchive`."""

    def __init__(self) -> None:
        self.bucket = settings.text("PDFS_BUCKET")

    def store(self, key: str, pdf: bytes) -> bytes:
        """Stores a PDF unless there is one under the key already; gives the one that is stored."""
        try:
            client().put_object(Bucket=self.bucket, Key=key, Body=pdf, ContentType="application/pdf", IfNoneMatch="*")
        except ClientError as error:
            if error.response["Error"]["Code"] not in EXISTS:
                raise
            return self._read(key)
        return pdf

    def digest(self, key: str) -> str | None:
        """The SHA-256 of a stored PDF: see `constancia.certifying.attesting_before.StoredPdfs`."""
        try:
            return hashlib.sha256(self._read(key)).hexdigest()
        except ClientError as error:
            if error.response["Error"]["Code"] in (*MISSING, "AccessDenied"):
                return None
            raise

    def _read(self, key: str) -> bytes:
        stored: bytes = client().get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return stored


class PdfLinks:
    """Links to the PDFs. They are signed from the function's credentials, so that no S3 client is made for them."""

    def __init__(self) -> None:
        bucket = settings.text("PDFS_BUCKET")
        self.session = boto3.Session()
        self.region = self.session.region_name
        self.origin = settings.text("DOWNLOADS_URL") or f"https://{bucket}.s3.{self.region}.amazonaws.com"

    def link(self, certificate: Certificate) -> str:
        """An address that downloads the PDF of a certificate for 60 seconds, under a name that tells its code."""
        disposition = quote(f'attachment; filename="{filename(certificate.virtual_code)}"', safe="")
        address = f"{self.origin}/{quote(certificate.pdf_key)}?response-content-disposition={disposition}"
        signed = AWSRequest("GET", address)
        credentials = self.session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        # Credentials that are renewed between two reads of them would sign a link that S3 refuses.
        frozen = credentials.get_frozen_credentials()
        S3SigV4QueryAuth(frozen, "s3", self.region, expires=LINK_LIFETIME).add_auth(signed)
        return str(signed.url)
