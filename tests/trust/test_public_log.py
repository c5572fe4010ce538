"""Every issue, supersession and annulment is in the public log once, whatever fails."""

import hashlib
import json
import operator
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import boto3
import pytest
from constancia.aws.dynamodb import wire
from constancia.aws.keys import CheckpointKeys
from constancia.aws.public_log.audit import AuditStore, CertificateScan
from constancia.aws.public_log.entries import STATE, LogEntries, events_of
from constancia.aws.public_log.files import LogBucket
from constancia.errors import IncompleteAudit, LogForked, TemporarilyUnavailable
from constancia.metric_names import LOG_ENTRY_UNREADABLE
from constancia.public_log.audit import Audit, Pages, Record, audit
from constancia.public_log.checkpoint import COSIGNATURE, Verifier, believed, read_checkpoint, signature_line
from constancia.public_log.sequencer import Sequencer
from constancia.public_log.tiles import path_of, read_bundle

from infra import public_log
from infra.local import storage
from tests.trust.failing import FAULTS, Fault, whatever_call_fails
from tests.trust.world import Client, World

RETRIES = 6
PATIENCE = 120
"""Seconds in which a batch that keeps meeting others must be brought in."""


def stored(code: int, **more: Any) -> dict[str, Any]:
    """An issued certificate as its table keeps it, of what the log needs."""
    text = f"{code:08d}"
    return {
        "virtual_code": text,
        "state": "issued",
        "issued_at": "2026-11-23T10:51:07-05:00",
        "serial_number": code,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "attestation": text,
        "salt": hashlib.sha256(text.encode()).hexdigest()[:32],
        **more,
    }


def changes(*items: dict[str, Any]) -> dict[str, Any]:
    """An event of the stream."""
    return {
        "Records": [
            {"dynamodb": {"Keys": {"virtual_code": {"S": item["virtual_code"]}}, "NewImage": wire(item)}}
            for item in items
        ]
    }


def bring(world: World, event: dict[str, Any]) -> None:
    """Gives the event to the function as Lambda does: again and again until it succeeds."""
    for _ in range(RETRIES):
        try:
            world.invoke("log_certificates", event)
        except Exception:
            world.failing.fault = None
        else:
            return
    pytest.fail("the event was never brought in")


def pages(records: list[Record]) -> Pages:
    return lambda _: iter([(records, None)])


def audited(*items: dict[str, Any]) -> Audit:
    records = [Record(item["virtual_code"], events_of(item), sound=True) for item in items]
    return audit(LogBucket(), CheckpointKeys().verifiers, pages(records), LogEntries().indexes, lambda _: None)


@pytest.fixture
def logging(aws: None) -> Iterator[World]:
    made = World()
    with made.failing.installed():
        yield made


@whatever_call_fails
def test_a_failure_at_any_call_of_the_sequencer_is_healed_and_each_event_is_in_the_log_once(
    logging: World, fault: Fault
) -> None:
    items: list[dict[str, Any]] = []
    call = 0
    while True:
        # Each time another tile is left full or partial; every third certificate was superseded too.
        more = {"superseded_by": "00000000", "superseded_at": "2026-11-24T10:51:07-05:00", "superseded_salt": "ab" * 16}
        batch = [stored(len(items) + n, **(more if n % 3 == 0 else {})) for n in range(40)]
        items += batch
        logging.failing.plan(fault, partial(operator.eq, call))
        bring(logging, changes(*batch))
        if not logging.failing.struck:
            break
        call += 1
    assert call >= len(("state", "known", "advance", "tiles", "sign", "checkpoint", "indexes", "advance"))
    expected = sum(len(events_of(item)) for item in items)
    assert (audited(*items).size, audited(*items).findings) == (expected, ())


