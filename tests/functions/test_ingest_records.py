"""Loading as the cloud does it: three steps of one function, over true tables and buckets."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from constancia.aws.dynamodb import People, SchoolRecords

from infra import wiring
from infra.local import service, storage
from infra.local.inbox import Inbox
from infra.local.runtime import Runtime
from infra.local.views import Views
from infra.workflow import definition
from tests import dynamodb_local, nation
from tests.functions.conftest import Invoke

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
    assert People().look_up(["70000000"])["70000000"].given_names == "ROSA CECILIA"
    assert {(record.level, record.year) for record in SchoolRecords().of("70000000")} == {
        ("primary" if year < 2019 else "secondary", year) for year in range(2013, 2023)
    }


def test_a_correction_of_a_sample_replaces_it_and_says_since_when(inbox: Inbox) -> None:
    sample = json.loads((service.SAMPLES / "school_records.jsonl").read_text().splitlines()[0])
    summary = load(inbox, nation.as_line({**sample, "final_status": "RETIRADO"}))
    assert (summary["replaced"], summary["loaded"]) == (1, 0)
    (dated,) = [each for each in SchoolRecords().dated(sample["student"]) if each.record.year == sample["year"]]
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

    def cancel_on_the_way(name: str, order: dict[str, Any]) -> dict[str, Any]:
        nonlocal steps
        steps += order["step"] == "batch"
        if steps == 2:
            told = invoke(name, {"step": "cancel", "name": "file.jsonl"})
            assert (told["lines"], told["summary"]) == (5_000, None)
        answer: dict[str, Any] = invoke(name, order)
        return answer

    invoke, inbox.invoke = inbox.invoke, cancel_on_the_way
    summary = load(inbox, content)
    assert (summary["cancelled"], summary["read"], summary["loaded"], summary["lines"]) == (True, 2_000, 2_000, 5_000)
    (mail,) = Views("").outbox()
    assert mail["subject"] == "Se canceló la carga de file.jsonl: 2\u00a0000 líneas de 5\u00a0000"
    assert "carga el mismo archivo otra vez" in mail["text"]
    assert len(SchoolRecords().of("70000000")) == 10
    again = invoke("ingest_records", {"step": "cancel", "name": "file.jsonl"})
    assert again["problem"]["code"] == "load_ended"
    unknown = invoke("ingest_records", {"step": "cancel", "name": "file"})
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


KILLED = """
import sys
from datetime import datetime
from pathlib import Path
from constancia.lima import LIMA
from constancia.lines import Batch
from constancia.loading import Load
from tests.bench.loading import TODAY, loader
steps = loader(sys.argv[1])
planned = steps.plan("incoming/file.jsonl", datetime.now(LIMA))
print("planned", flush=True)
for place in steps.inbox.get(planned["plan"]):
    steps.batch(Load.of(planned["load"]), Batch(**place), TODAY)
print(steps.finish(planned, datetime.now(LIMA))["loaded"])
"""


def all_of(engine: dynamodb_local.Engine) -> list[Any]:
    pages = engine.client().get_paginator("scan").paginate(TableName=storage.names()["SCHOOL_RECORDS_TABLE"])
    return sorted((item for page in pages for item in page["Items"]), key=str)


def test_killed_five_times_and_run_again_the_tables_are_those_of_a_clean_load(
    engine: dynamodb_local.Engine, tmp_path: Path
) -> None:
    """True processes, ended as by a power cut, on Amazon's own engine."""
    content = b"".join(nation.school_records(4_000)) + b"".join(nation.school_records(1_000))
    environment = {**os.environ, **engine.environment}
    dice, tables = random.Random(3), []  # noqa: S311 repeatable
    for deaths in (0, 5):
        engine.empty()
        storage.create_tables(engine.client())
        folder = tmp_path / str(deaths)
        (folder / "incoming").mkdir(parents=True)
        file = folder / "incoming" / "file.jsonl"
        file.write_bytes(content)
        os.utime(file, (1_750_000_000, 1_750_000_000))
        command = [sys.executable, "-c", KILLED, str(folder)]
        for _ in range(deaths):
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == "planned\n"
                time.sleep(dice.uniform(0.05, 0.6))
                process.kill()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "4000", done.stderr
        tables.append(all_of(engine))
    assert len(tables[0]) == 4_000
    assert tables[0] == tables[1]


def test_two_loads_at_once_on_the_real_engine_agree_on_the_later(real_aws: None) -> None:
    from concurrent.futures import ThreadPoolExecutor

    runtimes = [Inbox(INGEST, Runtime().invoke) for _ in range(2)]
    for n, mark in enumerate(("PROMOVIDO", "RETIRADO")):
        lines = [nation.as_line({**nation.school_record(number), "final_status": mark}) for number in range(300)]
        boto3.client("s3").put_object(Bucket=runtimes[0].bucket, Key=f"incoming/{n}.jsonl", Body=b"".join(lines))
        time.sleep(1.1)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: runtimes[n].work_off(f"incoming/{n}.jsonl"), (0, 1)))
    assert {record.final_status for record in SchoolRecords().of("70000000")} == {"RETIRADO"}
