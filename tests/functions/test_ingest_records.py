"""Loading as the cloud does it: three steps of one function, over true tables and buckets."""

import json
import random
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from constancia.aws.replicas import CHANGES, Replicas, SchoolRecordReplica
from constancia.loading import lines
from constancia.loading.judging import load_lines
from constancia.loading.load import Load

from infra import wiring
from infra.local import service
from infra.local.inbox import Inbox
from infra.local.runtime import Runtime
from infra.local.views import Views
from infra.workflow import definition
from tests import dynamodb_local, nation
from tests.bench import loading as bench
from tests.functions.conftest import Invoke
from tests.trust import killed
from tests.trust.audit import items_of

INGEST = wiring.function("ingest_records")


@pytest.fixture
def inbox(invoke: Invoke) -> Inbox:
    return Inbox(INGEST, invoke)


def load(inbox: Inbox, content: bytes, name: str = "file.jsonl") -> dict[str, Any]:
    inbox.s3.put_object(Bucket=inbox.bucket, Key=f"incoming/{name}", Body=content)
    (key,) = inbox.arrived()
    return inbox.work_off(key)


def test_people_and_school_records_are_where_the_service_looks_for_them(inbox: Inbox) -> None:
    content = b"".join([nation.as_line(nation.person(0)), *nation.school_records(10)])
    assert load(inbox, content)["loaded"] == 11
    (person,) = (item["person"] for item in items_of("PEOPLE_TABLE") if item["document_number"] == "70000000")
    assert json.loads(person)["given_names"] == "ROSA CECILIA"
    assert {(record.level, record.year) for record in SchoolRecordReplica().of_student("70000000")} == {
        ("primary" if year < 2019 else "secondary", year) for year in range(2013, 2023)
    }


def test_a_correction_of_a_sample_replaces_it_and_says_since_when(inbox: Inbox) -> None:
    sample = json.loads((service.SAMPLES / "school_records.jsonl").read_text().splitlines()[0])
    summary = load(inbox, nation.as_line({**sample, "final_status": "RETIRADO"}))
    assert (summary["replaced"], summary["loaded"]) == (1, 0)
    (dated,) = [each for each in SchoolRecordReplica().dated(sample["student"]) if each.record.year == sample["year"]]
    assert dated.record.final_status == "RETIRADO"


def test_operators_get_the_summary_by_mail_and_the_rejects_beside_the_file(inbox: Inbox) -> None:
    summary = load(inbox, nation.as_line(nation.person(0)) + nation.BAD["lost leading zeros"][0](1))
    (mail,) = Views("").outbox()
    assert mail["to"] == service.OPERATORS
    assert mail["subject"].endswith(": 2 líneas, 1 rechazada")
    rejects = inbox.s3.get_object(Bucket=inbox.bucket, Key=summary["rejects"])["Body"].read()
    assert json.loads(rejects)["errors"][0]["field"] == "school_code"
    assert inbox.arrived() == [], "what a load writes is no new file"


def test_a_cancelled_load_is_told_by_mail_as_what_it_is_and_the_file_loaded_again_completes_it(inbox: Inbox) -> None:
    content = b"".join(nation.school_records(5_000))
    steps = 0

    def cancel_on_the_way(name: str, command: dict[str, Any]) -> dict[str, Any]:
        nonlocal steps
        steps += command["step"] == "batch"
        if steps == 2:
            told = invoke("watch_loads", {"command": "cancel", "name": "file.jsonl"})
            assert (told["lines"], told["summary"]) == (5_000, None)
        answer: dict[str, Any] = invoke(name, command)
        return answer

    invoke, inbox.invoke = inbox.invoke, cancel_on_the_way
    summary = load(inbox, content)
    assert (summary["cancelled"], summary["read"], summary["loaded"], summary["lines"]) == (True, 2_000, 2_000, 5_000)
    (mail,) = Views("").outbox()
    assert mail["subject"] == "Se canceló la carga de file.jsonl: 2\u00a0000 líneas de 5\u00a0000"
    assert "carga el mismo archivo otra vez" in mail["text"]
    assert len(SchoolRecordReplica().of_student("70000000")) == 10
    again = invoke("watch_loads", {"command": "cancel", "name": "file.jsonl"})
    assert again["problem"]["code"] == "load_ended"
    unknown = invoke("watch_loads", {"command": "cancel", "name": "file"})
    assert unknown["problem"]["detail"] == "No hay ningún archivo con ese nombre en el buzón."
    whole = load(inbox, content, "again.jsonl")
    assert (whole["cancelled"], whole["loaded_before"], whole["read"], whole["loaded"]) == (False, False, 5_000, 5_000)


