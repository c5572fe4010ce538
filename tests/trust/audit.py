"""The audit: every certificate, PDF, event and e-mail compared with the others; what disagrees is named."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import boto3
import constancia_pdf
from constancia import delivery, event_log
from constancia.aws.dynamodb import plain, read_certificate

from infra import wiring
from infra.local import storage


def items_of(setting: str) -> list[dict[str, Any]]:
    """Everything in a table."""
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


def dead_letters() -> int:
    """How many changes Lambda gave up on, for operators to look at."""
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
        acknowledged: the certificates that clients were told of, as `POST …/certificate` answered.
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
        *_supersession(issued, {item["virtual_code"]: item["current"] for item in items if "current" in item}),
        *_events(issued),
        *_acknowledged(issued, acknowledged),
        *_attempts(),
    ]
    if mails is not None:
        faults += _mails(issued, mails, dead_letters())
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
    """Each PDF shows what its record says: drawn anew, it is the same to the byte."""
    faults = []
    for code, item in issued.items():
        drawn = constancia_pdf.render(read_certificate(item).document(f"{portal}/verificar/?codigo={code}")).pdf
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


def _supersession(issued: dict[str, Any], current: dict[str, str]) -> list[str]:
    """Each holder's certificates form one chain, each superseded once, and its end is the current one."""
    faults = []
    holders: dict[str, list[str]] = {}
    for code, item in issued.items():
        holders.setdefault(read_certificate(item).holder, []).append(code)
    for holder, codes in holders.items():
        end = [code for code in codes if "superseded_by" not in issued[code]]
        successors = Counter(issued[code]["superseded_by"] for code in codes if "superseded_by" in issued[code])
        if end != [current.get(f"holder#{holder}")]:
            faults.append(f"{len(codes)} certificates of one holder: {len(end)} current, pointer not at the only one")
        faults += [f"{code}: superseded {times} others" for code, times in successors.items() if times > 1]
        faults += [f"{code}: superseded one and is not issued" for code in successors if code not in issued]
        faults += [
            f"{code}: superseded without both its marks"
            for code in codes
            if ("superseded_by" in issued[code]) != ("superseded_on" in issued[code])
        ]
    return faults


def _events(issued: dict[str, Any]) -> list[str]:
    told = Counter((item["name"], item.get("virtual_code")) for item in items_of("EVENTS_TABLE"))
    faults = []
    for code, item in issued.items():
        if told[event_log.CERTIFICATE_ISSUED, code] != 1:
            faults.append(f"{code}: its issue is {told[event_log.CERTIFICATE_ISSUED, code]} times in the log")
        if told[event_log.CERTIFICATE_SUPERSEDED, code] != ("superseded_by" in item):
            faults.append(
                f"{code}: its supersession is {told[event_log.CERTIFICATE_SUPERSEDED, code]} times in the log"
            )
    return faults


def _acknowledged(issued: dict[str, Any], acknowledged: Iterable[dict[str, Any]]) -> list[str]:
    faults = []
    for told in acknowledged:
        item = issued.get(told["virtual_code"])
        if item is None:
            faults.append(f"{told['virtual_code']}: acknowledged and lost")
        elif (told["sha256"], int(told["serial_number"])) != (item["sha256"], item["serial_number"]):
            faults.append(f"{told['virtual_code']}: acknowledged otherwise than it is kept")
    return faults


def _attempts() -> list[str]:
    """A counter below zero is a guess more than the limit allows."""
    counters = (item for item in items_of("ATTEMPTS_TABLE") if "failures" in item)
    return [f"a counter of failed attempts stands at {item['failures']}" for item in counters if item["failures"] < 0]


def _mails(issued: dict[str, Any], mails: list[dict[str, str]], letters: int) -> list[str]:
    """One e-mail each; where it was refused, or nobody knows whether it left, one dead letter for an operator."""
    faults = []
    undecided = sum(item.get("mail") in (delivery.REFUSED, delivery.UNKNOWN) for item in issued.values())
    if letters != undecided:
        faults.append(f"{undecided} e-mails were refused or may have left, and {letters} dead letters say so")
    named = [(mail["subject"].rpartition(" ")[2], mail["to"]) for mail in mails]
    sent = Counter(code for code, _ in named)
    faults += [f"{code}: mailed elsewhere" for code, to in named if code in issued and to != issued[code]["email"]]
    for code, item in issued.items():
        state = item.get("mail")
        if sent[code] > 1:
            faults.append(f"{code}: {sent[code]} e-mails")
        if state == delivery.SENT and sent[code] != 1:
            faults.append(f"{code}: said to be mailed, and was not")
        if state not in (delivery.SENT, delivery.REFUSED, delivery.UNKNOWN):
            faults.append(f"{code}: its e-mail was left at {state}")
    return faults
