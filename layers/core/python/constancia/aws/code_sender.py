"""Confirmation codes on their way: by e-mail or SMS, whichever the contact on record is."""

from email.message import EmailMessage

from botocore.exceptions import BotoCoreError, ClientError

from constancia import settings
from constancia.asking.codes import SUBJECT, write_email, write_sms
from constancia.aws.log import count
from constancia.aws.mail import SesMailer
from constancia.aws.sms import send_sms
from constancia.contact import SMS_CHANNEL, Destination
from constancia.errors import MailRejected
from constancia.metric_names import CODE_NOT_SENT


class MessageSender:
    """Both services: see `constancia.asking.codes.CodeSender`."""

    def send(self, destination: Destination, code: str) -> bool:
        """Sends a code, once; False if the service said no. A code that may have left counts as sent."""
        try:
            if destination.channel == SMS_CHANNEL:
                send_sms(destination.address, write_sms(code))
            else:
                SesMailer().send(_email(destination.address, code))
        except MailRejected:
            count(CODE_NOT_SENT)
            return False
        except (BotoCoreError, ClientError):
            # It may have left: the citizen sees whether it comes, and can ask for another.
            count(CODE_NOT_SENT)
        return True


def _email(address: str, code: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.text("MAIL_SENDER")
    message["To"] = address
    message["Subject"] = SUBJECT
    message.set_content(write_email(code))
    return message
