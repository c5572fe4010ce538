"""What operators do with the keys: see which there are, take the request for a certificate, install what came back."""

from typing import Any, Protocol

from constancia.attesting.keys import base64url, kid_of
from constancia.attesting.seal_certificate import InvalidChain, check_chain, read_certificate, read_pem
from constancia.errors import ChainRefused
from constancia.fields import Fields
from constancia.public_log.checkpoint import Verifier

LIST, REQUEST, INSTALL = "list", "request", "install"
COMMANDS = (LIST, REQUEST, INSTALL)
LONGEST_CHAIN = 32 * 1024
"""Characters."""


class PublicKeys(Protocol):
    """The public halves of keys, the one that signs first."""

    @property
    def public(self) -> list[bytes]:
        """The SubjectPublicKeyInfo of each."""
        ...


class ChainRepository(Protocol):
    """The certificate chains of the seal's keys."""

    def chain(self, key: bytes) -> list[bytes] | None:
        """The chain of a key in DER, or None."""
        ...

    def request(self, key: bytes) -> str | None:
        """The request for a certificate of a key in PEM, or None before the key was first used."""
        ...

    def install(self, key: bytes, chain: list[bytes]) -> None:
        """Keeps a chain, which was checked, in place of the one before."""
        ...


class LogKeys(Protocol):
    """The keys of the public log's checkpoints."""

    @property
    def verifiers(self) -> list[Verifier]:
        """What their signatures are checked with, that of the key that signs first."""
        ...


def keep_keys(
    command: dict[str, Any],
    *,
    attestation: PublicKeys,
    seal: PublicKeys,
    checkpoint: LogKeys,
    status_list: PublicKeys,
    chains: ChainRepository,
) -> dict[str, Any]:
    """What a command of an operator about the keys gives.

    Args:
        command: a JSON object with `command`: `list`, `request`, or `install` with `chain` in PEM.
        attestation: the keys of attestations.
        seal: the keys of the seal.
        checkpoint: the keys of the public log.
        status_list: the keys of the list of annulled and superseded certificates.
        chains: the chains of the seal's keys.

    Raises:
        InvalidFields: the command is none of these, or `chain` is missing.
        ChainRefused: the chain is not one of the key that seals.
    """
    fields = Fields(command)
    wanted = fields.choice("command", COMMANDS)
    text = fields.text("chain", LONGEST_CHAIN) if wanted == INSTALL else ""
    fields.check()
    if wanted == REQUEST:
        return {"request": chains.request(seal.public[0])}
    if wanted == INSTALL:
        _install(text, seal.public[0], chains)
    return {
        "attestation": _named(attestation),
        "seal": [_seal(key, chains.chain(key), signs=place == 0) for place, key in enumerate(seal.public)],
        "checkpoint": [
            {"verifier_key": str(verifier), "signs": place == 0} for place, verifier in enumerate(checkpoint.verifiers)
        ],
        "states": _named(status_list),
    }


def _named(keys: PublicKeys) -> list[dict[str, Any]]:
    return [{"kid": base64url(kid_of(key)), "signs": place == 0} for place, key in enumerate(keys.public)]


def _install(text: str, key: bytes, chains: ChainRepository) -> None:
    try:
        chain = read_pem(text)
        check_chain(chain, key)
    except InvalidChain as error:
        raise ChainRefused(str(error)) from error
    chains.install(key, chain)


def _seal(key: bytes, chain: list[bytes] | None, *, signs: bool) -> dict[str, Any]:
    found = read_certificate(chain[0]) if chain else None
    return {
        "kid": base64url(kid_of(key)),
        "signs": signs,
        "certificates": len(chain or ()),
        "self_issued": found.self_issued if found else None,
        "ends": found.ends.isoformat() if found else None,
    }
