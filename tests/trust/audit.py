"""The audit: every certificate, PDF, event and e-mail compared with the others; what disagrees is named."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import chain
from typing import Any

import boto3
from constancia import event_log
from constancia.attesting.claims import NotAttested
from constancia.attesting.cose import check
from constancia.aws.certificates import read_certificate, read_current
from constancia.aws.dynamodb import plain
from constancia.aws.keys import AttestationKeys
from constancia.certificate import ANNULLED, SUPERSEDED
from constancia.certifying import delivery
from constancia.current_certificates import CurrentCertificates, CurrentContent, digest_of
from constancia.milestones import Milestone, milestones_of, partition_of

from infra import wiring
from infra.local import storage
from infra.local.runtime import load


def items_of(setting: str) -> list[dict[str, Any]]:
    """All items of the table that a setting names, as plain values."""
    client = boto3.client("dynamodb", region_name=storage.REGION)
    pages = client.get_paginator("scan").paginate(TableName=storage.names()[setting], ConsistentRead=True)
    return [plain(item) for page in pages for item in page["Items"]]


def pdfs() -> dict[str, str]:
    """The SHA-256 of every stored PDF, by its key."""
    s3 = boto3.client("s3", region_name=storage.REGION)
    bucket = storage.names()["PDFS_BUCKET"]
    keys = [
        item["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for item in page.get("Contents", [])
    ]
    return {key: hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest() for key in keys}


def dead_letters() -> list[dict[str, str]]:
    """The letters about e-mails that did not leave, each with `virtual_code` and `reason`; they stay in their queue."""
    sqs = boto3.client("sqs", region_name=storage.REGION)
    queue = storage.names()["UNDELIVERED_QUEUE"]
    read = partial(sqs.receive_message, QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=60)
    found = list(chain.from_iterable(iter(lambda: read().get("Messages", []), [])))
    for message in found:
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in found]


def lost_changes() -> int:
    """The number of changes in the dead-letter queue of `send_certificate`, which name no virtual code."""
    sqs = boto3.client("sqs", region_name=storage.REGION)
    queue = sqs.get_queue_url(QueueName=storage.queue_name(wiring.function("send_certificate")))["QueueUrl"]
    waiting = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(waiting["Attributes"]["ApproximateNumberOfMessages"])


def audit(
    acknowledged: Iterable[dict[str, Any]] = (),
    mails: list[dict[str, str]] | None = None,
    portal: str | None = None,
) -> list[str]:
    """Everything that is not as it must be; empty when all is well.

    Args:
        acknowledged: the certificates that clients know of, as `POST …/certificate` answered.
        mails: all e-mails that were sent; None leaves out what they and the dead letters say.
        portal: the address that is printed, to draw every certificate anew; None leaves that out.
    """
    items = items_of("CERTIFICATES_TABLE")
    records = {item["virtual_code"]: item for item in items if "state" in item}
    issued = {code: item for code, item in records.items() if item["state"] == "issued"}
    stored = pdfs()
    faults = [
        *_pdfs_and_records(records, issued, stored),
        *_serial_numbers(records),
        *_requests(records, items_of("REQUESTS_TABLE")),
        *_supersession(issued, [read_current(item) for item in items if "current" in item]),
        *_events(issued),
        *_attestations(records, issued),
        *_acknowledged(issued, acknowledged),
        *_attempts(),
    ]
    if mails is not None:
        faults += _mails(issued, mails, {letter["virtual_code"] for letter in dead_letters()})
        if lost := lost_changes():
            faults.append(f"{lost} changes were given up without their virtual codes")
    if portal is not None:
        faults += _drawings(issued, portal)
    return faults


def _pdfs_and_records(records: dict[str, Any], issued: dict[str, Any], stored: dict[str, str]) -> list[str]:
    lost = [f"{code}: issued without its PDF" for code, item in issued.items() if item["pdf_key"] not in stored]
    other = [
        f"{code}: its PDF is another"
        for code, item in issued.items()
        if stored.get(item["pdf_key"], item["sha256"]) != item["sha256"]
    ]
    known = {item["pdf_key"] for item in records.values()}
    return [*lost, *other, *(f"{key}: a PDF without a record" for key in stored if key not in known)]


def _drawings(issued: dict[str, Any], portal: str) -> list[str]:
    """Each PDF shows what its record says and bears its one seal: drawn and sealed anew, it is the same to the byte."""
    faults = []
    draw = load("render_certificate").draw
    for code, item in issued.items():
        drawn = draw(read_certificate(item).document(f"{portal}/verificar/?codigo={code}"))
        if hashlib.sha256(drawn).hexdigest() != item["sha256"]:
            faults.append(f"{code}: its PDF shows something else")
    return faults


def _serial_numbers(records: dict[str, Any]) -> list[str]:
    used = Counter(item["serial_number"] for item in records.values())
    return [f"serial number {number} was given {times} times" for number, times in used.items() if times > 1]


def _requests(records: dict[str, Any], requests: list[dict[str, Any]]) -> list[str]:
    """Each record belongs to one request and says what was shown to whoever accepted it."""
    tied: dict[str, list[dict[str, Any]]] = {}
    for request in requests:
        if "virtual_code" in request:
            tied.setdefault(request["virtual_code"], []).append(request)
    return [
        *(f"{code}: belongs to {len(tied.get(code, []))} requests" for code in records if len(tied.get(code, [])) != 1),
        *(f"{code}: a request names it, and there is no such certificate" for code in tied if code not in records),
        *(
            f"{code}: says otherwise than what was accepted"
            for code, (request, *_) in tied.items()
            if code in records and records[code]["transcript"] != request.get("transcript")
        ),
    ]


def _supersession(issued: dict[str, Any], students: list[CurrentCertificates]) -> list[str]:
    """Each holder's valid certificates say the same and are those kept as current; the others name who came after."""
    faults = []
    kept = {holder: content for student in students for holder, content in student.contents.items()}
    holders: dict[str, list[str]] = {}
    for code, item in issued.items():
        holders.setdefault(read_certificate(item).holder, []).append(code)
    for holder, codes in holders.items():
        content = kept.pop(holder, CurrentContent("", ()))
        valid = {code for code in codes if not {"superseded_by", "annulled_on"} & issued[code].keys()}
        if valid != {copy.virtual_code for copy in content.copies}:
            faults.append(f"{len(codes)} certificates of one holder: {len(valid)} valid, and others kept as current")
        if {digest_of(read_certificate(issued[code]).transcript) for code in valid} - {content.digest}:
            faults.append(f"{len(valid)} valid certificates of one holder that do not all say the same")
        for code in codes:
            by = issued[code].get("superseded_by")
            if (by is not None) != ("superseded_on" in issued[code]):
                faults.append(f"{code}: superseded without both its marks")
            elif by is not None and by not in issued:
                faults.append(f"{by}: superseded one and is not issued")
            elif by is not None and issued[by]["transcript"] == issued[code]["transcript"]:
                faults.append(f"{code}: superseded by one that says the same")
    return faults + [f"a holder without certificates has {len(content.copies)} current" for content in kept.values()]