def test_a_file_of_several_parts_decompressed_comes_through_whole(inbox: Inbox) -> None:
    import gzip

    content = b"".join(nation.school_records(300)) + (b" " * 30_000 + b"\n") * 300
    assert load(inbox, gzip.compress(content, 1), "large.jsonl.gz")["loaded"] == 300


def test_the_workflow_of_the_cloud_takes_the_same_three_steps() -> None:
    assert INGEST.files is not None
    states = definition(INGEST.files, "arn:function", "the-inbox")["States"]
    batch = states["Batches"]["ItemProcessor"]
    assert batch["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert states["Batches"]["ToleratedFailureCount"] == 0
    assert states["Batches"]["ItemReader"]["Parameters"] == {"Bucket": "the-inbox", "Key.$": "$.planned.plan"}
    steps = (states["Plan"], states["Finish"])
    assert [state["Parameters"]["Payload"]["step"] for state in steps] == ["plan", "finish"]
    assert states["Batches"]["ItemSelector"]["step"] == "batch"
    assert all(state["Retry"][0]["MaxAttempts"] == INGEST.files.retries for state in (*steps, batch["States"]["Batch"]))


def test_killed_five_times_and_run_again_the_tables_are_those_of_a_clean_load(
    engine: dynamodb_local.Engine, tmp_path: Path
) -> None:
    """True processes, ended as by a power cut, on Amazon's own engine; `tests.trust.killed` does it with more lines."""
    content, faults = nation.mixed(5_000, 100)
    places = {line - 1 for line, _ in faults}
    later = [{**nation.school_record(n), "final_status": "RETIRADO"} for n in range(200) if n not in places]
    content += b"".join([nation.as_line(nation.person(0)), *map(nation.as_line, later)])
    clean = killed.leave(engine, tmp_path / "clean", content)
    assert (clean.summary["loaded"], clean.summary["replaced"]) == (4_901, len(later))
    assert [(reject["line"], reject["errors"][0]["code"]) for reject in clean.rejects] == faults
    marks = [item for item in clean.items if item.get("level_year") == {"S": CHANGES}]
    assert {mark["student"]["S"] for mark in marks} == {record["student"] for record in later}
    assert len(clean.items) == 4_901 + len(marks)
    dying = killed.deaths(random.Random(3))  # noqa: S311 repeatable
    survived = killed.leave(engine, tmp_path / "killed", content, dying, clean.a_batch_s)
    assert len(dying) == 5
    assert 0 < survived.stored_at_deaths[-1] < 4_901, "it died in the midst of it"
    assert survived.items == clean.items
    assert survived.rejects == clean.rejects


def test_two_loads_at_once_on_the_real_engine_agree_on_the_later(real_aws: None) -> None:
    from concurrent.futures import ThreadPoolExecutor

    runtimes = [Inbox(INGEST, Runtime().invoke) for _ in range(2)]
    for n, mark in enumerate(("PROMOVIDO", "RETIRADO")):
        lines = [nation.as_line({**nation.school_record(number), "final_status": mark}) for number in range(300)]
        boto3.client("s3").put_object(Bucket=runtimes[0].bucket, Key=f"incoming/{n}.jsonl", Body=b"".join(lines))
        time.sleep(1.1)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: runtimes[n].work_off(f"incoming/{n}.jsonl"), (0, 1)))
    assert {record.final_status for record in SchoolRecordReplica().of_student("70000000")} == {"RETIRADO"}


def test_the_requests_that_the_bench_gives_the_engine_alone_are_those_of_a_load(
    engine: dynamodb_local.Engine, real_aws: None
) -> None:
    load = Load("file.jsonl", "", "", "", "2026-11-23T12:00:00-05:00#0123456789abcdef", again=False)
    groups = bench.recorded(load, 0, 250)
    assert SchoolRecordReplica().of_student("70000000") == [], "nothing was sent"
    assert bench.replay(engine, groups) > 0
    assert len(groups) == 3
    assert len(SchoolRecordReplica().of_student("70000024")) == nation.YEARS_EACH
    loaded = load_lines(lines.numbered(nation.school_records(250), 1), load, bench.TODAY, replicas=Replicas())
    assert loaded.counts == {"loaded": 250}
    (again,) = bench.recorded(load, 0, 100)
    with pytest.raises(AssertionError, match="400"):
        bench.replay(engine, [again])
