"""`POST /api/requests/{request_id}/certificate`: a transcript becomes a certificate, once; operators: one of before."""

from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any

import constancia_pdf
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from constancia import event_log, lima, settings
from constancia.aws import api, dynamodb, keys, s3
from constancia.aws.certificates import CertificateIssuance
from constancia.aws.event_log import EventLog
from constancia.aws.keys import AttestationKeys, SealKeys
from constancia.aws.log import count, logger, metrics
from constancia.aws.operators import answering
from constancia.aws.pdfs import PdfBucket, PdfLinks
from constancia.aws.requests import Requests
from constancia.aws.seals import SealChains
from constancia.aws.snapshot import prepare
from constancia.certificate import Certificate
from constancia.certifying.attesting_before import attest_before
from constancia.certifying.issuance import asks_for_existing, find_existing, issue_certificate
from constancia.contact import mask_email
from constancia.document import Document
from constancia.links import verify_url
from constancia.metric_names import CERTIFICATE_ISSUED, MAIL_DUE, RENDERED_BY_REFERENCE
from constancia_pdf import prepared
from constancia_pdf.seal import Seal

events = EventLog()
repository = CertificateIssuance(Requests(), events)
archive = PdfBucket()
links = PdfLinks()
attestation_keys = AttestationKeys()
seal_keys = SealKeys()
chains = SealChains(seal_keys)
attest = partial(attest_before, certificates=repository, pdfs=archive, attest=attestation_keys.attest_certificate)
app = api.resolver(event_log.REQUEST_REFUSED, events)


@lru_cache(maxsize=2)
def seal_of(chain: tuple[bytes, ...]) -> Seal:
    """What seals with a chain of certificates."""
    return Seal(chain)


def draw(document: Document) -> bytes:
    """The sealed PDF of a document; one that needs the slower way to draw is counted."""
    seal = seal_of(chains.current())
    rendering = constancia_pdf.render(document, seal.room)
    if rendering.by_reference:
        count(RENDERED_BY_REFERENCE)
    attributes = seal.attributes(rendering.pdf)
    return seal.apply(rendering.pdf, attributes, seal_keys.sign(attributes))


prepare(dynamodb.client, s3.client, keys.client, prepared.read, lambda: attestation_keys.known, chains.current)


@app.post("/api/requests/<request_id>/certificate")
def issue(request_id: str) -> Response[str]:
    key = api.request_key(app, request_id)
    if asks_for_existing(api.body_of(app)):
        certificate = find_existing(key, repository=repository)
        return answer(certificate, None, HTTPStatus.OK)
    certificate, first = issue_certificate(
        key,
        lima.now(),
        repository=repository,
        archive=archive,
        attest=attestation_keys.attest_certificate,
        draw=draw,
        verify_url=verify_url,
        most_a_day=settings.number("CERTIFICATES_STUDENT"),
    )
    if first:
        count(CERTIFICATE_ISSUED)
        if certificate.email:
            count(MAIL_DUE)
    return answer(certificate, mask_email(certificate.email), HTTPStatus.CREATED if first else HTTPStatus.OK)


def answer(certificate: Certificate, email: str | None, status: HTTPStatus) -> Response[str]:
    """An answer with a certificate; the masked address is where its e-mail goes because of this request."""
    return api.answer(
        {
            **certificate.as_json(),
            "pdf_url": links.link(certificate),
            "verify_url": verify_url(certificate.virtual_code),
            "email": email,
        },
        status,
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The Lambda entry point."""
    return answering(attest, event) if "virtual_code" in event else api.resolve(app, event, context)
