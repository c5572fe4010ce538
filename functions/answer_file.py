"""A file of questions of an institution, in three steps that only the workflow may call: plan, answer parts, finish."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import lima
from constancia.aws.files import BucketFiles
from constancia.aws.institutions import Institutions
from constancia.aws.log import logger, metrics
from constancia.aws.question_lists import StoredAnswers, count_answers
from constancia.aws.quotas import Quotas
from constancia.loading.lines import Batch
from constancia.verifying.file_answers import QuestionFileWorkflow
from constancia.verifying.institutions import Institution
from constancia.verifying.list_answers import answer_questions
from constancia.verifying.question_lists import ListAnswer, ListedQuestion

stored = StoredAnswers()


def answer(
    questions: tuple[ListedQuestion, ...], institution: Institution, moment: datetime, call: str
) -> tuple[ListAnswer, ...]:
    answers = answer_questions(questions, institution, moment, call, stored.sources())
    count_answers(answers)
    return answers


answerer = QuestionFileWorkflow(BucketFiles("INBOX_BUCKET"), Institutions(), Quotas(), answer)


def plan(event: dict[str, Any]) -> dict[str, Any]:
    return answerer.plan(event["key"])


def batch(event: dict[str, Any]) -> dict[str, Any]:
    return {"answered": answerer.batch(event["load"], Batch(**event["batch"]), lima.now())}


def finish(event: dict[str, Any]) -> dict[str, Any]:
    return answerer.finish(event["planned"], lima.now())


STEPS = {"plan": plan, "batch": batch, "finish": finish}


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return STEPS[event["step"]](event)
