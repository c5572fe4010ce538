"""What is deployed, run by an emulated arm64 processor: `python -m tests.infra.cloud.arm64 [CERTIFICATES]`.

Functions run on Graviton, and tests on whatever machine there is, with layers built for that machine. Here the packages
and layers are those of the deployment, byte for byte; they are run by Debian's CPython of Lambda's minor version for
arm64, under QEMU (`apt-get install qemu-user-static`). apt brings the interpreter from the mirror that this machine
uses, into a folder of its own, and checks Debian's signatures. Nothing is installed.

Each function must give the answer that it gave here, and certificates must draw to the same bytes.
"""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

from constancia_pdf import render

from infra import wiring
from infra.cloud import layers
from tests.infra.cloud import replay
from tests.infra.cloud.assembly import STAGE, synthesise
from tests.infra.cloud.life import first_runs
from tests.rendering.shapes import certificates

HERE = layers.ROOT / "build" / "arm64"
SUITE = "trixie"
"""The Debian release with Lambda's minor version of Python."""
PACKAGES = (
    *(f"{package}{layers.PYTHON}-{part}" for package, part in (("python", "minimal"), ("libpython", "minimal"))),
    f"libpython{layers.PYTHON}-stdlib",
    "libbz2-1.0",
    "libc6",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libssl3t64",
    "libstdc++6",
    "libuuid1",
    "libzstd1",
    "tzdata",
    "zlib1g",
)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
EMULATOR = "qemu-aarch64-static"
DRAW = """
import hashlib, pickle, sys
sys.path[:0] = sys.argv[1:]
from constancia_pdf import render
for document in pickle.load(sys.stdin.buffer):
    print(hashlib.sha256(render(document).pdf).hexdigest())
"""


class Unavailable(Exception):
    """The emulation cannot run here; the message says why."""


def interpreter() -> tuple[str, ...]:
    """The command of the emulated Python; it is fetched on first use.

    Raises:
        Unavailable: QEMU is missing, this is no Debian, or its mirror does not answer.
    """
    emulator = shutil.which(EMULATOR)
    if emulator is None or not KEYRING.exists():
        raise Unavailable(f"{EMULATOR} and Debian's keyring are needed: apt-get install qemu-user-static")
    root = HERE / SUITE
    if not root.is_dir():
        _fetch(root)
    return emulator, "-L", str(root), str(root / "usr" / "bin" / f"python{layers.PYTHON}")


def _fetch(root: Path) -> None:
    """Unpacks the interpreter and its libraries, with an apt whose every folder is under `HERE`."""
    packages, lists = HERE / "packages", HERE / "state" / "lists" / "partial"
    for folder in (packages, lists, HERE / "cache" / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    sources = HERE / "debian.sources"
    entry = {"Types": "deb", "URIs": _mirror(), "Suites": SUITE, "Components": "main", "Signed-By": KEYRING}
    sources.write_text("".join(f"{name}: {value}\n" for name, value in entry.items()))
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": os.devnull,
        "Dir::State": HERE / "state",
        "Dir::State::status": os.devnull,
        "Dir::Cache": HERE / "cache",
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet=2", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]
    made = HERE / "unpacked"
    shutil.rmtree(made, ignore_errors=True)
    (made / "usr" / "lib").mkdir(parents=True)
    (made / "lib").symlink_to("usr/lib")
    try:
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "download", *PACKAGES], cwd=packages, check=True)
        for package in sorted(packages.glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(made)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"Debian's Python for arm64 could not be fetched: {error}") from error
    made.rename(root)


def _mirror() -> str:
    """The address from which this machine's apt takes Debian's own packages."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"apt does not say where it takes packages from: {error}") from error
    archives = [address for address in found if address.rstrip("/").endswith("/debian")]
    if not archives:
        raise Unavailable("apt has no mirror of Debian here; apt-get update may be needed first")
    return archives[0]


def other_answers(python: tuple[str, ...]) -> list[str]:
    """The functions that answer otherwise under this Python than here."""
    assembly = synthesise(HERE / "cdk.out")
    runs, runtime, found = first_runs(), replay.runtime_folder(HERE / "runtime"), []
    for function in wiring.FUNCTIONS:
        made = assembly.named("AWS::Lambda::Function", f"constancia-{STAGE}-{function.name.replace('_', '-')}")
        mounted = [layers.build(layer) / "python" for layer in function.layers]
        run, started = runs[function.name], time.monotonic()
        answer, _ = replay.run_alone(run, [assembly.asset(made), *mounted, runtime], python)
        same = replay.steady(answer) == replay.steady(run.answer)
        print(
            f"{function.name}: {'the same answer' if same else answer} ({time.monotonic() - started:.0f} s)", flush=True
        )
        if not same:
            found.append(function.name)
    return found


def other_drawings(python: tuple[str, ...], count: int) -> int:
    """How many of so many certificates draw to other bytes under this Python than here."""
    documents = list(certificates(count))
    paths = [str(layers.build(layer) / "python") for layer in wiring.LAYERS]
    command = [*python, "-I", "-S", "-B", "-c", DRAW, *paths]
    drawn = subprocess.run(command, input=pickle.dumps(documents), capture_output=True, check=True).stdout.split()
    here = [hashlib.sha256(render(document).pdf).hexdigest().encode() for document in documents]
    assert len(drawn) == len(here)
    return sum(one != other for one, other in zip(drawn, here, strict=True))


def main(count: int = 100) -> None:
    """Runs both proofs; ends with 0 if nothing differs."""
    try:
        python = interpreter()
    except Unavailable as unavailable:
        sys.exit(str(unavailable))
    asked = [*python, "-c", "import platform; print(platform.python_version(), platform.machine())"]
    print(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip(), flush=True)
    others = other_answers(python)
    drawings = other_drawings(python, count)
    print(f"{len(wiring.FUNCTIONS)} functions, {len(others)} answer otherwise")
    print(f"{count} certificates, {drawings} are drawn otherwise")
    sys.exit(bool(others or drawings))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
