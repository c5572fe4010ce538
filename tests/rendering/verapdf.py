"""veraPDF, the reference validator of PDF/A and PDF/UA, brought by Maven and started once for many files."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

JARS = Path(__file__).parents[2] / "build" / "verapdf"
FLAVOURS = ("2a", "ua1")
MISSING = next((f"{tool} is not installed" for tool in ("java", "mvn") if not shutil.which(tool)), "")
"""Why veraPDF cannot run here; empty where it can."""
QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
VERAPDF = ("java", *QUICK_START, "-cp", f"{JARS}/*", "org.verapdf.apps.GreenfieldCliWrapper", "--format", "text")


def findings(files: Sequence[Path]) -> Iterator[str]:
    """The files that are not both PDF/A-2a and PDF/UA-1, as their metadata claim."""
    _bring()
    report = subprocess.run([*VERAPDF, *map(str, files)], capture_output=True, text=True, check=False).stdout
    said = set(report.splitlines())
    for file in files:
        for flavour in FLAVOURS:
            if f"PASS {file} {flavour}" not in said:
                yield f"{file.name}: not {flavour} for veraPDF"


def _bring() -> None:
    """Fetches the jars that `verapdf.xml` names, once."""
    if not JARS.exists():
        pom = Path(__file__).with_suffix(".xml")
        command = ["mvn", "--quiet", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
        subprocess.run(command, check=True)
