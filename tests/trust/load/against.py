"""The verifications of this code beside those of an earlier commit, in turns, so that a busy machine slows both."""

import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.trust.load.processes import ROOT

ROUNDS = 3
LEAST_FASTER = 1.6
"""Times as many verifications a second as before issue "The right person"."""
MEASURED = re.compile(r"  verification: \d+, (\d+) a second; p50 [\d.]+, p95 [\d.]+, p99 ([\d.]+) ms")
"""The line of `report.phase` about verifications, which earlier commits print alike."""


class Speed(NamedTuple):
    """What one run measured."""

    a_second: float
    p99_ms: float

    def __str__(self) -> str:
        return f"{self.a_second:.0f} verifications a second, p99 {self.p99_ms:.1f} ms"


def compare(commit: str, options: list[str]) -> bool:
    """Runs both in turns and prints their medians; whether this code is faster by `LEAST_FASTER`, at a lower p99.

    Args:
        commit: of this repository. Its own load tool runs its own service, since clients changed with the API.
        options: of the command, for both.

    Raises:
        subprocess.CalledProcessError: there is no such commit.
    """
    with tempfile.TemporaryDirectory() as folder:
        earlier = Path(folder)
        packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(earlier, filter="data")
        # The engine that was fetched already.
        (earlier / "build").symlink_to(ROOT / "build")
        speeds: dict[Path, list[Speed]] = {earlier: [], ROOT: []}
        for turn in range(ROUNDS):
            for tree, found in speeds.items():
                found.append(measure(tree, options))
                name = "this code" if tree == ROOT else commit
                print(f"{turn + 1}. {name}: {found[-1]}", flush=True)
        before, now = (
            Speed(median(run.a_second for run in runs), median(run.p99_ms for run in runs)) for runs in speeds.values()
        )
    faster = now.a_second / before.a_second
    print(f"medians: {now} against {before}: {faster:.2f} times; load average {os.getloadavg()}")
    return faster >= LEAST_FASTER and now.p99_ms < before.p99_ms


def measure(tree: Path, options: list[str]) -> Speed:
    """The speed of verifications in a source tree.

    Raises:
        RuntimeError: the tool of that tree measured none; with what it wrote.
    """
    folders = (tree, tree / "layers" / "core" / "python", tree / "layers" / "rendering" / "python")
    run = subprocess.run(
        [sys.executable, "-m", "tests.trust.load", *options, "--outage", "0"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,  # it ends with 1 where a figure of others is not met
    )
    found = MEASURED.findall(run.stdout)
    if not found:
        raise RuntimeError(run.stdout[-2000:] + run.stderr[-2000:])
    return Speed(*map(float, found[-1]))
