"""The service on this machine: it starts fast, says clearly why it cannot, and leaves nothing behind."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from constancia.metric_names import REQUEST_ACCEPTED

from infra import parts, wiring
from infra.local import bus, events, service, storage
from infra.local.runtime import Runtime
from infra.local.schedule import Scheduler
from tests.conftest import SAMPLES
from tests.journeys.citizen import Citizen

CONSTANCIA = Path(sys.executable).with_name("constancia")


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CONSTANCIA, "serve", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def rest(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it still says until it ends; `communicate` would lose what `readline` read ahead."""
    assert process.stdout is not None
    assert process.stderr is not None
    printed = process.stdout.read(), process.stderr.read()
    process.wait(timeout=20)
    return printed


def test_it_says_where_it_is_once_it_can_be_used_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    process = start("--port", "0")
    ready = re.fullmatch(r"Listo: (http://127\.0\.0\.1:\d+)", first_line(process))
    assert ready
    assert Citizen(ready[1]).call("GET", "/api/captcha?for=request").status == 200
    process.send_signal(signal.SIGINT)
    output, errors = rest(process)
    assert (process.returncode, errors) == (0, "")
    assert "71705600" in output, "a student to try"
    with socket.socket() as port, pytest.raises(ConnectionRefusedError):
        port.connect(("127.0.0.1", int(ready[1].rpartition(":")[2])))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ("{", "línea 1"),
        ('{"document_number":"1"}', "línea 1"),
        ("\n\n[]", "línea 3"),
        ("\udcff", "línea 1"),
        (None, "no se puede leer"),
    ],
)
def test_a_broken_data_file_is_one_clear_line(tmp_path: Path, people: str | None, expected: str) -> None:
    if people is not None:
        (tmp_path / "people.jsonl").write_bytes(people.encode(errors="surrogateescape"))
    process = start("--port", "0", "--data", str(tmp_path))
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output == ""
    assert expected in errors
    assert "people.jsonl" in errors
    assert len(errors.splitlines()) == 1


def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert "ocupado" in errors


def test_a_hundred_and_fifty_idle_connections_keep_nobody_from_an_answer() -> None:
    with service.running(0) as started, ExitStack() as idle:
        port = int(started.url.rpartition(":")[2])
        for _ in range(150):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        with urllib.request.urlopen(f"{started.url}/verificar/", timeout=2) as answer:  # noqa: S310 a loopback address
            assert answer.status == 200


def test_it_answers_only_to_its_own_host() -> None:
    with service.running(0) as started:
        port = int(started.url.rpartition(":")[2])
        answers = {}
        for host in (f"127.0.0.1:{port}", f"LocalHost:{port}", "localhost", f"attacker.example:{port}", None):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.putrequest("GET", "/_local/outbox", skip_host=True)
            if host is not None:
                connection.putheader("Host", host)
            connection.endheaders()
            answer = connection.getresponse()
            answers[host] = answer.status, bool(answer.read())
            connection.close()
    own, other = (200, True), (421, False)
    assert list(answers.values()) == [own, own, other, other, other]


def test_other_peoples_files_serve_as_well(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "school_records.jsonl", tmp_path)
    renamed = (SAMPLES / "people.jsonl").read_text().replace("ROSA CECILIA", "INÉS")
    (tmp_path / "people.jsonl").write_text(renamed + "\n" + renamed)
    process = start("--port", "0", "--data", str(tmp_path))
    try:
        assert first_line(process).startswith("Listo: ")
    finally:
        process.terminate()
        output, _ = rest(process)
    assert "INÉS" in output
    assert process.returncode == 0


@pytest.mark.alone
def test_it_starts_in_less_than_three_times_the_import_of_moto_and_powertools() -> None:
    """The promise is for a second run; the first one may have to write bytecode."""
    importing = [sys.executable, "-c", "import moto, aws_lambda_powertools"]

    def seconds_to_import() -> float:
        before = time.perf_counter()
        subprocess.run(importing, check=True)
        return time.perf_counter() - before

    def seconds_to_start() -> float:
        before = time.perf_counter()
        process = start("--port", "0")
        assert first_line(process).startswith("Listo: ")
        took = time.perf_counter() - before
        process.terminate()
        process.communicate(timeout=20)
        return took

    seconds_to_import(), seconds_to_start()
    rounds = [(seconds_to_start(), seconds_to_import()) for _ in range(5)]
    assert min(started / imported for started, imported in rounds) < 3, rounds


def test_however_often_something_is_counted_nothing_is_printed(aws: None, capfd: pytest.CaptureFixture[str]) -> None:
    runtime = Runtime()
    challenge = json.loads((SAMPLES.parent / "validate_request" / "challenge.json").read_text())
    runtime.invoke("validate_request", challenge)
    count = runtime.modules["validate_request"].count
    for _ in range(150):
        count(REQUEST_ACCEPTED)
        runtime.invoke("validate_request", challenge)
    assert capfd.readouterr().out == ""


