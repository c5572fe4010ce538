"""The audit: every certificate, PDF, event and e-mail compared with the others; what disagrees is named."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

import boto3
from constancia import event_log
from constancia.aws.dynamodb import plain

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


def audit(acknowledged: Iterable[dict[str, Any]] = (), mails: list[dict[str, str]] | None = None) -> list[str]:
    """Everything that is not as it must be; empty when all is well.

    Args:
        acknowledged: the certificates that clients were told of, as `POST …/certificate` answered.
        mails: all e-mails that were sent; None leaves them out.
    """
    items = items_of("CERTIFICATES_TABLE")
    records = {item["virtual_code"]: item for item in items if "state" in item}
    issued = {code: item for code, item in records.items() if item["state"] == "issued"}
    stored = pdfs()
    faults = [
        *_pdfs_and_records(records, issued, stored),
        *_serial_numbers(records),
        *_requests(records),
        *_supersession(issued, {item["virtual_code"]: item["current"] for item in items if "current" in item}),
        *_events(issued),
        *_acknowledged(issued, acknowledged),
        *_attempts(),
    ]
    return faults if mails is None else [*faults, *_mails(issued, mails)]


def _pdfs_and_records(records: dict[str, Any], issued: dict[str, Any], stored: dict[str, str]) -> list[str]:
    lost = [f"{code}: issued without its PDF" for code, item in issued.items() if item["pdf_key"] not in stored]
    other = [
        f"{code}: its PDF is another"
        for code, item in issued.items()
        if stored.get(item["pdf_key"], item["sha256"]) != item["sha256"]
    ]
    known = {item["pdf_key"] for item in records.values()}
    return [*lost, *other, *(f"{key}: a PDF without a record" for key in stored if key not in known)]


def _serial_numbers(records: dict[str, Any]) -> list[str]:
    used = Counter(item["serial_number"] for item in records.values())
    return [f"serial number {number} was given {times} times" for number, times in used.items() if times > 1]


def _requests(records: dict[str, Any]) -> list[str]:
    tied = Counter(item["virtual_code"] for item in items_of("REQUESTS_TABLE") if "virtual_code" in item)
    return [
        *(f"{code}: belongs to {tied[code]} requests" for code in records if tied[code] != 1),
        *(f"{code}: a request names it, and there is no such certificate" for code in tied if code not in records),
    ]


def _supersession(issued: dict[str, Any], current: dict[str, str]) -> list[str]:
    """Each holder's certificates form one chain, each superseded once, and its end is the current one."""
    faults = []
    holders: dict[str, list[str]] = {}
    for code, item in issued.items():
        holders.setdefault(_holder(item), []).append(code)
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


def _holder(item: dict[str, Any]) -> str:
    from constancia.aws.dynamodb import read_certificate

    return read_certificate(item).holder


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


def _mails(issued: dict[str, Any], mails: list[dict[str, str]]) -> list[str]:
    """One e-mail each; none only where an operator is told (refused, or nobody knows)."""
    faults = []
    sent = Counter(mail["subject"].rpartition(" ")[2] for mail in mails)
    for code, item in issued.items():
        state = item.get("mail")
        if sent[code] > 1:
            faults.append(f"{code}: {sent[code]} e-mails")
        if state == "sent" and sent[code] != 1:
            faults.append(f"{code}: said to be mailed, and was not")
        if state not in ("sent", "refused", "unknown"):
            faults.append(f"{code}: its e-mail was left at {state}")
    return faults
