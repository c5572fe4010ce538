"""Every issued certificate, as an audit of the public log reads them."""

from collections.abc import Iterator

from constancia.attesting.claims import InvalidClaims, NotAttested
from constancia.attesting.cose import payload_of
from constancia.aws.certificates import ISSUED, Certificates, read_certificate
from constancia.aws.dynamodb import Item, client, plain
from constancia.aws.public_log.entries import events_of
from constancia.milestones import NAMES
from constancia.public_log.audit import Record


class CertificateScan(Certificates):
    """The certificates, one after the other."""

    def records(self) -> Iterator[Record]:
        """Every issued certificate, in no order."""
        question = {
            "TableName": self.name,
            "FilterExpression": "#state = :issued",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":issued": {"S": ISSUED}},
        }
        while True:
            page = client().scan(**question)
            yield from (read_record(plain(item)) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]


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