def test_while_a_key_is_rotated_some_published_key_has_signed_the_checkpoint(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = storage.names()["CHECKPOINT_KEYS"]
    kms = boto3.client("kms", region_name=storage.REGION)
    second = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=public_log.KEY.spec)["KeyMetadata"]["KeyId"]
    signed_by = []
    for number, setting in enumerate((first, f"{first} {second}", f"{second} {first}")):
        monkeypatch.setenv("CHECKPOINT_KEYS", setting)
        deployed = World()
        client = Client(deployed)
        published = [
            Verifier.read(line) for line in client.call("GET", "/.well-known/log.vkey").body.decode().splitlines()
        ]
        if number:
            assert believed(client.call("GET", "/log/checkpoint").body.decode(), published)
        bring(deployed, changes(stored(number)))
        checkpoint = client.call("GET", "/log/checkpoint").body.decode()
        signed_by.append(next(key for key in published if believed(checkpoint, [key])))
        assert signed_by[-1] == published[0]
    assert signed_by[0] == signed_by[1] != signed_by[2]
    assert audited(*map(stored, range(3))).findings == ()


def test_the_same_change_brought_again_is_in_the_log_once(logging: World) -> None:
    for _ in range(3):
        bring(logging, changes(stored(1), stored(2), stored(1)))
    assert (audited(stored(1), stored(2)).size, audited(stored(1), stored(2)).findings) == (2, ())


def test_a_second_sequencer_at_any_moment_does_no_harm(logging: World) -> None:
    """Before each call of one sequencer, another one brings in other events of its own."""
    items: list[dict[str, Any]] = []

    class Disturbed:
        def __init__(self, inner: Any, other: Sequencer) -> None:
            self.inner, self.other, self.calls = inner, other, 0

        def __getattr__(self, name: str) -> Any:
            self.calls += 1
            if self.calls <= 12:
                item = stored(1000 + len(items))
                items.append(item)
                self.other.append(events_of(item))
            return getattr(self.inner, name)

    sign = CheckpointKeys().checkpoint
    other = Sequencer(LogEntries(), LogBucket(), sign)
    disturbed = Sequencer(Disturbed(LogEntries(), other), Disturbed(LogBucket(), other), sign)
    own = [stored(n) for n in range(300)]
    assert disturbed.append(event for item in own for event in events_of(item)) == len(own)
    assert len(items) > 12
    assert (audited(*own, *items).size, audited(*own, *items).findings) == (len(own) + len(items), ())


def test_a_late_sequencer_does_not_take_the_checkpoint_back(logging: World) -> None:
    keys, bucket = CheckpointKeys(), LogBucket()
    bring(logging, changes(stored(1)))
    early = bucket.checkpoint()
    assert early is not None
    bring(logging, changes(stored(2)))
    bucket.publish(1, early)
    note = bucket.checkpoint()
    assert note is not None
    assert read_checkpoint(note, keys.verifiers[0]).size == 2


def test_a_late_sequencer_does_not_take_cosignatures_away(logging: World) -> None:
    logging.invoke("log_certificates", changes(stored(1)))
    bucket, note = LogBucket(), LogBucket().checkpoint() or ""
    cosigned = note + signature_line(Verifier("witness.example/w1", COSIGNATURE, bytes(32)), bytes(72))
    for each in (cosigned, note):
        bucket.publish(1, each)
    assert bucket.checkpoint() == cosigned


def test_a_tile_that_somebody_else_is_storing_is_no_fork(logging: World) -> None:
    (conflict,) = (fault for fault in FAULTS if fault.name == "met another writer")
    with logging.failing.armed():
        logging.failing.plan(conflict, lambda number: number == 0)
        with pytest.raises(TemporarilyUnavailable):
            LogBucket().store(path_of(0, 0), b"a tile")
    LogBucket().store(path_of(0, 0), b"a tile")
    with pytest.raises(LogForked):
        LogBucket().store(path_of(0, 0), b"another")


