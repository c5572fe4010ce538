"""The keys in KMS: they sign without ever leaving it, and it alone says what their public halves are."""

from functools import cache, cached_property
from typing import Any

import boto3
from botocore.config import Config

from constancia import settings
from constancia.attesting import cose
from constancia.attesting.keys import keys_by_id, kid_of
from constancia.attesting.p256 import PublicKey
from constancia.certificate import Certificate
from constancia.public_log.checkpoint import Checkpoint, Verifier, origin_of, verifier_of
from constancia.public_log.tiles import Tree

_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})


@cache
def client() -> Any:
    """The KMS client, made on first use and kept for the life of the process."""
    return boto3.client("kms", config=_CLIENT_SETTINGS)


class SigningKeys:
    """The keys of a setting. The first signs; the public halves of all are known.

    A public half is asked of KMS once in the life of a process, under the key's own name, which comes with the
    deployment: nobody who can write a table or a bucket can put another one in its place.
    """

    def __init__(self, setting: str, algorithm: str) -> None:
        self.ids = settings.text(setting).split()
        self.algorithm = algorithm

    @cached_property
    def public(self) -> list[bytes]:
        """The SubjectPublicKeyInfo (DER) of each key, in the order of the setting."""
        return [client().get_public_key(KeyId=each)["PublicKey"] for each in self.ids]

    def sign(self, message: bytes) -> bytes:
        """The signature of at most 4,096 bytes by the first key, as KMS gives it."""
        # KMS makes the digest itself: moto would digest a digest again.
        answer = client().sign(KeyId=self.ids[0], Message=message, MessageType="RAW", SigningAlgorithm=self.algorithm)
        signature: bytes = answer["Signature"]
        return signature


class CoseKeys(SigningKeys):
    """Keys that sign payloads as COSE_Sign1."""

    def __init__(self, setting: str) -> None:
        super().__init__(setting, "ECDSA_SHA_256")

    @cached_property
    def known(self) -> dict[bytes, PublicKey]:
        """The public keys by their ids."""
        return keys_by_id(self.public)

    def attest(self, payload: bytes) -> bytes:
        """The COSE_Sign1 of a payload, signed by the first key."""
        return cose.attest(kid_of(self.public[0]), payload, self.sign)


class AttestationKeys(CoseKeys):
    """The keys of attestations."""

    def __init__(self) -> None:
        super().__init__("ATTESTATION_KEYS")

    def attest_certificate(self, certificate: Certificate) -> bytes:
        """The attestation of a certificate, signed by the first key."""
        return self.attest(certificate.claims())


class StatusListKeys(CoseKeys):
    """The keys of the status list. None of them is one of attestations: what they sign is no certificate to anybody."""

    def __init__(self) -> None:
        super().__init__("STATES_KEYS")


class SealKeys(SigningKeys):
    """The keys of the seal."""

    def __init__(self) -> None:
        super().__init__("SEAL_KEYS", "RSASSA_PKCS1_V1_5_SHA_256")


class CheckpointKeys(SigningKeys):
    """The keys of the public log's checkpoints, and the log's name, which follows from the address of the portal."""

    def __init__(self) -> None:
        super().__init__("CHECKPOINT_KEYS", "ED25519_SHA_512")
        self.origin = origin_of(settings.text("PORTAL_URL"))

    @cached_property
    def verifiers(self) -> list[Verifier]:
        """Whose signatures of checkpoints are believed: that of the key that signs, then those of earlier ones."""
        return [verifier_of(self.origin, each) for each in self.public]

    def checkpoint(self, tree: Tree) -> str:
        """The signed checkpoint of a tree."""
        return Checkpoint(self.origin, tree.size, tree.root).sign(self.verifiers[0], self.sign)
