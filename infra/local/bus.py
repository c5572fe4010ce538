"""The event bus on this machine: an event goes to every function whose trigger matches it."""

import logging

from infra import parts, wiring
from infra.local.events import Event, matches
from infra.local.runtime import Invoke
from infra.local.storage import names
from infra.parts import MAIL

logger = logging.getLogger(__name__)


def publish(event: Event, invoke: Invoke) -> None:
    """Calls each function whose `bus` trigger matches the event, one after the other.

    A call that fails is repeated as often as Lambda does it, then logged. There is no dead-letter queue here.
    """
    for function in wiring.FUNCTIONS:
        trigger = function.bus
        if trigger is None:
            continue
        source = MAIL if trigger.about == MAIL else names()[wiring.bucket(trigger.about).setting]
        if not matches(trigger.event_pattern(source), event):
            continue
        for _ in range(parts.ASYNCHRONOUS_RETRIES + 1):
            try:
                invoke(function.name, event)
                break
            except Exception:
                logger.exception("%s failed on an event of the bus", function.name)
