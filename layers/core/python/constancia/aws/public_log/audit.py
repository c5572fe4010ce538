"""What an audit of the public log reads and keeps: every issued certificate, and how far it has come."""

import base64
import zlib
from collections.abc import Iterator

from constancia.attesting.claims import InvalidClaims, NotAttested
from constancia.attesting.cose import payload_of
from constancia.aws.certificates import ISSUED, Certificates, read_certificate
from constancia.aws.dynamodb import Item, client, plain
from constancia.aws.files import BucketFiles
from constancia.aws.public_log.entries import events_of
from constancia.milestones import NAMES
from constancia.public_log.audit import Audit, Finding, Record


class CertificateScan(Certificates):
    """The certificates, page by page."""

    def pages(self, after: str | None) -> Iterator[tuple[list[Record], str | None]]:
        """Every issued certificate after a virtual code, in no order: see `constancia.public_log.audit.Pages`."""
        question = {
            "TableName": self.name,
            "FilterExpression": "#state = :issued",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":issued": {"S": ISSUED}},
        }
        while True:
            start = {"ExclusiveStartKey": {self.key: {"S": after}}} if after else {}
            page = client().scan(**question, **start)
            after = page["LastEvaluatedKey"][self.key]["S"] if "LastEvaluatedKey" in page else None
            yield [read_record(plain(item)) for item in page["Items"]], after
            if after is None:
                return


class AuditStore:
    """Audits by name, in the bucket of the reports: those that are not finished, to be gone on with, and the others."""

    def __init__(self) -> None:
        self.files = BucketFiles("REPORTS_BUCKET")

    def read(self, name: str) -> Audit | None:
        """An audit as it was left, or None."""
        kept = self.files.get(_key(name))
        if kept is None:
            return None
        found = tuple(Finding(*finding) for finding in kept["findings"])
        return Audit(**{**kept, "findings": found, "seen": zlib.decompress(base64.b64decode(kept["seen"]))})

    def write(self, name: str, audit: Audit) -> None:
        """Keeps an audit in place of what was kept of it; of a finished one what it found."""
        seen = b"" if audit.finished else audit.seen
        self.files.put(_key(name), {**audit._asdict(), "seen": base64.b64encode(zlib.compress(seen)).decode()})


def _key(name: str) -> str:
    return f"audits/{name}.json"


def read_record(item: Item) -> Record:
    """A stored item as an audit sees it; of one that cannot be read, nothing is in the log."""
    try:
        events = events_of(item)
        happened = ("issued_at", item.get("superseded_on"), item.get("annulled_on"))
        wanted = [name for name, there in zip(NAMES, happened, strict=True) if there]
        certificate = read_certificate(item)
        sound = (
            [event.name for event in events] == wanted
            and item.get("superseded_at", "")[:10] == item.get("superseded_on", "")
            and item.get("annulled_at", "")[:10] == item.get("annulled_on", "")
            and payload_of(certificate.attestation) == certificate.claims()
        )
    except (KeyError, TypeError, ValueError, InvalidClaims, NotAttested):
        return Record(str(item.get("virtual_code")), (), sound=False)
    return Record(item["virtual_code"], events, sound)
