"""The locked packages, as `requirements/*.txt` name them."""

import re
from pathlib import Path
from typing import NamedTuple

REQUIREMENTS = Path(__file__).parents[2] / "requirements"

_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:(?P<hash>[0-9a-f]{64})")


class Package(NamedTuple):
    """One package of PyPI in one version, with the SHA-256 of each file that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its package URL (purl specification, type `pypi`)."""
        return f"pkg:pypi/{canonical(self.name)}@{self.version}"


def canonical(name: str) -> str:
    """A package's name as PyPI compares names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(file: str, folder: Path = REQUIREMENTS) -> list[Package]:
    """The packages of a lock file such as `serve.txt`, in its order.

    Raises:
        ValueError: a package has no hash, so that nobody could say what it is.
    """
    found: list[Package] = []
    for line in (folder / file).read_text(encoding="utf-8").splitlines():
        if package := _PACKAGE.match(line):
            found.append(Package(package["name"], package["version"], ()))
        elif found and (listed := _HASH.search(line)):
            found[-1] = found[-1]._replace(hashes=(*found[-1].hashes, listed["hash"]))
    if bare := [package.name for package in found if not package.hashes]:
        raise ValueError(f"requirements/{file} has no hash of {', '.join(bare)}")
    return found