def _events(issued: dict[str, Any]) -> list[str]:
    logged = Counter((item["name"], item.get("virtual_code")) for item in items_of("EVENTS_TABLE") if "name" in item)
    faults = []
    for code, item in issued.items():
        if logged[event_log.CERTIFICATE_ISSUED, code] != 1:
            faults.append(f"{code}: its issue is {logged[event_log.CERTIFICATE_ISSUED, code]} times in the log")
        if logged[event_log.CERTIFICATE_SUPERSEDED, code] != ("superseded_by" in item):
            faults.append(
                f"{code}: its supersession is {logged[event_log.CERTIFICATE_SUPERSEDED, code]} times in the log"
            )
    return faults


def _attestations(records: dict[str, Any], issued: dict[str, Any]) -> list[str]:
    """Each record has what was signed of it, and the milestones say what it says, and nothing of any other."""
    faults = []
    kept: dict[str, set[Milestone]] = {}
    for item in items_of("EVENTS_TABLE"):
        code = item["day_shard"].partition("#")[2]
        if item["day_shard"] == partition_of(code):
            says = {name: said for name, said in item.items() if name not in ("day_shard", "time")}
            kept.setdefault(code, set()).add(Milestone(code, item["time"], tuple(sorted(says.items()))))
    keys = AttestationKeys().known
    for code, item in records.items():
        certificate = read_certificate(item)
        try:
            if check(certificate.attestation, keys) != certificate.claims():
                faults.append(f"{code}: its attestation says otherwise")
        except NotAttested:
            faults.append(f"{code}: it has no attestation")
        if kept.pop(code, set()) != milestones_of(certificate):
            faults.append(f"{code}: its milestones say otherwise")
    return faults + [f"{code}: milestones of no certificate" for code in kept if code not in issued]


