"""The certificates stream, and operators: brings each issue, supersession and annulment into the public log, once."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import settings
from constancia.aws.dynamodb import plain
from constancia.aws.keys import CheckpointKeys
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import answering
from constancia.aws.public_log.entries import LogEntries, events_of
from constancia.aws.public_log.files import LogBucket
from constancia.aws.public_log.salts import CertificateSalts
from constancia.aws.public_log.witnesses import cosign
from constancia.metric_names import LOG_ENTRY_UNREADABLE, WITNESS_SILENT
from constancia.public_log.entries import LogEvent
from constancia.public_log.logging_before import log_before
from constancia.public_log.recovery import recover
from constancia.public_log.sequencer import Sequencer
from constancia.public_log.witnesses import read_witnesses

entries, files, keys = LogEntries(), LogBucket(), CheckpointKeys()
sequencer = Sequencer(entries, files, keys.checkpoint)
witnesses = read_witnesses(settings.text("WITNESSES"))
certificates = CertificateSalts()


def read(record: dict[str, Any]) -> tuple[LogEvent, ...]:
    """The events of a changed certificate; one that cannot be read is counted, and holds up no other."""
    try:
        return events_of(plain(record["dynamodb"]["NewImage"]))
    except (KeyError, TypeError, ValueError):
        code = record["dynamodb"]["Keys"]["virtual_code"]["S"]
        logger.exception("a record cannot be brought into the public log", extra={"virtual_code": code})
        count(LOG_ENTRY_UNREADABLE)
        return ()


def state() -> dict[str, Any]:
    """The state of the log, for operators."""
    found = entries.state()
    return {
        "origin": keys.origin,
        "verifier_key": str(keys.verifiers[0]),
        "size": found.tree.size,
        "waiting": len(found.waiting),
        "checkpoint": files.checkpoint(),
    }


def recover_state() -> dict[str, Any]:
    """Brings the state on towards what is published, for operators."""
    recovered, left = recover(files.checkpoint(), keys.verifiers, log=entries, files=files)
    return {"recovered": recovered, "left": left}


def add(command: dict[str, Any]) -> dict[str, Any]:
    return log_before(command, certificates=certificates, append=sequencer.append)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    if "Records" not in event:
        if event.get("recover"):
            return recover_state()
        return answering(add, event) if event else state()
    if sequencer.append(found for record in event["Records"] for found in read(record)):
        for witness in cosign(files, keys.verifiers[0], witnesses):
            logger.warning("a witness gives no cosignature", extra={"witness": witness.verifier.name})
            count(WITNESS_SILENT)
    return {"batchItemFailures": []}
