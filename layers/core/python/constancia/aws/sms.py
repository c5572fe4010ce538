"""The SMS service (AWS End User Messaging): a message leaves once or not at all."""

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from constancia import settings
from constancia.aws.mail import SERVER_ERROR
from constancia.errors import MailRejected

# One try a call: a repeated one after a time-out could send the message twice.
_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


@cache
def client() -> Any:
    """The client of the SMS service, made on first use and kept for the life of the process."""
    return boto3.client("pinpoint-sms-voice-v2", config=_CLIENT_SETTINGS)


def send_sms(phone: str, text: str) -> None:
    """Sends a message to a telephone number (E.164), once.

    Raises:
        MailRejected: the service said no, and nothing was sent. After any other error nobody knows.
    """
    origination = settings.text("SMS_ORIGINATION")
    identity = {"OriginationIdentity": origination} if origination else {}
    try:
        client().send_text_message(
            DestinationPhoneNumber=phone, MessageBody=text, MessageType="TRANSACTIONAL", **identity
        )
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_ERROR:
            raise
        raise MailRejected from error
