"""Every five minutes: the service is tried from outside with a known certificate, and what is wrong raises an alarm."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import settings
from constancia.aws.log import count, logger, metrics
from constancia.aws.portal import HttpPortal, solve
from constancia.metric_names import TRIAL_FAILED, TRIAL_PASSED
from constancia.verifying.trial import try_service


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    code, number = settings.text("TRIAL_CODE"), settings.text("TRIAL_DOCUMENT")
    if not code:
        return {"tried": False, "faults": []}
    faults = try_service(code, number, portal=HttpPortal(settings.text("PORTAL_URL")), solve=solve)
    count(TRIAL_FAILED if faults else TRIAL_PASSED)
    if faults:
        logger.error("the service is not well", extra={"faults": faults})
    return {"tried": True, "faults": faults}
