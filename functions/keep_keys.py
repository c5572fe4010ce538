"""Called by operators: which keys there are, the request for a certificate of the seal, a chain to install."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.keys import AttestationKeys, CheckpointKeys, SealKeys, StatusListKeys
from constancia.aws.log import logger
from constancia.aws.operators import answering
from constancia.aws.seals import SealChains
from constancia.certifying.key_keeping import keep_keys

seal_keys = SealKeys()
keep = partial(
    keep_keys,
    attestation=AttestationKeys(),
    seal=seal_keys,
    checkpoint=CheckpointKeys(),
    status_list=StatusListKeys(),
    chains=SealChains(seal_keys),
)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(keep, event)
