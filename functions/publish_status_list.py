"""A schedule: renews the signed list of annulled and superseded certificates; with `since`, a day, it is made anew."""

from datetime import datetime, time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.certificates import Certificates
from constancia.aws.event_log import EventLog
from constancia.aws.keys import StatusListKeys
from constancia.aws.log import logger
from constancia.aws.status_list import StatusListFile
from constancia.verifying.status_list import renew

published, events, certificates, keys = StatusListFile(), EventLog(), Certificates(), StatusListKeys()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    since = event.get("since")
    renewed = renew(
        lima.now(),
        since=datetime.combine(datetime.fromisoformat(since), time(), lima.LIMA) if since else None,
        published=published,
        events=events,
        certificates=certificates,
        keys=keys.known,
        attest=keys.attest,
    )
    return {
        "since": renewed.since.isoformat(),
        "annulled": len(renewed.annulled),
        "superseded": len(renewed.superseded),
        "superseded_from": renewed.superseded_from,
    }
