"""Judges that are written in Java: brought by Maven once, and started once for many files."""

import shutil
import subprocess
import tempfile
from pathlib import Path

BUILD = Path(__file__).parents[2] / "build"
MISSING = next((f"{tool} is not installed" for tool in ("java", "mvn") if not shutil.which(tool)), "")
"""Why such a judge cannot work here; empty where it can."""
START = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A start that is quick, for a run of seconds."""


def bring(pom: Path) -> str:
    """Returns the class path of the jars that a project file names, which are fetched the first time."""
    jars = BUILD / pom.stem
    if not jars.exists():
        BUILD.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
            subprocess.run(["mvn", "--quiet", "--batch-mode", "--strict-checksums", "-f", str(pom), *goal], check=True)
            (Path(folder) / "jars").rename(jars)
    return f"{jars}/*"
