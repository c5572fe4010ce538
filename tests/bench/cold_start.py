"""Measures a function's first answer in a new process: start, import, one request.

`python -m tests.bench.cold_start`. Each process has its own package, layers and the libraries of Lambda's runtime alone
on its path, with bytecode, in Lambda's Python where this machine has it. A local address plays AWS: it repeats the
replies that were recorded for the same request. What is compared runs in turns, in one run:

- verification and request, beside a bare script that makes the same calls, with one boto3 client a service;
- the first certificate of `render_certificate`, beside the same function whose `constancia_pdf` draws with typst
  and seals nothing.

Times are processor time, which depends less than the wall clock on what else the machine does; the wall clock is beside
it. Ratios are medians over pairs of neighbouring processes. Prints a table and writes these keys into
`build/bench.json`:

- `cold_start.verification_ms`, `cold_start.request_ms`, `cold_start.certificate_ms`: the function, median.
- `cold_start.verification_wall_ms`, `cold_start.request_wall_ms`, `cold_start.certificate_wall_ms`: by the wall clock.
- `cold_start.verification_ratio`, `cold_start.request_ratio`: to the bare script, at most 1.3 and 1.6.
- `cold_start.certificate_typst_ms`, `cold_start.certificate_typst_wall_ms`: the function that draws with typst, median.
- `cold_start.certificate_ratio_to_typst`, `cold_start.certificate_wall_ratio_to_typst`: to that function.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import typst

from infra.cloud import layers
from infra.local import service, storage
from tests.conftest import SAMPLES
from tests.infra.cloud.ledger import Exchange, Ledger
from tests.infra.cloud.replay import ALONE, THIS_MACHINE, environment, interpreter, replaying, runtime_folder
from tests.journeys.citizen import request_body
from tests.trust.world import Client

RESULTS = Path("build/bench.json")
ROUNDS = 21
MOST = {"verification": 1.3, "request": 1.6}
"""The highest acceptable ratio to the bare script."""

BARE = """
import json, sys
name, paths, calls = json.load(sys.stdin)
sys.path[:0] = paths
import boto3
from botocore.exceptions import ClientError
clients = {}
for service, operation, parameters in calls:
    if service not in clients:
        clients[service] = boto3.client(service)
    try:
        getattr(clients[service], operation)(**parameters)
    except ClientError:
        pass  # the function met the same refusal, and went on
"""

DRAWING_WITH_TYPST = {
    "__init__.py": """
from typing import NamedTuple

from constancia.document import Document

from tests.bench.render_typst import by_typst


class Rendering(NamedTuple):
    pdf: bytes
    by_reference: bool


def render(document: Document, room: int) -> Rendering:
    return Rendering(by_typst(document), by_reference=False)
""",
    "prepared.py": """
def read() -> None:
    pass
""",
    "seal.py": """
class Seal:
    room = 0

    def __init__(self, chain: tuple[bytes, ...]) -> None:
        pass

    def attributes(self, unsealed: bytes) -> bytes:
        return bytes(135)

    def apply(self, unsealed: bytes, attributes: bytes, signature: bytes) -> bytes:
        return unsealed
""",
}
"""The modules of a `constancia_pdf` that draws with typst, from the template of the other benchmarks.

