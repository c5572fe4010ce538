"""The bucket of the PDFs: each is written once and read by links of 60 seconds."""

import hashlib
from datetime import timedelta

from botocore.exceptions import ClientError

from constancia import settings
from constancia.aws.s3 import EXISTS, MISSING, client
from constancia.aws.signed_links import SignedLinks
from constancia.certificate import Certificate, filename

LINK_LIFETIME = timedelta(seconds=60)


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
    """Links to the PDFs."""

    def __init__(self) -> None:
        self.links = SignedLinks("PDFS_BUCKET", "DOWNLOADS_URL")

    def link(self, certificate: Certificate) -> str:
        """An address that downloads the PDF of a certificate for 60 seconds, under a name that tells its code."""
        return self.links.to_fetch(certificate.pdf_key, filename(certificate.virtual_code), LINK_LIFETIME)