def _acknowledged(issued: dict[str, Any], acknowledged: Iterable[dict[str, Any]]) -> list[str]:
    faults = []
    for certificate in acknowledged:
        item = issued.get(certificate["virtual_code"])
        if item is None:
            faults.append(f"{certificate['virtual_code']}: acknowledged and lost")
        elif (certificate["sha256"], int(certificate["serial_number"])) != (item["sha256"], item["serial_number"]):
            faults.append(f"{certificate['virtual_code']}: acknowledged otherwise than it is kept")
    return faults


def _attempts() -> list[str]:
    """A counter below zero is a guess more than the limit allows."""
    counters = (item for item in items_of("ATTEMPTS_TABLE") if "failures" in item)
    return [f"a counter of failed attempts stands at {item['failures']}" for item in counters if item["failures"] < 0]


SUBJECTS = {
    delivery.ISSUED: "Tu constancia de logros de aprendizaje",
    SUPERSEDED: "Hay una constancia nueva en lugar de",
    ANNULLED: "Se anuló la constancia",
}


def _mails(issued: dict[str, Any], mails: list[dict[str, str]], letters: set[str]) -> list[str]:
    """One e-mail for each news; where it was refused, or nobody knows whether it left, a dead letter says so."""
    faults = []
    undecided = set()
    for news, subject in SUBJECTS.items():
        state_of = "mail" if news == delivery.ISSUED else f"{news}_mail"
        told = {code for code, item in issued.items() if news == delivery.ISSUED or f"{news}_on" in item}
        undecided |= {code for code in told if issued[code].get(state_of) in (delivery.REFUSED, delivery.UNKNOWN)}
        about = [mail for mail in mails if mail["subject"].startswith(subject)]
        named = [(mail["subject"].rpartition(" ")[2], mail["to"]) for mail in about]
        sent = Counter(code for code, _ in named)
        faults += [f"{code}: mailed elsewhere" for code, to in named if code in issued and to != issued[code]["email"]]
        faults += [f"{code}: said to be {news}, and is not" for code in sent if code in issued and code not in told]
        for code in told:
            state = issued[code].get(state_of)
            if sent[code] > 1:
                faults.append(f"{code}: {sent[code]} e-mails")
            if state == delivery.SENT and sent[code] != 1:
                faults.append(f"{code}: said to be mailed, and was not")
            if state not in (delivery.SENT, delivery.REFUSED, delivery.UNKNOWN, delivery.LIMITED):
                faults.append(f"{code}: its e-mail was left at {state}")
    faults += [
        f"{code}: its e-mail was refused or may have left, and no dead letter says so" for code in undecided - letters
    ]
    faults += [f"{code}: a dead letter says that its e-mail did not leave" for code in letters - undecided]
    return faults