It seals nothing: importing pyHanko would take longer than all of the function.
"""


class Process(NamedTuple):
    """A process to measure: a Python script and its standard input."""

    script: str
    input: str


class Cost(NamedTuple):
    """The time of one process in milliseconds."""

    processor: float
    wall: float


def recorded() -> dict[str, Exchange]:
    """Records a certificate, a verification and a request, each by a copy of its function that was just started."""
    import boto3

    with service.moto(), Ledger().open() as ledger:
        storage.create_tables(boto3.client("dynamodb", region_name=storage.REGION))
        storage.load(boto3.client("dynamodb", region_name=storage.REGION), SAMPLES)
        storage.create_rest()
        citizen = Client(ledger)  # type: ignore[arg-type]
        request_id = citizen.ask(request_body()).json["request_id"]
        assert citizen.transcript(request_id).status == 200
        ledger.restart()
        accepted = citizen.accept(request_id)
        assert accepted.status == 201
        (certificate,) = ledger.exchanges[ledger.restarted_at :]
        asking = {"captcha": citizen.prove_human("request"), **request_body()}
        verifying = {
            "captcha": citizen.prove_human("verification"),
            "virtual_code": accepted.json["virtual_code"],
            "document_number": "71705600",
        }
        ledger.restart()
        assert citizen.post("/api/requests", asking).status == 201
        assert citizen.post("/api/verifications", verifying).status == 200
    request, verification = ledger.exchanges[ledger.restarted_at :]
    return {"verification": verification, "request": request, "certificate": certificate}


def run(process: Process, exchange: Exchange) -> Cost:
    """Runs a process to its end, with AWS played anew."""
    with replaying(exchange.replies) as endpoint:
        started = time.perf_counter()
        running = subprocess.Popen(
            [interpreter(), "-I", "-S", "-B", "-c", process.script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(endpoint),
            cwd="/",
        )
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(process.input.encode())
        running.stdin.close()
        printed = running.stdout.read()
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - started
        running.stdout.close()
        running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0
    if process.script == ALONE:
        answer, _ = json.loads(printed.splitlines()[-1])
        assert answer["statusCode"] == exchange.answer["statusCode"]
    return Cost((used.ru_utime + used.ru_stime) * 1000, wall * 1000)


def measure(processes: dict[str, Process], exchange: Exchange) -> dict[str, list[Cost]]:
    """Runs the processes in turns and returns the costs of each by its name."""
    costs: dict[str, list[Cost]] = {name: [] for name in processes}
    for number in range(ROUNDS + 1):
        for name, process in processes.items():
            cost = run(process, exchange)
            if number:  # the first round only warms the disk cache
                costs[name].append(cost)
    return costs


def function_process(exchange: Exchange, package: Path, mounted: list[Path], runtime: Path) -> Process:
    """The function with its package and these layers."""
    package.mkdir(exist_ok=True)
    name = f"{exchange.function}.py"
    (package / name).write_text((layers.ROOT / "functions" / name).read_text())
    paths = [str(path) for path in (package, *mounted, runtime)]
    return Process(ALONE, json.dumps([exchange.function, paths, exchange.event]))


def bare_process(exchange: Exchange, runtime: Path) -> Process:
    """A script that makes the same calls."""
    calls = [(reply.service, _method(reply.operation), reply.parameters) for reply in exchange.replies]
    return Process(BARE, json.dumps(["", [str(runtime)], calls]))


def _method(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


def layer(name: str) -> Path:
    """The Python folder of a layer, built for this machine."""
    return layers.build(name, THIS_MACHINE) / "python"


def typst_layer(folder: Path) -> Path:
    """Makes a rendering layer whose `constancia_pdf` draws with typst: typst, the template, fonts, wording and QR."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(layer("rendering") / "constancia_pdf", folder / "constancia_pdf", ignore=ignored)
    for name, module in DRAWING_WITH_TYPST.items():
        (folder / "constancia_pdf" / name).write_text(module)
    shutil.copytree(Path(typst.__file__).parent, folder / "typst", ignore=ignored)
    bench = folder / "tests" / "bench"
    bench.mkdir(parents=True)
    for name in ("render_typst.py", "render_words.py"):
        shutil.copy(Path(__file__).with_name(name), bench)
    compile_all([folder], "--invalidation-mode", "unchecked-hash")  # as `infra.cloud.layers` does
    return folder


def compile_all(folders: list[Path], *options: str) -> None:
    """Writes the bytecode of all modules, which the libraries of Lambda's runtime have, too."""
    command = [interpreter(), "-m", "compileall", "-q", *options, *map(str, folders)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})


def medians(costs: list[Cost]) -> Cost:
    """The median of each time."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def ratios(costs: list[Cost], others: list[Cost]) -> Cost:
    """The median ratio of each time. Neighbours are compared: the load of the machine changes during a run."""
    pairs = zip(costs, others, strict=True)
    return medians([Cost(one.processor / other.processor, one.wall / other.wall) for one, other in pairs])


def main() -> None:
    """Measures, prints and writes."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        runtime = runtime_folder(folder / "runtime")
        compile_all(list(runtime.iterdir()))
        for name, exchange in recorded().items():
            if name == "certificate":
                other, title = "typst", "drawn by typst"
                mounted = [layer("core"), layer("rendering")]
                compared = function_process(
                    exchange, folder / name, [layer("core"), typst_layer(folder / "typst"), layer("rendering")], runtime
                )
            else:
                other, title = "bare", f"bare script with the same {len(exchange.replies)} calls"
                mounted = [layer("core")]
                compared = bare_process(exchange, runtime)
            function = function_process(exchange, folder / name, mounted, runtime)
            costs = measure({"function": function, other: compared}, exchange)
            ours, theirs = medians(costs["function"]), medians(costs[other])
            ratio = ratios(costs["function"], costs[other])
            found[f"cold_start.{name}_ms"] = round(ours.processor, 1)
            found[f"cold_start.{name}_wall_ms"] = round(ours.wall, 1)
            if other == "typst":
                found[f"cold_start.{name}_typst_ms"] = round(theirs.processor, 1)
                found[f"cold_start.{name}_typst_wall_ms"] = round(theirs.wall, 1)
                found[f"cold_start.{name}_ratio_to_typst"] = round(ratio.processor, 2)
                found[f"cold_start.{name}_wall_ratio_to_typst"] = round(ratio.wall, 2)
            else:
                found[f"cold_start.{name}_ratio"] = round(ratio.processor, 2)
            print(
                f"{name:12} {ours.processor:6.0f} ms, {title} {theirs.processor:6.0f} ms: "
                f"{ratio.processor:.2f} times{f' (at most {MOST[name]})' if name in MOST else ''}; "
                f"wall clock {ours.wall:.0f} and {theirs.wall:.0f} ms, {ratio.wall:.2f} times"
            )
    RESULTS.parent.mkdir(exist_ok=True)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **found}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    if layers.interpreter() is None:
        sys.stderr.write(f"no Python {layers.PYTHON} here: measured with {sys.executable}\n")
    main()
