"""A P-256 key of the test's own, as KMS would hold it."""

from constancia.attesting import p256
from constancia.attesting.keys import kid_of, read_public_key
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WORKED_EXAMPLE = 20261123
"""The private key of the vectors in docs/attestation.md; it signs nothing else."""


class SigningKey:
    """A private key, its public key and its id."""

    def __init__(self, number: int | None = None) -> None:
        made = ec.derive_private_key(number, ec.SECP256R1()) if number else ec.generate_private_key(ec.SECP256R1())
        self.private: ec.EllipticCurvePrivateKey = made
        self.info = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.kid = kid_of(self.info)
        self.public: p256.PublicKey = read_public_key(self.info)

    def sign_otherwise(self, message: bytes) -> bytes:
        """Signs as `sign` does, with another signature each time."""
        return self.private.sign(message, ec.ECDSA(SHA256()))

    def sign(self, message: bytes) -> bytes:
        """Signs as KMS does, by ECDSA with SHA-256 in ASN.1, and always the same."""
        return self.private.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
