"""A schedule, and operators: re-reads the whole public log and compares it with the certificates, both ways."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.keys import CheckpointKeys
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import answering
from constancia.aws.public_log.audit import AuditStore, CertificateScan
from constancia.aws.public_log.entries import LogEntries
from constancia.aws.public_log.files import LogBucket
from constancia.errors import IncompleteAudit
from constancia.metric_names import LOG_AUDITED, LOG_DIFFERS
from constancia.public_log.audit import PATIENCE, Audit, audit, read_command

SHOWN = 100
"""Findings that an answer and the log of the function name; their number tells the rest."""
CLOSING_S = PATIENCE + 60
"""Seconds that an audit takes from its last page of certificates to the end of a run."""

files = LogBucket()
entries = LogEntries()
certificates = CertificateScan()
keys = CheckpointKeys()
audits = AuditStore()


def run(command: dict[str, Any], more: Callable[[], bool]) -> dict[str, Any]:
    """Goes on with the month's audit, or with the one that a command names.

    Raises:
        IncompleteAudit: the month's last run did not come to the end.
    """
    name, seen = read_command(command, lima.now())
    done = audits.read(name)
    if done is None or not done.finished:
        done = audit(
            files, keys.verifiers, certificates.pages, entries.indexes, time.sleep, earlier=seen, before=done, more=more
        )
        audits.write(name, done)
        tell(done)
    if command.get("last") and not done.finished:
        raise IncompleteAudit(name)
    return {
        "finished": done.finished,
        "size": done.size,
        "certificates": done.records,
        "checkpoint": done.note or None,
        "findings": [finding._asdict() for finding in done.findings[:SHOWN]],
        "found": done.found,
    }


def tell(done: Audit) -> None:
    """Tells operators what differs, and that an audit came to its end."""
    if done.found:
        shown = [finding._asdict() for finding in done.findings[:SHOWN]]
        logger.error("the public log and the certificates differ", extra={"findings": shown})
        count(LOG_DIFFERS)
    if done.finished:
        count(LOG_AUDITED)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point; an operator's event has `audit`, a name, and may have `seen`, a checkpoint they kept."""
    return answering(partial(run, more=lambda: context.get_remaining_time_in_millis() > CLOSING_S * 1000), event)
