"""The mail service: a message goes out once or not at all."""

from email.message import EmailMessage
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from constancia import settings
from constancia.aws.log import count
from constancia.delivery import Refused
from constancia.notices import notice, recipients

# One try a call: a repeated one after a time-out could send the message twice.
_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


SERVERS_FAULT = 500
"""HTTP statuses from here on."""


@cache
def client() -> Any:
    """The SES client, made on first use."""
    return boto3.client("sesv2", config=_CLIENT_SETTINGS)


class Postman:
    """See `constancia.delivery.Postman`."""

    def send(self, message: EmailMessage) -> None:
        """Sends a message, once.

        Raises:
            Refused: SES said no; nothing was sent. Other failures mean that nobody knows.
        """
        try:
            client().send_email(
                FromEmailAddress=message["From"],
                Destination={"ToAddresses": [message["To"]]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except ClientError as error:
            # An error of the mail service's own (5xx) says nothing of the message: it may have left.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVERS_FAULT:
                raise
            raise Refused from error


def tell_operators(subject: str, text: str) -> None:
    """Sends a notice to each operator; what the mail service refuses is counted and stops nobody's work."""
    for recipient in recipients(settings.text("OPERATORS_MAIL")):
        try:
            Postman().send(notice(settings.text("MAIL_SENDER"), recipient, subject, text))
        except Refused:
            count("NoticeRefused")
