"""AWS End User Messaging on this machine: SMS that were "sent" stay here. moto does not play that service."""

import json
import re
import uuid
from typing import Any

from infra.local.storage import REGION

ADDRESS = re.compile(r"https://sms-voice\.[a-z0-9-]+\.amazonaws\.com/")
OPERATION = "PinpointSMSVoiceV2.SendTextMessage"
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")

sent: list[tuple[int, dict[str, str]]] = []
"""The SMS of the simulated AWS of this process in the form of the outbox, each with the number of e-mails before it."""


def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
    """The answer of the service to one request of botocore: a message is kept, a number that is none is refused."""
    target = request.headers["X-Amz-Target"]
    operation = target.decode() if isinstance(target, bytes) else target
    asked = json.loads(request.body)
    if operation != OPERATION or not NUMBER.fullmatch(asked["DestinationPhoneNumber"]):
        return 400, {}, json.dumps({"__type": "ValidationException", "Message": "not a message"}).encode()
    message = {
        "channel": "sms",
        "from": asked.get("OriginationIdentity", ""),
        "to": asked["DestinationPhoneNumber"],
        "subject": "",
        "text": asked["MessageBody"],
        "html": "",
    }
    # As in `infra.local.views`: moto, which the workers do without.
    from moto.backends import get_backend  # noqa: PLC0415

    sent.append((len(get_backend("ses")["123456789012"][REGION].sent_messages), message))
    return 200, {}, json.dumps({"MessageId": str(uuid.uuid4())}).encode()
