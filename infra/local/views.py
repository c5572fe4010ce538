"""Read access to the service on this machine: e-mails that were "sent", the event log, stored objects, signed links."""

import email
import email.policy
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import boto3
from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from constancia import lima
from constancia.aws.dynamodb import plain
from constancia.event_log import SHARDS

from infra import wiring
from infra.local import sms
from infra.local.storage import REGION, names


class Views:
    """Reads what stands for AWS on this machine. `url` is where signed links of this service begin, with a bucket."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.started = lima.now().date()

    def outbox(self) -> list[dict[str, str]]:
        """All e-mails and SMS sent so far, oldest first; SMS alone have a `channel`."""
        # 0.2 s and 12 MB, which the worker processes of `infra.local.workers` do without.
        from moto.backends import get_backend  # noqa: PLC0415

        backend = get_backend("ses")["123456789012"][REGION]
        found = [_read_mail(message.raw_data) for message in backend.sent_messages]
        for earlier, (mails_before, message) in enumerate(sms.sent):
            found.insert(mails_before + earlier, message)
        return found

    def event_log(self) -> list[dict[str, Any]]:
        """The event log since the day on which this service started, oldest first."""
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        query = dynamodb.get_paginator("query").paginate
        days = (lima.now().date() - self.started).days + 1
        found: list[dict[str, Any]] = []
        for partition in (f"{self.started + timedelta(n)}#{shard}" for n in range(days) for shard in range(SHARDS)):
            for page in query(
                TableName=names()[wiring.table("events").setting],
                KeyConditionExpression="day_shard = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
            ):
                found.extend(plain(item) for item in page["Items"])
        return sorted(found, key=lambda entry: str(entry["time"]))

    def stored(self, bucket: str, key: str) -> tuple[str, bytes, str] | None:
        """Media type, bytes and caching (empty for none) of an object, or None; `bucket` is its name in the wiring."""
        s3 = boto3.client("s3", region_name=REGION)
        try:
            found = s3.get_object(Bucket=names()[wiring.bucket(bucket).setting], Key=key)
        except s3.exceptions.NoSuchKey:
            return None
        return found["ContentType"], found["Body"].read(), found.get("CacheControl", "")

    def put(self, bucket: str, key: str, content: Any) -> None:
        """Stores the bytes of a readable file as an object; `bucket` is its name in the wiring."""
        boto3.client("s3", region_name=REGION).upload_fileobj(content, names()[wiring.bucket(bucket).setting], key)

    def put_once(self, bucket: str, key: str, content: bytes) -> bool:
        """Stores bytes as an object unless there is one; False if there is. `bucket` is its name in the wiring."""
        s3 = boto3.client("s3", region_name=REGION)
        try:
            s3.put_object(Bucket=names()[wiring.bucket(bucket).setting], Key=key, Body=content, IfNoneMatch="*")
        except s3.exceptions.ClientError:
            return False
        return True

    def refuse_link(
        self, bucket: str, key: str, query: str, method: str = "GET", headers: dict[str, str] | None = None
    ) -> str | None:
        """S3's message for a link that it would refuse, or None for a good one.

        The signature is checked as AWS Signature Version 4 in query parameters is (Amazon S3 API reference,
        "Authenticating requests: using query parameters").
        """
        given = dict(parse_qsl(query))
        try:
            signed_at = datetime.strptime(given["X-Amz-Date"], SIGV4_TIMESTAMP).replace(tzinfo=UTC)
            lifetime = int(given["X-Amz-Expires"])
        except (KeyError, ValueError):
            return "Access Denied"
        unsigned = {name: value for name, value in given.items() if not name.startswith("X-Amz-")}
        signed = {name: (headers or {}).get(name, "") for name in given.get("X-Amz-SignedHeaders", "").split(";")}
        signed.pop("host", None)
        address = f"{self.url}/{bucket}/{quote(key)}?{urlencode(unsigned, quote_via=quote, safe='')}"
        request = AWSRequest(method, address, signed)
        credentials = boto3.Session().get_credentials()
        SignedAt(signed_at, credentials, "s3", REGION, expires=lifetime).add_auth(request)
        ours = dict(parse_qsl(str(request.url).partition("?")[2]))
        if not hmac.compare_digest(ours["X-Amz-Signature"], given.get("X-Amz-Signature", "")):
            return "Access Denied"
        return "Request has expired" if (datetime.now(UTC) - signed_at).total_seconds() > lifetime else None


class SignedAt(S3SigV4QueryAuth):
    """A signer of links that signs for a given moment, so that a given signature can be compared."""

    def __init__(self, moment: datetime, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.moment = moment

    def add_auth(self, request: AWSRequest) -> None:
        """Signs the request in place, for the given moment."""
        request.context["timestamp"] = self.moment.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]
        signature = self.signature(self.string_to_sign(request, self.canonical_request(request)), request)
        self._inject_signature_to_request(request, signature)  # type: ignore[attr-defined]


def _read_mail(raw: str) -> dict[str, str]:
    message = email.message_from_string(raw, policy=email.policy.default)
    parts = {part.get_content_subtype(): part.get_content() for part in message.walk() if not part.is_multipart()}
    return {
        "from": str(message["From"]),
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "text": parts.get("plain", ""),
        "html": parts.get("html", ""),
    }
