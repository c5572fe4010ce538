"""Builds the Lambda layers on any machine without Docker: our code, the locked packages, and their bytecode.

`python -m infra.cloud.layers` builds them and prints their sizes. The name of a layer's folder contains a hash of all
its inputs, so the same inputs are built once, and give the same bytes on every machine.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "build" / "layers"
LOCKED = ROOT / "requirements" / "serve.txt"

PYTHON = "3.13"
"""The newest Lambda runtime whose interpreter compiles our bytecode: see docs/decisions/021-python-and-bytecode.md."""
LAMBDA_PLATFORM = "aarch64-manylinux_2_34"
"""Graviton, with the C library of Amazon Linux 2023."""
IN_LAMBDA = "/opt/python"
"""Where Lambda mounts a layer; tracebacks name its files by this path."""


@dataclass(frozen=True)
class Layer:
    """The content of a layer besides our own code, and its largest size."""

    packages: tuple[str, ...]
    budget_mb: float
    """Megabytes of the zip archive that is uploaded."""
    unused: tuple[str, ...] = ()
    """Patterns of paths in the packages that our code never uses."""
    replaced: tuple[tuple[str, str], ...] = ()
    """Files with another content in Lambda: path and content."""


UNUSED_EVERYWHERE = (
    "bin",
    "share",
    "**/*.pyi",
    "**/*.dist-info/RECORD",
    "**/*.dist-info/INSTALLER",
    "**/*.dist-info/REQUESTED",
    "**/*.dist-info/uv_*",
    "**/__pycache__",
    ".lock",
)

# Powertools loads resolvers, the tracer and the classes of forty kinds of events in order to offer their names. In
# Lambda it offers what is used here: see docs/decisions/022-cold-start.md.
LEANER_POWERTOOLS = tuple(
    (f"aws_lambda_powertools/{package}__init__.py", "\n".join((*imports, "")))
    for package, imports in {
        "": (
            "from .logging import Logger",
            "from .metrics import Metrics, single_metric",
            "from .package_logger import set_package_logger_handler",
            "set_package_logger_handler()",
        ),
        "event_handler/": ("from .api_gateway import APIGatewayHttpResolver, CORSConfig, Response",),
        "event_handler/openapi/": (),
        "utilities/data_classes/": (
            "from .alb_event import ALBEvent",
            "from .api_gateway_proxy_event import APIGatewayProxyEvent, APIGatewayProxyEventV2",
            "from .bedrock_agent_event import BedrockAgentEvent",
            "from .event_bridge_event import EventBridgeEvent",
            "from .event_source import event_source",
            "from .lambda_function_url_event import LambdaFunctionUrlEvent",
            "from .s3_event import S3Event",
            "from .vpc_lattice import VPCLatticeEvent, VPCLatticeEventV2",
        ),
    }.items()
)

LAYERS = {
    # boto3 is the runtime's own: 17 MB less to load, and Amazon keeps it current.
    "core": Layer(
        ("altcha", "aws-lambda-powertools", "jmespath", "typing-extensions"),
        budget_mb=6,
        replaced=LEANER_POWERTOOLS,
    ),
    "rendering": Layer(
        ("deflate", "defusedxml", "fonttools", "fpdf2", "pillow"),
        budget_mb=8,
        unused=(
            "**/*.c",
            "**/*.pyx",
            "**/*.pxd",
            # fontTools: compiled twins, and the formats of font workshops; a PDF needs its reader and its subsetter.
            "fontTools/**/*.so",
            *(
                f"fontTools/{part}"
                for part in ("cu2qu", "qu2cu", "diff", "merge", "mtiLib", "t1Lib", "ufoLib", "voltLib")
            ),
            # Pillow: we hand fpdf2 no picture but one-bit ones, so no codec and no text engine of its own is needed.
            "PIL/_avif*",
            "PIL/_webp*",
            "PIL/_imagingft*",
            "PIL/_imagingtk*",
            "PIL/_imagingcms*",
            "pillow.libs/libavif*",
            "pillow.libs/libwebp*",
            "pillow.libs/libsharpyuv*",
            "pillow.libs/libfreetype*",
            "pillow.libs/libharfbuzz*",
            "pillow.libs/libbrotli*",
            "pillow.libs/libpng*",
            "pillow.libs/liblcms2*",
        ),
    ),
}


class BuildFailed(Exception):
    """A layer cannot be built; the message says why."""


def build(name: str, platform: str = LAMBDA_PLATFORM) -> Path:
    """The folder of a layer, which is built unless one with the same inputs exists.

    Args:
        name: one of `infra.wiring.LAYERS`.
        platform: the target machine, as uv names it; tests build for the machine that they run on.

    Raises:
        BuildFailed: a package is not locked or cannot be installed.
    """
    layer, compiler = LAYERS[name], interpreter()
    locked = locked_lines(layer.packages)
    built = BUILT / f"{name}-{_key(name, locked, platform, compiler)}"
    if not built.is_dir():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            made = Path(scratch) / "layer"
            _fill(made / "python", name, locked, platform)
            for path, content in layer.replaced:
                (made / "python" / path).write_text(content)
            _strip(made / "python", (*UNUSED_EVERYWHERE, *layer.unused))
            if compiler:
                _compile(made / "python", compiler)
            _rename(made, built)
    return built


def interpreter() -> str | None:
    """The path of a Python of Lambda's minor version, or None; no other writes bytecode that Lambda reads.

    Without one the layers have no bytecode: they work, and cold starts take about twice as long.
    """
    name = f"python{PYTHON}"
    # Version managers keep their Pythons side by side.
    beside = sorted(Path(sys.base_prefix).parent.glob(f"{PYTHON}.*/bin/{name}"))
    candidates = [sys.executable, shutil.which(name), *beside]
    for candidate in filter(None, candidates):
        asked = [str(candidate), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        if subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() == PYTHON:  # noqa: S603
            return str(candidate)
    return None


def locked_lines(packages: tuple[str, ...]) -> str:
    """The lines of the lock file about these packages, with their hashes.

    Raises:
        BuildFailed: one of them is not locked.
    """
    entries = dict(re.findall(r"^([a-z0-9-]+)(==(?:[^\n]*\\\n)*[^\n]*)\n", LOCKED.read_text(), re.MULTILINE))
    if missing := set(packages) - set(entries):
        raise BuildFailed(f"not in {LOCKED.name}: {', '.join(sorted(missing))}")
    return "".join(f"{package}{entries[package]}\n" for package in packages)


def zipped_size(folder: Path) -> int:
    """The bytes of a folder as a zip archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as into:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                into.write(path, path.relative_to(folder))
    return archive.tell()


