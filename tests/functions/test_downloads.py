"""Links to PDFs: 60 seconds, and nothing about them can be changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from constancia.aws.pdfs import PdfLinks

from infra.local.storage import REGION
from infra.local.views import SignedAt, Views
from tests.core.test_verification import RECORD

ORIGIN = "https://constancia.example/_local/pdfs"
KEY = "C2CC652Z/0123456789abcdef0123456789abcdef.pdf"
CERTIFICATE = replace(RECORD, pdf_key=KEY)


@pytest.fixture
def views(aws: None) -> Views:
    return Views(ORIGIN.removesuffix("/pdfs"))


def test_a_link_downloads_under_the_name_of_the_certificate(views: Views) -> None:
    link = urlsplit(PdfLinks().link(CERTIFICATE))
    assert link.path == f"/_local/pdfs/{KEY}"
    query = parse_qs(link.query)
    assert query["response-content-disposition"] == ['attachment; filename="constancia-C2CC652Z.pdf"']
    assert query["X-Amz-Expires"] == ["60"]
    assert views.refuse_link("pdfs", KEY, link.query) is None


def test_without_a_place_of_their_own_links_lead_to_the_bucket(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNLOADS_URL", "")
    link = PdfLinks().link(CERTIFICATE)
    assert link.startswith(f"https://constancia-pdfs.s3.{REGION}.amazonaws.com/{KEY}?")
    assert parse_qs(urlsplit(link).query)["X-Amz-SignedHeaders"] == ["host"]


@pytest.mark.parametrize(("age", "refused"), [(0, None), (30, None), (61, "Request has expired")])
def test_a_link_lives_sixty_seconds(views: Views, age: int, refused: str | None) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=age)
    request = AWSRequest("GET", f"{ORIGIN}/{KEY}")
    SignedAt(moment, boto3.Session().get_credentials(), "s3", REGION, expires=60).add_auth(request)
    assert views.refuse_link("pdfs", KEY, urlsplit(str(request.url)).query) == refused
