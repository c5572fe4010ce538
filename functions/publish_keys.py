"""`GET /.well-known/…`: the public keys of attestations, public log and status list, and the chain of the seal."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.attesting.keys import jwks
from constancia.attesting.seal_certificate import write_pem
from constancia.aws import api, keys, s3
from constancia.aws.keys import AttestationKeys, CheckpointKeys, SealKeys, StatusListKeys
from constancia.aws.log import logger, metrics
from constancia.aws.seals import PEM, SealChains
from constancia.aws.snapshot import prepare
from constancia.errors import TemporarilyUnavailable
from constancia.json_text import encode

KEY_SET, VERIFIER_KEY = "application/jwk-set+json", "text/plain; charset=utf-8"
CACHED = {"Cache-Control": "public, max-age=300"}
"""Five minutes: so long a key that is new must be known before it signs."""

attestation_keys = AttestationKeys()
seal_keys = SealKeys()
checkpoint_keys = CheckpointKeys()
status_list_keys = StatusListKeys()
chains = SealChains(seal_keys)
prepare(
    keys.client,
    s3.client,
    lambda: (attestation_keys.known, seal_keys.public, checkpoint_keys.verifiers, status_list_keys.known),
)
app = api.resolver()


@app.get("/.well-known/jwks.json")
def key_set() -> Response[str]:
    return Response(HTTPStatus.OK, KEY_SET, encode(jwks(attestation_keys.known)), dict(CACHED))


@app.get("/.well-known/sello.pem")
def chain() -> Response[str]:
    """The chain of the key that seals, and after it those of earlier keys, whose seals stay good."""
    found = [each for key in seal_keys.public for each in chains.chain(key) or ()]
    if not found:
        raise TemporarilyUnavailable
    return Response(HTTPStatus.OK, PEM, write_pem("CERTIFICATE", found), dict(CACHED))


@app.get("/.well-known/log.vkey")
def log_key() -> Response[str]:
    """The verifier keys of the public log, a line each, in the form of C2SP's signed notes; the first one signs.

    The others signed earlier checkpoints, one of which may still be the newest, or will sign the next ones.
    """
    lines = "".join(f"{each}\n" for each in checkpoint_keys.verifiers)
    return Response(HTTPStatus.OK, VERIFIER_KEY, lines, dict(CACHED))


@app.get("/.well-known/states-jwks.json")
def status_list_key_set() -> Response[str]:
    """Of the status list alone, so that nobody takes what these keys sign for a certificate."""
    return Response(HTTPStatus.OK, KEY_SET, encode(jwks(status_list_keys.known)), dict(CACHED))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
