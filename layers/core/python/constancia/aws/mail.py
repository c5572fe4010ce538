"""The mail service (SES): a message leaves once or not at all."""

import secrets
from email.message import EmailMessage
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from constancia import settings
from constancia.aws.files import BucketFiles
from constancia.aws.log import count
from constancia.errors import MailDeferred, MailRejected
from constancia.metric_names import NOTICE_REFUSED
from constancia.reporting.notices import notice, recipients

# One try a call: a repeated one after a time-out could send the message twice.
_CLIENT_SETTINGS = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})

PERMANENT = ("MessageRejected", "BadRequestException")
"""The errors that a further try of the same message gets too (Amazon SES API v2 reference, "SendEmail"). All others
speak of our account, such as `TooManyRequestsException`, `LimitExceededException` and `SendingPausedException`."""
LIMITS = ("Maximum sending rate exceeded", "Daily message quota exceeded")
"""How SES words its limits, whatever the error (Amazon SES developer guide, "Errors related to the sending quotas")."""
SERVER_ERROR = 500
"""The first HTTP status of an error of the service itself."""


@cache
def client() -> Any:
    """The SES client, made on first use and kept for the life of the process."""
    return boto3.client("sesv2", config=_CLIENT_SETTINGS)


class SesMailer:
    """The mail service: see `constancia.certifying.delivery.Mailer`."""

    def send(self, message: EmailMessage) -> None:
        """Sends a message, once.

        Raises:
            MailDeferred: SES takes no message now, or not from us; nothing was sent.
            MailRejected: SES said no to this message, and nothing was sent. After any other error nobody knows.
        """
        try:
            client().send_email(
                FromEmailAddress=message["From"],
                Destination={"ToAddresses": [message["To"]]},
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except ClientError as error:
            # An error of the mail service's own (5xx) says nothing of the message: it may have left.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_ERROR:
                raise
            said = error.response["Error"]
            if said["Code"] not in PERMANENT or any(limit in said.get("Message", "") for limit in LIMITS):
                raise MailDeferred from error
            raise MailRejected from error


def notify_operators_once(claims: BucketFiles, key: str, subject: str, text: str) -> None:
    """Sends a notice to each operator, once, whatever repeats the call.

    Args:
        claims: the bucket where the notice is claimed before it is sent, so that it is never sent twice.
        key: identifies the notice. A claim that an earlier call left without its end is counted, as `notify_operators`
            counts a notice that did not leave.
        subject: of the e-mail.
        text: of the e-mail.
    """
    claim = {"by": secrets.token_hex(8), "sent": False}
    # A try of the same call that S3 took and whose answer was lost is recognised by its claim.
    if not claims.put(key, claim, once=True) and (earlier := claims.get(key)) != claim:
        if not earlier["sent"]:
            count(NOTICE_REFUSED)
        return
    notify_operators(subject, text)
    claims.put(key, {**claim, "sent": True})


def notify_operators(subject: str, text: str) -> None:
    """Sends a notice to each operator. One that did not leave, or perhaps did not, is counted and stops no work."""
    for recipient in recipients(settings.text("OPERATORS_MAIL")):
        try:
            SesMailer().send(notice(settings.text("MAIL_SENDER"), recipient, subject, text))
        except (MailRejected, BotoCoreError, ClientError):
            count(NOTICE_REFUSED)