def test_the_main_job_runs_without_a_server(tmp_path: Path) -> None:
    request = SAMPLES / "requests" / "guardian.json"
    done = subprocess.run([CONSTANCIA, "issue", request, "-o", tmp_path], capture_output=True, text=True, check=True)
    (pdf,) = tmp_path.glob("constancia-*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert pdf.stem.removeprefix("constancia-") in done.stdout


def test_a_refused_request_says_why(tmp_path: Path) -> None:
    request = json.loads((SAMPLES / "requests" / "guardian.json").read_text())
    for body, expected in (
        ({**request, "modality": "EBA"}, "Educación Básica Regular"),
        ({**request, "contact": {"email": "?"}}, "contact.email"),
        ([], "objeto JSON"),
    ):
        file = tmp_path / "request.json"
        file.write_text(json.dumps(body))
        done = subprocess.run([CONSTANCIA, "issue", file], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert expected in done.stderr
        assert "Traceback" not in done.stderr


def test_the_sample_events_are_those_of_the_functions() -> None:
    folder = SAMPLES.parent
    with_events = {path.name for path in folder.iterdir() if path.is_dir()} - {"sample"}
    assert with_events == {function.name for function in wiring.FUNCTIONS}
    for function in wiring.FUNCTIONS:
        assert list((folder / function.name).glob("*.json")), function.name


def test_every_table_of_the_wiring_can_be_made() -> None:
    for table in wiring.TABLES:
        definition = storage.table_definition(table)
        declared = {attribute["AttributeName"] for attribute in definition["AttributeDefinitions"]}
        used = {key["AttributeName"] for key in definition["KeySchema"]}
        for index in definition.get("GlobalSecondaryIndexes", []):
            used |= {key["AttributeName"] for key in index["KeySchema"]}
        assert declared == used


def test_a_route_takes_its_own_method_and_path_only() -> None:
    route = parts.Route("GET", "/api/requests/{request_id}/transcript", 1)
    assert events.match(route, "GET", "/api/requests/abc/transcript") == {"request_id": "abc"}
    for method, path in (
        ("POST", "/api/requests/abc/transcript"),
        ("GET", "/api/requests//transcript"),
        ("GET", "/api/requests/abc/transcript/"),
        ("GET", "/api/requests/a/b/transcript"),
    ):
        assert events.match(route, method, path) is None


def test_event_filters_are_lambdas() -> None:
    pattern = {
        "eventName": ["MODIFY"],
        "dynamodb": {"NewImage": {"state": {"S": ["issued"]}}, "x": [{"exists": False}]},
    }
    change: dict[str, Any] = {"eventName": "MODIFY", "dynamodb": {"NewImage": {"state": {"S": "issued"}}}}
    assert events.matches(pattern, change)
    assert not events.matches(pattern, {**change, "eventName": "INSERT"})
    assert not events.matches(pattern, {"eventName": "MODIFY", "dynamodb": {}})
    assert not events.matches(pattern, {**change, "dynamodb": {**change["dynamodb"], "x": 1}})


def test_an_event_of_the_bus_reaches_every_function_whose_trigger_matches_and_is_retried() -> None:
    """As EventBridge does: by bucket, by how the read was signed, and again after a failure."""
    called: list[str] = []

    def invoke(name: str, event: events.Event) -> None:
        called.append(name)
        if len(called) == 1:
            raise RuntimeError

    bus.publish(events.download_event("reports", "daily/x.csv"), invoke)
    failed = events.download_event("pdfs", "C2CC652Z/0.pdf")
    failed["detail"]["errorCode"] = "AccessDenied"
    bus.publish(failed, invoke)
    assert called == []
    bus.publish(events.download_event("pdfs", "C2CC652Z/0.pdf"), invoke)
    assert called == ["count_download"] * 2


def test_what_is_made_every_hour_is_made_soon_after_the_start_too() -> None:
    called: list[str] = []
    scheduler = Scheduler(lambda name, event: called.append(name))
    start = scheduler.last.replace(hour=12, minute=3)
    scheduler.last = start
    scheduler.tick(start)
    assert called == ["publish_status_list"]
    scheduler.tick(start + timedelta(minutes=1))
    assert len(called) == 1
    scheduler.tick(start + timedelta(minutes=7))
    assert called.count("publish_status_list") == 2


def test_the_gateway_and_the_triggers_name_nothing_that_the_table_names() -> None:
    """A new route, trigger or bucket is a row of the wiring, and nothing here changes."""
    names = {named.name for named in (*wiring.FUNCTIONS, *wiring.TABLES, *wiring.BUCKETS)}
    names.remove("portal")  # the folder of the pages has the name of their bucket
    for module in ("gateway", "bus", "stream", "inbox", "schedule", "runtime"):
        written = set(re.findall(r"\"(\w+)\"", (Path(storage.__file__).with_name(f"{module}.py")).read_text()))
        assert written & names == set(), module


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine() -> None:
    root = SAMPLES.parents[1]
    if not shutil.which("git") or not (root / ".git").exists():
        files = [path for path in root.rglob("*") if path.is_file() and ".venv" not in path.parts]
    else:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
        files = [root / name for name in listed.stdout.split("\0") if name]
    forbidden = re.compile(
        rb"--(?:extra-)?index[-]url|--find[-]links|\"resolved\": *\"http|/ro" rb"ot/|[.]py" rb"env|/wo" rb"rk/"
    )
    found = [path.name for path in files if path.is_file() and forbidden.search(path.read_bytes())]
    assert found == []