def test_a_state_that_was_set_back_cannot_write_the_log_anew(logging: World) -> None:
    """Restoring the table alone must not fork what everybody has read."""
    bring(logging, changes(stored(1)))
    note = LogBucket().checkpoint()
    client = boto3.client("dynamodb", region_name=storage.REGION)
    client.delete_item(TableName=storage.names()["LOG_ENTRIES_TABLE"], Key={"event": {"S": STATE}})
    with pytest.raises(LogForked):
        logging.invoke("log_certificates", changes(stored(2)))
    assert LogBucket().checkpoint() == note
    assert audited(stored(1)).findings == ()


def test_a_table_that_was_restored_is_brought_to_what_everybody_has_read(
    logging: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state and the indexes of two hundred and sixty entries are lost; nothing comes into the log twice."""
    monkeypatch.setattr("constancia.public_log.recovery.MOST_BUNDLES", 1)
    items = [stored(number) for number in range(600)]
    client, table = boto3.client("dynamodb", region_name=storage.REGION), storage.names()["LOG_ENTRIES_TABLE"]
    bring(logging, changes(*items[:40]))
    kept = client.get_item(TableName=table, Key={"event": {"S": STATE}})["Item"]
    bring(logging, changes(*items[40:]))
    note = LogBucket().checkpoint()
    client.put_item(TableName=table, Item=kept)
    for item in items[40:]:
        client.delete_item(TableName=table, Key={"event": {"S": f"{item['virtual_code']}#issued"}})
    with pytest.raises(LogForked):
        logging.invoke("log_certificates", changes(stored(600)))
    recovered: list[dict[str, int]] = []
    while not recovered or recovered[-1]["left"]:
        recovered.append(logging.invoke("log_certificates", {"recover": True}))
    assert [one["recovered"] for one in recovered] == [216, 256, 88]
    assert logging.invoke("log_certificates", {"recover": True}) == {"recovered": 0, "left": 0}
    assert LogBucket().checkpoint() == note, "what everybody has read stays"
    assert {finding.what for finding in audited(*items).findings} == {"row_without_entry", "entry_without_row"}
    bring(logging, changes(*items[40:], stored(600)))
    done = audited(*items, stored(600))
    assert (done.size, done.findings) == (601, ()), "each once, the new one too"


def test_a_log_that_was_tampered_with_recovers_nothing(logging: World) -> None:
    client, table = boto3.client("dynamodb", region_name=storage.REGION), storage.names()["LOG_ENTRIES_TABLE"]
    bring(logging, changes(*(stored(number) for number in range(300))))
    client.delete_item(TableName=table, Key={"event": {"S": STATE}})
    path = f"log/{path_of('entries', 1, 44)}"
    s3, bucket = boto3.client("s3", region_name=storage.REGION), storage.names()["PUBLIC_LOG_BUCKET"]
    content = s3.get_object(Bucket=bucket, Key=path)["Body"].read()
    s3.put_object(Bucket=bucket, Key=path, Body=content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(LogForked):
        logging.invoke("log_certificates", {"recover": True})
    assert LogEntries().state().version == 0


def test_a_record_that_cannot_be_read_is_counted_and_holds_up_no_other(
    logging: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(logging, changes())
    counted: list[str] = []
    monkeypatch.setattr(logging.runtime.modules["log_certificates"], "count", counted.append)
    broken = stored(1)
    del broken["sha256"]
    bring(logging, changes(broken, stored(2)))
    assert audited(stored(2)).findings == ()
    assert counted == [LOG_ENTRY_UNREADABLE]


def test_an_entry_tells_nothing_but_its_32_bytes(logging: World) -> None:
    items = [stored(n) for n in range(300)]
    bring(logging, changes(*items))
    bundles = [LogBucket().read(path_of("entries", 0)), LogBucket().read(path_of("entries", 1, 44))]
    entries = [entry for bundle in bundles for entry in read_bundle(bundle or b"")]
    assert {len(entry) for entry in entries} == {32}
    unsalted = {hashlib.sha256(event.canonical).digest() for item in items for event in events_of(item)}
    assert not unsalted & set(entries)


def test_the_log_of_no_certificates_is_no_log_yet(logging: World) -> None:
    assert LogBucket().checkpoint() is None
    assert logging.invoke("log_certificates", changes()) == {"batchItemFailures": []}
    assert LogBucket().checkpoint() is None
    assert LogEntries().state().version == 0


def test_a_burst_of_issues_brought_by_many_at_once_is_in_the_log_once_each(real_aws: None) -> None:
    """On Amazon's engine: two hundred issues, each brought by two of eight sequencers that run at the same time."""
    items = [stored(number) for number in range(200)]
    sequencer = Sequencer(LogEntries(), LogBucket(), CheckpointKeys().checkpoint)

    def bring_share(place: int) -> None:
        share = [event for item in (*items[place::8], *items[(place + 1) % 8 :: 8]) for event in events_of(item)]
        for start in range(0, len(share), 10):
            until = time.monotonic() + PATIENCE
            while True:  # as Lambda does: the batch comes again
                try:
                    sequencer.append(share[start : start + 10])
                except TemporarilyUnavailable:
                    assert time.monotonic() < until
                else:
                    break

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bring_share, range(8)))
    done = audited(*items)
    assert (done.size, done.findings) == (len(items), ())


