"""`POST /api/verifications/batch`: up to a hundred answers to an institution that has a key."""

from collections import Counter
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima, settings
from constancia.aws import api, dynamodb, keys
from constancia.aws.abuse_protection import AbuseProtection
from constancia.aws.attempts import Attempts
from constancia.aws.event_log import EventLog
from constancia.aws.institutions import Institutions
from constancia.aws.log import count, logger, metrics
from constancia.aws.question_lists import CertificateLists
from constancia.aws.quotas import Quotas
from constancia.aws.replicas import SchoolRecordReplica
from constancia.aws.snapshot import prepare
from constancia.aws.trust import KeyTrust, RecordChanges
from constancia.metric_names import INSTITUTION_ANSWERED, INSTITUTION_MISSED
from constancia.verifying.institutions import recognise
from constancia.verifying.list_answers import answer_list
from constancia.verifying.question_lists import NOT_FOUND, TOO_MANY_ATTEMPTS

events = EventLog()
school_records = SchoolRecordReplica()
certificates = CertificateLists(Attempts(), school_records, events)
institutions = Institutions()
quotas = Quotas()
protection = AbuseProtection("VERIFICATION")
changes = RecordChanges(school_records)
trusted = KeyTrust()
app = api.resolver()
prepare(dynamodb.client, keys.client, trusted.ready)


@app.post("/api/verifications/batch")
def answer() -> Response[str]:
    listed = answer_list(
        api.body_of(app),
        recognise(api.bearer_token(app), institutions),
        lima.now(),
        limiter=protection.limiter,
        quotas=quotas,
        certificates=certificates,
        trust=trusted,
        records_changed_on=changes.since if settings.text("TELL_CORRECTIONS") == "yes" else None,
    )
    statuses = Counter(each.status for each in listed.answers)
    count(INSTITUTION_ANSWERED, number=sum(each.verified is not None for each in listed.answers))
    count(INSTITUTION_MISSED, number=statuses[NOT_FOUND] + statuses[TOO_MANY_ATTEMPTS])
    answers = [{**each.as_json(listed.asked.answer), **api.errors_of(each.question.errors)} for each in listed.answers]
    return api.answer({"answers": answers, "quota_left": listed.quota_left})


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
