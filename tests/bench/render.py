"""What drawing a certificate costs, beside the same certificate drawn by typst, reportlab and plain fpdf2.

All in one run on one core, in turns, round after round; in processor time, which a busy machine does not blur. Prints a
table and writes these keys into `build/bench.json`, beside what other benchmarks wrote there:

- `render.ms_per_document`, `render.p99_ms`: median and 99th percentile of one document, warm.
- `render.ratio_to_typst`, `render.ratio_to_reportlab`, `render.ratio_to_plain_fpdf2`: how many times faster we are.
- `render.new_shape_ms`: one document whose shape this process has not drawn before.
- `render.reference_ms`, `render.reference_ratio_to_typst`: our own slow way, for rare letters.
- `cold.ms`, `cold.ratio_to_python`, `cold.ratio_to_typst`: from the start of a process to its first PDF, against a
  Python that does nothing, and against typst.
- `size.bytes`: a document of one page, median. `memory.mb`, `memory.mb_at_1000`: peak of a process that draws 10,000
  different certificates, and its peak after the first thousand.
"""

import gc
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from constancia.certificate import Certificate
from constancia_pdf import reference, render, writer

from tests.bench.render_peers import by_plain_fpdf2, by_reportlab
from tests.bench.render_typst import by_typst
from tests.rendering.shapes import another_student, certificates

RESULTS = Path("build/bench.json")
CERTIFICATES = 40
ROUNDS = 5
COLD_STARTS = 31
MANY = 10_000
ONE_PAGE_ROWS = 18
TOOLS: dict[str, Callable[[Certificate], bytes]] = {
    "constancia": lambda certificate: render(certificate).pdf,
    "constancia, by reference": reference.draw,
    "typst": by_typst,
    "reportlab": by_reportlab,
    "plain fpdf2": by_plain_fpdf2,
}
MEMORY = f"""
from pathlib import Path
from constancia_pdf import writer
from tests.rendering.shapes import certificates
drawn = 0
for certificate in certificates(2 * {MANY}):
    try:
        writer.write(certificate)
    except UnicodeEncodeError:
        continue  # rare letters bring in fpdf2, Pillow and fontTools, which is another story
    drawn += 1
    if drawn in (1000, {MANY}):
        peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        print(int(peak.split()[1]) / 1024)
    if drawn == {MANY}:
        break
"""


def main() -> None:
    """Runs the benchmark; see the module."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(
        f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("typst", "reportlab", "fpdf2"))
    )
    chosen = list(islice(filter(_one_page, certificates(100 * CERTIFICATES)), CERTIFICATES))
    results = {**warm(chosen), **cold(chosen[0]), **memory()}
    results["size.bytes"] = statistics.median(len(render(certificate).pdf) for certificate in chosen)
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**kept, **results}, indent=2, sort_keys=True) + "\n")
    print(*(f"{key:34} {value:12.3f}" for key, value in results.items()), sep="\n")


def _one_page(certificate: Certificate) -> bool:
    rows = sum(len(group.rows) for group in certificate.transcript.groups)
    return rows <= ONE_PAGE_ROWS and not render(certificate).by_reference


def warm(chosen: list[Certificate]) -> dict[str, float]:
    """Medians of rounds in which each tool draws certificates like the chosen ones, of other students each round."""
    lot = random.Random(ROUNDS)  # noqa: S311 not a secret
    gc.collect()
    gc.freeze()  # what the libraries loaded is nobody's document: no tool pays for going through it
    took: dict[str, list[list[float]]] = {tool: [] for tool in TOOLS}
    for _ in range(ROUNDS + 1):
        drawn = [another_student(lot, certificate) for certificate in chosen]
        for tool, draw in TOOLS.items():
            took[tool].append([_milliseconds(draw, certificate) for certificate in drawn])
    median = {tool: statistics.median(map(statistics.median, rounds[1:])) for tool, rounds in took.items()}
    for tool, milliseconds in median.items():
        print(f"{tool:26} {milliseconds:9.3f} ms {milliseconds / median['constancia']:8.1f} ×")
    ours = sorted(once for rounds in took["constancia"][1:] for once in rounds)
    return {
        "render.ms_per_document": median["constancia"],
        "render.p99_ms": ours[len(ours) * 99 // 100],
        "render.ratio_to_typst": median["typst"] / median["constancia"],
        "render.ratio_to_reportlab": median["reportlab"] / median["constancia"],
        "render.ratio_to_plain_fpdf2": median["plain fpdf2"] / median["constancia"],
        "render.new_shape_ms": statistics.median(_milliseconds(_in_a_new_shape, certificate) for certificate in chosen),
        "render.reference_ms": median["constancia, by reference"],
        "render.reference_ratio_to_typst": median["typst"] / median["constancia, by reference"],
    }


def _in_a_new_shape(certificate: Certificate) -> bytes:
    writer.sheets.clear()
    return writer.write(certificate)


def _milliseconds(draw: Callable[[Certificate], bytes], certificate: Certificate) -> float:
    start = time.process_time()
    draw(certificate)
    return 1000 * (time.process_time() - start)


def cold(certificate: Certificate) -> dict[str, float]:
    """Medians from the start of a process to its end, each started in its turn.

    All but the idle Python load the certificate's classes; typst gets its words and QR from `constancia_pdf`, so its
    process loads that as well, some 4 ms.
    """
    given = "from constancia.certificate import *; from constancia.transcript import *; import datetime; "
    drawn = f"({certificate!r})"
    programs = {
        "python": "pass",
        "constancia": f"{given} from constancia_pdf import render; render{drawn}",
        "typst": f"{given} from tests.bench.render_typst import by_typst; by_typst{drawn}",
    }
    took: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(COLD_STARTS + 1):
        for name, program in programs.items():
            took[name].append(_process_milliseconds(program))
    for times in took.values():
        del times[0]  # it warms the disk

    def ratio_to(name: str) -> float:
        """Neighbours in time share the machine's mood, so each is held against its own neighbour."""
        return statistics.median(ours / theirs for ours, theirs in zip(took["constancia"], took[name], strict=True))

    return {
        "cold.ms": statistics.median(took["constancia"]),
        "cold.ratio_to_python": ratio_to("python"),
        "cold.ratio_to_typst": ratio_to("typst"),
    }


def _process_milliseconds(program: str) -> float:
    """The processor time of a Python process from its start to its end."""
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", program], os.environ)
    _, status, used = os.wait4(child, 0)
    assert status == 0
    return 1000 * (used.ru_utime + used.ru_stime)


def memory() -> dict[str, float]:
    """Peaks of a process that draws one certificate after the other."""
    said = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout.split()
    return {"memory.mb_at_1000": float(said[0]), "memory.mb": float(said[1])}


if __name__ == "__main__":
    main()
