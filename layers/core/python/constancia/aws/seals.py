"""The bucket of the seal's certificate chains, by key: `KID.pem`, and beside it the request for one, `KID.csr.pem`.

What is read is used only if it is of a key that KMS names, so whoever can write the bucket can hinder, and cannot lie.
"""

import time

from botocore.exceptions import ClientError

from constancia import settings
from constancia.attesting.keys import kid_of
from constancia.attesting.seal_certificate import (
    check_chain,
    issue_to_itself,
    read_pem,
    request_of,
    write_pem,
)
from constancia.aws.keys import SealKeys
from constancia.aws.s3 import EXISTS, client, find
from constancia.lima import now

PEM = "application/x-pem-file"
FRESH = 300.0
"""Seconds for which a chain that was read is not read again."""


class SealChains:
    """The certificate chains of the seal's keys."""

    def __init__(self, keys: SealKeys) -> None:
        self.bucket = settings.text("SEALS_BUCKET")
        self.keys = keys
        self._kept: tuple[float, tuple[bytes, ...]] | None = None

    def chain(self, key: bytes) -> list[bytes] | None:
        """The chain of a key (its SubjectPublicKeyInfo) in DER, or None where none was ever kept.

        Raises:
            InvalidChain: what is kept is not a chain of that key.
        """
        text = self._read(f"{kid_of(key).hex()}.pem")
        if text is None:
            return None
        chain = read_pem(text)
        check_chain(chain, key)
        return chain

    def request(self, key: bytes) -> str | None:
        """The request for a certificate of a key in PEM, or None before the key was first used."""
        return self._read(f"{kid_of(key).hex()}.csr.pem")

    def current(self) -> tuple[bytes, ...]:
        """The chain of the key that seals; a new one reaches every copy of a function in five minutes.

        Raises:
            InvalidChain: what is kept is not a chain of that key.
        """
        if self._kept is None or time.time() - self._kept[0] >= FRESH:
            self._kept = (time.time(), tuple(self._find_or_make(self.keys.public[0])))
        return self._kept[1]

    def _find_or_make(self, key: bytes) -> list[bytes]:
        """The chain of a key. The first time, the key issues a certificate to itself and asks for another."""
        chain = self.chain(key)
        if chain is None:
            # The request first: where there is a chain, there is a request.
            self._put(f"{kid_of(key).hex()}.csr.pem", "CERTIFICATE REQUEST", [request_of(key, self.keys.sign)])
            made = issue_to_itself(key, now().date(), self.keys.sign)
            self._put(f"{kid_of(key).hex()}.pem", "CERTIFICATE", [made], once=True)
            # Another copy of the function may have been faster.
            chain = self.chain(key) or [made]
        return chain

    def install(self, key: bytes, chain: list[bytes]) -> None:
        """Keeps a chain, which was checked, in place of the one before."""
        self._put(f"{kid_of(key).hex()}.pem", "CERTIFICATE", chain)

    def _read(self, name: str) -> str | None:
        found = find(self.bucket, name)
        return found["Body"].read().decode() if found else None

    def _put(self, name: str, kind: str, values: list[bytes], *, once: bool = False) -> None:
        condition = {"IfNoneMatch": "*"} if once else {}
        body = write_pem(kind, values).encode()
        try:
            client().put_object(Bucket=self.bucket, Key=name, Body=body, ContentType=PEM, **condition)
        except ClientError as error:
            if not once or error.response["Error"]["Code"] not in EXISTS:
                raise
