"""A schedule, and operators: re-reads the whole public log and compares it with the certificates, both ways."""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia.aws.keys import CheckpointKeys
from constancia.aws.log import count, logger, metrics
from constancia.aws.public_log.audit import CertificateScan
from constancia.aws.public_log.entries import LogEntries
from constancia.aws.public_log.files import LogBucket
from constancia.metric_names import LOG_AUDITED, LOG_DIFFERS
from constancia.public_log.audit import audit

SHOWN = 100
"""Findings that an answer and the log of the function name; their number tells the rest."""

files = LogBucket()
entries = LogEntries()
certificates = CertificateScan()
keys = CheckpointKeys()


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point; an operator's event may have `seen`, the checkpoint that their console saw last."""
    done = audit(files, keys.verifiers, certificates.records(), entries.indexes, time.sleep, earlier=event.get("seen"))
    shown = [finding._asdict() for finding in done.findings[:SHOWN]]
    if done.findings:
        logger.error("the public log and the certificates differ", extra={"findings": shown})
        count(LOG_DIFFERS)
    count(LOG_AUDITED)
    return {
        "size": done.size,
        "certificates": done.records,
        "checkpoint": files.checkpoint(),
        "findings": shown,
        "found": len(done.findings),
    }