def digest(folder: Path, *, whole: bool = False) -> str:
    """A SHA-256 over the names and bytes of all files of a folder, without bytecode unless `whole`."""
    summary = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (whole or "__pycache__" not in path.parts):
            summary.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            summary.update(path.read_bytes())
    return summary.hexdigest()


def _key(name: str, locked: str, platform: str, compiler: str | None) -> str:
    inputs = [digest(_own_code(name)), locked, platform, str(compiler is not None), Path(__file__).read_text()]
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:16]


def _own_code(name: str) -> Path:
    return ROOT / "layers" / name / "python"


def _fill(target: Path, name: str, locked: str, platform: str) -> None:
    target.mkdir(parents=True)
    wanted = target.parent / "requirements.txt"
    wanted.write_text(locked)
    options = [
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--no-python-downloads",
        "--link-mode",
        "copy",
    ]
    kind = ["--python-version", PYTHON, "--python-platform", platform]
    command = [sys.executable, "-m", "uv", "pip", "install", *options, *kind, "--target", str(target)]
    made = subprocess.run([*command, "-r", str(wanted)], capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        raise BuildFailed(f"layer {name}: {made.stderr.strip()}")
    wanted.unlink()
    shutil.copytree(_own_code(name), target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def _strip(target: Path, unused: tuple[str, ...]) -> None:
    for pattern in unused:
        for path in sorted(target.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _compile(target: Path, compiler: str) -> None:
    """Writes bytecode that is never checked against its source, because times in the archive are not kept."""
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(target), "-p", IN_LAMBDA]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    command = [compiler, "-m", "compileall", *options, str(target)]
    subprocess.run(command, env=environment, check=True)  # noqa: S603


def _rename(made: Path, built: Path) -> None:
    try:
        made.rename(built)
    except OSError:
        # Another process built the same layer meanwhile.
        if not built.is_dir():
            raise


def main() -> None:
    """Builds every layer for Lambda and prints its size in megabytes."""
    if interpreter() is None:
        sys.stdout.write(f"no Python {PYTHON} on this machine: the layers have no bytecode\n")
    for name, layer in LAYERS.items():
        folder = build(name)
        megabytes = zipped_size(folder) / 1e6
        sys.stdout.write(f"{name}: {megabytes:.2f} MB zipped of {layer.budget_mb} ({folder.relative_to(ROOT)})\n")


if __name__ == "__main__":
    main()
