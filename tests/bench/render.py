"""Measures the making of a certificate, beside typst, reportlab and plain fpdf2 drawing it and pyHanko signing it.

Every tool is given a document with its attestation and gives a signed file with both QRs. The signatures are the work
of KMS, so nobody's time includes them: in their place is a key that answers at once.

All tools run in one process on one core, in turns, round after round. Times are processor time, which depends less than
the wall clock on what else the machine does. Prints a table and writes these keys into `build/bench.json`, beside those
of other benchmarks. `tests.bench.cold_start` measures the first certificate of a process.

- `render.ms_per_document`, `render.p99_ms`: median and 99th percentile of one document, warm.
- `render.ratio_to_typst`, `render.ratio_to_reportlab`, `render.ratio_to_plain_fpdf2`: the other tool's time for a
  document, divided by ours.
- `render.attest_and_seal_ms`: packing and signing the attestation, and sealing the drawn file.
- `render.proof_ms`: what attesting, the QR of the attestation, the embedded data and the seal take together, beside a
  document without all that.
- `render.new_shape_ms`: one document whose shape the process has not drawn before.
- `render.reference_ms`, `render.reference_ratio_to_typst`: `constancia_pdf.reference`, which draws rare letters.
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

from constancia.document import Document
from constancia_pdf import reference, render, writer

from tests.bench.render_peers import by_plain_fpdf2, by_reportlab
from tests.bench.render_signing import (
    ROOM,
    attest,
    attestation,
    record,
    seal,
    seal_drawn,
    sign_with_pyhanko,
)
from tests.bench.render_typst import by_typst
from tests.rendering.shapes import another_student, certificates

RESULTS = Path("build/bench.json")
CERTIFICATES = 40
ROUNDS = 5
MANY = 10_000
ONE_PAGE_ROWS = 18


def draw(certificate: Document, room: int) -> bytes:
    """Draws as the service does."""
    return render(certificate, room).pdf


TOOLS: dict[str, Callable[[Document], bytes]] = {
    "constancia": lambda certificate: seal(certificate, draw),
    "constancia, attested too": lambda certificate: seal(attest(certificate), draw),
    "constancia, unsigned": lambda certificate: render(without_proof(certificate)).pdf,
    "constancia, by reference": lambda certificate: seal(certificate, reference.draw),
    "typst": lambda certificate: sign_with_pyhanko(by_typst(certificate)),
    "reportlab": lambda certificate: sign_with_pyhanko(by_reportlab(certificate)),
    "plain fpdf2": lambda certificate: sign_with_pyhanko(by_plain_fpdf2(certificate)),
}
MEMORY = f"""
from pathlib import Path
from constancia_pdf import writer
from tests.bench.render_signing import ROOM
from tests.rendering.shapes import certificates
drawn = 0
for certificate in certificates(2 * {MANY}):
    try:
        writer.write(certificate, ROOM)
    except UnicodeEncodeError:
        continue  # a rare letter: fpdf2, Pillow and fontTools would be loaded
    drawn += 1
    if drawn in (1000, {MANY}):
        peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        print(int(peak.split()[1]) / 1024)
    if drawn == {MANY}:
        break
"""


def main() -> None:
    """Runs the benchmark that the module describes."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    peers = (f"{name} {version(name)}" for name in ("typst", "reportlab", "fpdf2", "pyhanko"))
    print(f"Python {platform.python_version()}", *peers)
    chosen = list(islice(filter(_one_page, certificates(100 * CERTIFICATES)), CERTIFICATES))
    results = {**warm(chosen), **memory()}
    results["size.bytes"] = statistics.median(len(TOOLS["constancia"](certificate)) for certificate in chosen)
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**earlier, **results}, indent=2, sort_keys=True) + "\n")
    print(*(f"{key:34} {value:12.3f}" for key, value in results.items()), sep="\n")


def without_proof(certificate: Document) -> Document:
    """The certificate as it was before certificates proved themselves."""
    return certificate._replace(attestation=b"", embedded=b"")


def _one_page(certificate: Document) -> bool:
    rows = sum(len(group.rows) for group in certificate.transcript.groups)
    return rows <= ONE_PAGE_ROWS and not render(certificate).by_reference


def warm(chosen: list[Document]) -> dict[str, float]:
    """Medians of rounds in which each tool draws certificates like the chosen ones, with new students each round."""
    lot = random.Random(ROUNDS)  # noqa: S311 not a secret
    gc.collect()
    gc.freeze()  # objects of the imported libraries belong to no document: the collector skips them
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
        "render.attest_and_seal_ms": statistics.median(map(_attest_and_seal, [*chosen, *drawn])),
        "render.proof_ms": median["constancia, attested too"] - median["constancia, unsigned"],
        "render.new_shape_ms": statistics.median(_milliseconds(_in_a_new_shape, certificate) for certificate in chosen),
        "render.reference_ms": median["constancia, by reference"],
        "render.reference_ratio_to_typst": median["typst"] / median["constancia, by reference"],
    }


def _in_a_new_shape(certificate: Document) -> bytes:
    writer.common_part.cache_clear()
    return writer.write(certificate)


def _milliseconds(draw: Callable[[Document], bytes], certificate: Document) -> float:
    start = time.process_time()
    draw(certificate)
    return 1000 * (time.process_time() - start)


def _attest_and_seal(certificate: Document) -> float:
    of, unsealed = record(certificate), draw(certificate, ROOM)
    started = time.process_time_ns()
    attestation(of)
    seal_drawn(unsealed)
    return (time.process_time_ns() - started) / 1e6


def memory() -> dict[str, float]:
    """Peak memory of a process that draws one certificate after the other, in MB."""
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    at_1000, at_the_end = map(float, run.stdout.split())
    return {"memory.mb_at_1000": at_1000, "memory.mb": at_the_end}


if __name__ == "__main__":
    main()
