"""Every five minutes: the service is tried from outside with a known certificate; what is wrong raises an alarm.

Pages tell it in one line, and what the event log says of the last minutes.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.event_log import EventLog
from constancia.aws.log import count, logger, metrics
from constancia.aws.portal import HttpPortal, solve
from constancia.aws.service_state import ServiceStateFile
from constancia.metric_names import TRIAL_FAILED, TRIAL_PASSED
from constancia.verifying.service_state import NAMES, SERVICE, WINDOW, publish_state, what_is_down
from constancia.verifying.trial import try_service

events = EventLog()
published = ServiceStateFile()


def faults_found(code: str) -> list[str]:
    """What is wrong when a known certificate is verified as a browser does it."""
    number = settings.text("TRIAL_DOCUMENT")
    faults = try_service(code, number, portal=HttpPortal(settings.text("PORTAL_URL")), solve=solve)
    count(TRIAL_FAILED if faults else TRIAL_PASSED)
    if faults:
        logger.error("the service is not well", extra={"faults": faults})
    return faults


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    code = settings.text("TRIAL_CODE")
    faults = faults_found(code) if code else []
    moment = lima.now()
    # Where the service does not answer, the event log may not either.
    recent = events.events_since(moment - WINDOW, moment, NAMES, ("reason", "assurance"))
    down = SERVICE if faults else what_is_down(recent)
    publish_state(down, moment, published)
    return {"tried": bool(code), "faults": faults, "down": down}
