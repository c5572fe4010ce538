"""What an institution asks with its key: a hundred answers at once, or a file to be sent, and what becomes of it."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws import api, dynamodb, keys, s3
from constancia.aws.files import BucketFiles
from constancia.aws.institutions import Institutions
from constancia.aws.log import logger, metrics
from constancia.aws.question_lists import StoredAnswers, count_answers
from constancia.aws.quotas import Quotas
from constancia.aws.signed_links import SignedLinks
from constancia.aws.snapshot import prepare
from constancia.verifying.institutions import recognise
from constancia.verifying.list_answers import answer_list
from constancia.verifying.question_files import describe_file, open_file

stored = StoredAnswers()
institutions = Institutions()
quotas = Quotas()
inbox = BucketFiles("INBOX_BUCKET")
links = SignedLinks("INBOX_BUCKET", "INBOX_URL")
app = api.resolver()
prepare(dynamodb.client, keys.client, s3.client, stored.trust.ready)


@app.post("/api/verifications/batch")
def answer() -> Response[str]:
    listed = answer_list(
        api.body_of(app),
        recognise(api.bearer_token(app), institutions),
        lima.now(),
        quotas=quotas,
        sources=stored.sources(),
    )
    count_answers(listed.answers)
    answers = [each.as_json(listed.asked.answer) for each in listed.answers]
    return api.answer({"answers": answers, "quota_left": listed.quota_left})


@app.post("/api/verifications/files")
def send() -> Response[str]:
    body = api.body_of(app)
    opened = open_file(body, recognise(api.bearer_token(app), institutions), lima.now(), inbox=inbox, links=links)
    return api.answer(opened, HTTPStatus.CREATED)


@app.get("/api/verifications/files/<file_id>")
def show(file_id: str) -> Response[str]:
    institution = recognise(api.bearer_token(app), institutions)
    return api.answer(describe_file(file_id, institution, lima.now(), inbox=inbox, links=links))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return api.resolve(app, event, context)
