"""The gate against known vulnerabilities: `python -m infra.supply.advisories DATABASE FILE…` fails if there are any.

The database is OSV's export of PyPI (https://osv.dev, `PyPI/all.zip`), the archive or a folder of its records: with one
at hand no network is needed. `infra/supply/accepted.json` names those that do not concern us, each with its reason.
"""

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version

from infra.supply.lockfile import Package, canonical, locked

ACCEPTED = Path(__file__).with_name("accepted.json")

Advisory = dict[str, Any]
"""One record of OSV (Open Source Vulnerability format 1.6)."""


class Finding(NamedTuple):
    """A locked package that an advisory is about."""

    package: str
    version: str
    advisory: str
    summary: str


def read(database: Path) -> Iterator[Advisory]:
    """The advisories of a database.

    Raises:
        ValueError: there is none in it: a gate that knows nothing would let everything pass.
    """
    none = True
    if database.is_dir():
        for file in sorted(database.glob("**/*.json")):
            none = False
            yield json.loads(file.read_text(encoding="utf-8"))
    else:
        with zipfile.ZipFile(database) as archive:
            for name in sorted(archive.namelist()):
                none = False
                yield json.loads(archive.read(name))
    if none:
        raise ValueError(f"{database} has no advisory")


def concerns(advisory: Advisory, package: Package) -> bool:
    """Whether an advisory is about a package in its version; one that was withdrawn is about none."""
    if "withdrawn" in advisory:
        return False
    return any(
        part["package"]["ecosystem"] == "PyPI"
        and canonical(part["package"]["name"]) == canonical(package.name)
        and (
            package.version in part.get("versions", [])
            or any(_within(Version(package.version), span["events"]) for span in _spans(part))
        )
        for part in advisory.get("affected", [])
    )


def _spans(part: dict[str, Any]) -> list[dict[str, Any]]:
    return [span for span in part.get("ranges", []) if span["type"] == "ECOSYSTEM"]


def _within(version: Version, events: list[dict[str, str]]) -> bool:
    """Whether a version lies in a range (OSV format, "evaluation")."""
    inside = False
    for event in sorted(events, key=_place):
        ((kind, at),) = event.items()
        if kind == "introduced" and (at == "0" or version >= Version(at)):
            inside = True
        elif (kind == "fixed" and version >= Version(at)) or (kind == "last_affected" and version > Version(at)):
            inside = False
    return inside


def _place(event: dict[str, str]) -> Version:
    ((_, at),) = event.items()
    try:
        return Version(at)
    except InvalidVersion:
        return Version("0")


def find(advisories: Iterator[Advisory], packages: list[Package], accepted: dict[str, str]) -> list[Finding]:
    """What is known against some packages, without what is accepted."""
    return sorted(
        Finding(package.name, package.version, advisory["id"], advisory.get("summary", ""))
        for advisory in advisories
        if not accepted.keys() & {advisory["id"], *advisory.get("aliases", [])}
        for package in packages
        if concerns(advisory, package)
    )


def main(database: str, *files: str) -> int:
    """Prints what is known against the packages of some lock files; 1 if there is anything."""
    packages = sorted({package for file in files for package in locked(file)})
    found = find(read(Path(database)), packages, json.loads(ACCEPTED.read_text(encoding="utf-8")))
    for finding in found:
        sys.stdout.write(f"{finding.package} {finding.version}: {finding.advisory} {finding.summary}\n")
    sys.stdout.write(f"{len(packages)} packages, {len(found)} advisories\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