def test_the_monthly_audit_names_what_differs(logging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    bring(logging, changes(stored(1)))
    answer = json.loads(json.dumps(logging.invoke("audit_log", {})))
    assert (answer["size"], answer["certificates"], answer["found"]) == (1, 0, 1)
    assert answer["findings"] == [{"what": "entry_without_row", "where": "0"}]
    assert logging.invoke("audit_log", {"last": True}) == answer, "what is finished is not done again"


def test_an_audit_in_many_runs_finds_what_one_run_finds_and_nothing_twice(logging: World) -> None:
    items = [stored(number) for number in range(300)]
    bring(logging, changes(*items))
    records = [Record(item["virtual_code"], events_of(item), sound=True) for item in items[1:]]
    records[3] = records[3]._replace(events=(records[3].events[0]._replace(moment="2020-01-01T00:00:00-05:00"),))
    records.append(Record("NEVER000", events_of(stored(999)), sound=False))
    by_code = {record.virtual_code: place for place, record in enumerate(records)}

    def page_by_page(after: str | None) -> Iterator[tuple[list[Record], str | None]]:
        for start in range(by_code[after] + 1 if after else 0, len(records), 40):
            page = records[start : start + 40]
            yield page, page[-1].virtual_code if start + 40 < len(records) else None

    arguments = (LogBucket(), CheckpointKeys().verifiers, page_by_page, LogEntries().indexes, lambda _: None)
    whole = audit(*arguments)
    kept, runs, in_parts = AuditStore(), 0, None
    while in_parts is None or not in_parts.finished:
        in_parts = audit(*arguments, before=in_parts, more=lambda: False)
        kept.write("2026-11", in_parts)
        assert in_parts.finished or kept.read("2026-11") == in_parts
        in_parts, runs = kept.read("2026-11"), runs + 1
    assert runs == -(-len(records) // 40)
    assert (whole.found, in_parts.found, in_parts.records) == (5, 5, len(records))
    assert sorted(in_parts.findings) == sorted(whole.findings)
    assert {finding.what for finding in whole.findings} == {"entry_without_row", "row_says_else", "row_without_entry"}


def test_a_month_that_was_not_audited_to_its_end_is_an_error(logging: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def page_after_page(_: object, after: str | None) -> Iterator[tuple[list[Record], str]]:
        yield [], "ALWAYS00"

    monkeypatch.setattr(CertificateScan, "pages", page_after_page)
    bring(logging, changes(stored(1)))
    assert not logging.invoke("audit_log", {})["finished"]
    with pytest.raises(IncompleteAudit):
        logging.invoke("audit_log", {"last": True})


@pytest.mark.parametrize("name", ["../daily/2026-11-01", "", "a" * 41, 7, "é"])
def test_an_audit_has_a_plain_name(logging: World, name: object) -> None:
    assert logging.invoke("audit_log", {"audit": name})["problem"]["code"] == "invalid_fields"
