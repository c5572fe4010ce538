"""veraPDF, the reference validator of PDF/A and PDF/UA, brought by Maven and started once for many files."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

JARS = Path("build/verapdf").absolute()
FLAVOURS = ("2a", "ua1")
MISSING = next((f"{tool} is not installed" for tool in ("java", "mvn") if not shutil.which(tool)), "")
"""Why veraPDF cannot run here; empty where it can."""


def findings(files: Sequence[Path]) -> Iterator[str]:
    """The files that are not PDF/A-2a or not PDF/UA-1."""
    _bring()
    for flavour in FLAVOURS:
        java = ["java", "-cp", f"{JARS}/*", "org.verapdf.apps.GreenfieldCliWrapper", "--flavour", flavour]
        command = [*java, "--format", "text", *map(str, files)]
        report = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        passed = {line.split()[1] for line in report if line.startswith("PASS")}
        yield from (f"{file.name}: veraPDF {flavour}" for file in files if str(file) not in passed)


def _bring() -> None:
    """Fetches the jars that `verapdf.xml` names, once."""
    if not JARS.exists():
        pom = Path(__file__).with_suffix(".xml")
        command = ["mvn", "--quiet", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        subprocess.run(command, check=True)
