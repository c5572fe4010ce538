"""The certificates stream: each newly issued certificate is announced by e-mail, once."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws.api import verify_url
from constancia.aws.dynamodb import EventLog, MailStates, plain, read_certificate
from constancia.aws.log import count, logger, metrics
from constancia.aws.ses import Postman
from constancia.delivery import deliver

states = MailStates(EventLog())
postman = Postman()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def announce(record: DynamoDBRecord) -> None:
    """Sends the e-mail of one issued certificate."""
    certificate = read_certificate(plain(record.raw_event["dynamodb"]["NewImage"]))
    sent = deliver(
        certificate,
        lima.now(),
        states=states,
        postman=postman,
        verify_url=verify_url(certificate.virtual_code),
        sender=settings.text("MAIL_SENDER"),
    )
    if sent:
        count("MailSent")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return process_partial_response(event, announce, processor, context)  # type: ignore[return-value]
