"""Keys of Ed25519 in KMS on this machine: moto plays that service, but not these keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto.kms import models, utils

SPEC, ALGORITHM = "ECC_NIST_EDWARDS25519", "ED25519_SHA_512"


class Key:
    """A private key as moto keeps one."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def sign(self, message: bytes, _algorithm: str) -> bytes:
        """The signature of a message."""
        return self.key.sign(message)

    def public_key(self) -> bytes:
        """The SubjectPublicKeyInfo."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@contextmanager
def played() -> Iterator[None]:
    """Within the block, moto's KMS makes these keys and signs with them."""
    make, specs = utils.generate_private_key, [*utils.KeySpec.key_specs(), SPEC]
    algorithms = vars(models.Key)["signing_algorithms"].fget

    def algorithms_of(key: models.Key) -> list[str]:
        found: list[str] = [ALGORITHM] if key.key_spec == SPEC else algorithms(key)
        return found

    with (
        patch.object(models, "generate_private_key", lambda spec: Key() if spec == SPEC else make(spec)),
        patch.object(utils.KeySpec, "key_specs", lambda: specs),
        patch.object(models.Key, "signing_algorithms", property(algorithms_of)),
    ):
        yield
