"""What the first request to a fresh copy of a function costs, beside a bare script that makes the same calls.

`python -m tests.bench.cold_start`. Whole processes, in turns: start, import, one answered request, end; each with its
own package and layers alone on the path, with bytecode, in Lambda's Python where this machine has it. DynamoDB is
played by an address of this machine that gives back what was recorded of the same request. The bare script makes one
boto3 client and the very calls that the function makes. Processor time, which a busy machine does not blur; the wall
clock beside it. Prints a table and writes these keys into `build/bench.json`:

- `cold_start.verification_ms`, `cold_start.request_ms`: processor time of the function, median.
- `cold_start.verification_ratio`, `cold_start.request_ratio`: against the bare script's, the median of neighbours in
  time. At most 1.3 and 1.6.
- `cold_start.verification_wall_ms`, `cold_start.request_wall_ms`: by the clock on the wall.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from infra.cloud import layers
from infra.local import service, storage
from tests.conftest import SAMPLES
from tests.infra.cloud.ledger import Exchange, Ledger
from tests.infra.cloud.life import Gatekeeper
from tests.infra.cloud.replay import ALONE, environment, interpreter, replaying, runtime_folder
from tests.journeys.citizen import request_body
from tests.trust.world import Client

RESULTS = Path("build/bench.json")
ROUNDS = 21
MOST = {"verification": 1.3, "request": 1.6}

BARE = """
import json, sys
name, paths, calls = json.load(sys.stdin)
sys.path[:0] = paths
import boto3
from botocore.exceptions import ClientError
client = boto3.client("dynamodb")
for operation, parameters in calls:
    try:
        getattr(client, operation)(**parameters)
    except ClientError:
        pass  # the function met the same refusal, and went on
"""


class Cost(NamedTuple):
    """Milliseconds of one process."""

    processor: float
    wall: float


def recorded() -> dict[str, Exchange]:
    """A verification and a request, each by a copy of its function that was just started."""
    import boto3

    with service.moto(), Ledger().open() as ledger:
        storage.create_tables(boto3.client("dynamodb", region_name=storage.REGION))
        storage.load(boto3.client("dynamodb", region_name=storage.REGION), SAMPLES)
        storage.create_rest()
        citizen = Client(Gatekeeper(ledger))  # type: ignore[arg-type]
        certificate = citizen.obtain(request_body())
        asking = {"captcha": citizen.prove_human("request"), **request_body()}
        verifying = {
            "captcha": citizen.prove_human("verification"),
            "virtual_code": certificate["virtual_code"],
            "document_number": "71705600",
        }
        ledger.restart()
        assert citizen.post("/api/requests", asking).status == 201
        assert citizen.post("/api/verifications", verifying).status == 200
    request, verification = ledger.exchanges[ledger.restarted_at :]
    return {"verification": verification, "request": request}


def run(script: str, exchange: Exchange, told: str) -> Cost:
    """One process, with AWS played anew."""
    with replaying(exchange.replies) as endpoint:
        started = time.perf_counter()
        process = subprocess.Popen(
            [interpreter(), "-I", "-S", "-B", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=environment(endpoint),
            cwd="/",
        )
        assert process.stdin is not None
        process.stdin.write(told.encode())
        process.stdin.close()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Cost((used.ru_utime + used.ru_stime) * 1000, wall * 1000)


def compile_runtime(runtime: Path) -> None:
    """Lambda's own libraries come with bytecode, and so must these."""
    command = [interpreter(), "-m", "compileall", "-q", *map(str, runtime.iterdir())]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""})


def measure(exchange: Exchange, runtime: Path, folder: Path) -> dict[str, list[Cost]]:
    """Both processes, in turns."""
    package = folder / exchange.function
    package.mkdir()
    (package / f"{exchange.function}.py").write_text((layers.ROOT / f"functions/{exchange.function}.py").read_text())
    paths = [str(path) for path in (package, layers.build("core") / "python", runtime)]
    calls = [(_method(reply.operation), reply.parameters) for reply in exchange.replies]
    turns = {
        "function": (ALONE, json.dumps([exchange.function, paths, exchange.event])),
        "bare": (BARE, json.dumps(["", [str(runtime)], calls])),
    }
    costs: dict[str, list[Cost]] = {who: [] for who in turns}
    for number in range(ROUNDS + 1):
        for who, (script, told) in turns.items():
            cost = run(script, exchange, told)
            if number:  # the first warms the disk
                costs[who].append(cost)
    return costs


def _method(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


def main() -> None:
    """Measures, prints and writes."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        runtime = runtime_folder(Path(scratch) / "runtime")
        compile_runtime(runtime)
        for name, exchange in recorded().items():
            costs = measure(exchange, runtime, Path(scratch))
            middle = {who: statistics.median(cost.processor for cost in taken) for who, taken in costs.items()}
            # Neighbours in time share the machine's mood, so each is held against its own neighbour.
            pairs = zip(costs["function"], costs["bare"], strict=True)
            ratio = statistics.median(function.processor / bare.processor for function, bare in pairs)
            found |= {
                f"cold_start.{name}_ms": round(middle["function"], 1),
                f"cold_start.{name}_ratio": round(ratio, 2),
                f"cold_start.{name}_wall_ms": round(statistics.median(cost.wall for cost in costs["function"]), 1),
            }
            print(
                f"{name:12} {middle['function']:6.0f} ms, bare script with the same {len(exchange.replies)} calls "
                f"{middle['bare']:6.0f} ms: {ratio:.2f} times (at most {MOST[name]})"
            )
    RESULTS.parent.mkdir(exist_ok=True)
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.write_text(json.dumps({**known, **found}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    if layers.interpreter() is None:
        sys.stderr.write(f"no Python {layers.PYTHON} here: measured with {sys.executable}\n")
    main()
