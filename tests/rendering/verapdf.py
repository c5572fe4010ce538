"""veraPDF, the reference validator of PDF/A and PDF/UA, started once for many files."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.rendering import java

FLAVOURS = ("3a", "ua1")
MISSING = java.MISSING
VERAPDF = ("org.verapdf.apps.GreenfieldCliWrapper", "--format", "text")


def findings(files: Sequence[Path]) -> Iterator[str]:
    """The files that are not both PDF/A-3a and PDF/UA-1, as their metadata claim."""
    command = [*java.START, "-cp", java.bring(Path(__file__).with_suffix(".xml")), *VERAPDF, *map(str, files)]
    report = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    printed = set(report.splitlines())
    for file in files:
        for flavour in FLAVOURS:
            if f"PASS {file} {flavour}" not in printed:
                yield f"{file.name}: not {flavour} for veraPDF"
