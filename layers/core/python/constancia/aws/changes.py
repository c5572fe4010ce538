"""Changes of a table as its stream brings them: each is brought to an end, in order, or comes again for a day.

Whatever may pass, such as a mail service that takes no more messages today, leaves the change where it is: Lambda
brings it again, and those behind it wait. What cannot pass, or has not passed in time, is left to operators as a dead
letter that names the virtual code.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from constancia import lima
from constancia.aws.dynamodb import ConditionFailed, Item, plain
from constancia.aws.log import logger
from constancia.errors import MailDeferred, TemporarilyUnavailable

PATIENCE = timedelta(hours=23)
"""How long a change comes again. DynamoDB keeps it for 24 hours, after which nobody could name what was lost."""
PAUSE = 1.0
"""Seconds to wait before a message that the mail service did not take is brought again: its limit is by the second."""
PASSING = (ClientError, BotoCoreError, MailDeferred, TemporarilyUnavailable, ConditionFailed)
"""What a further try of a change may not meet again. A condition fails where a write took effect and its answer was
lost: the next try finds what was written."""
WAITED, UNREADABLE = "waited", "unreadable"
"""Why a change is left to operators: it came again for `PATIENCE`, or no further try could end otherwise."""


class Change(NamedTuple):
    """One change of a certificate: its virtual code, its moment in Lima, and the item before and after."""

    virtual_code: str
    moment: datetime
    old: Item
    new: Item


def follow(
    event: dict[str, Any],
    act: Callable[[Change], None],
    leave: Callable[[str, str], None],
    *,
    now: Callable[[], datetime] = lima.now,
    wait: Callable[[float], object] = time.sleep,
) -> dict[str, Any]:
    """Acts on each change of a stream's event up to the first that must come again, which the answer names.

    Args:
        event: as Lambda brings it. The answer is a partial batch response.
        act: brings one change to an end.
        leave: leaves a virtual code to operators, with the reason.
        now: the time in Lima.
        wait: passes some seconds.

    Raises:
        ClientError, BotoCoreError: a change could not even be left to operators. Lambda brings all of them again.
    """
    for record in event["Records"]:
        change = record["dynamodb"]
        code = change["Keys"]["virtual_code"]["S"]
        moment = datetime.fromtimestamp(change["ApproximateCreationDateTime"], lima.LIMA)
        try:
            act(Change(code, moment, plain(change.get("OldImage", {})), plain(change.get("NewImage", {}))))
        except PASSING as error:
            logger.warning("a change must come again", extra={"error": type(error).__name__})
            if now() - moment < PATIENCE:
                if isinstance(error, MailDeferred):
                    wait(PAUSE)
                return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
            leave(code, WAITED)
        except Exception as error:
            logger.error("a change cannot be read", extra={"error": type(error).__name__})
            leave(code, UNREADABLE)
    return {"batchItemFailures": []}
