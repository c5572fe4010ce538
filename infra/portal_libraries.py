"""The libraries that pages load when they need them: from npm, pinned, served from the portal's own address.

`make` brings them into `node_modules`. The local gateway serves them from there and `infra.delivery` uploads them,
under addresses with their version, so that browsers keep them for good. Where npm could not bring one, pages say what
they cannot do (docs/decisions/090 and 091). A file with other bytes than these is treated as if it were not there.
"""

import hashlib
import json
from pathlib import Path

from infra.portal_headers import ASSETS

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "node_modules"

LIBRARIES = {
    "pdfjs-dist": {
        "legacy/build/pdf.min.mjs": "522ad2c83bc8a0010e7f0cc60d0892b77c8d2bf2c9702dc12288311d94270f42",
        "legacy/build/pdf.worker.min.mjs": "b4c8353ded0d88d2e2009574a29eb4e0c3ff7e942ecdf51ef5f71566a9667f31",
    },
    "qr": {
        "decode.js": "00e209820dcb11d624e9a03d6383e580766792b57d1651318f0a29e4e1ff0fe8",
        "index.js": "a0de370051f94bd74f218f74401fdf197585e3f9ef0143164f87ea941a3fdd6f",
    },
}
"""By package, the SHA-256 in hexadecimal of each file that is served; the version is that of `package.json`."""


def wanted() -> dict[str, tuple[str, str]]:
    """By its address, the path of each file in `node_modules` and its SHA-256."""
    versions = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {
        f"/{ASSETS}/{package}-{versions[package]}/{Path(file).name}": (f"{package}/{file}", digest)
        for package, files in LIBRARIES.items()
        for file, digest in files.items()
    }


def found(packages: Path = PACKAGES) -> dict[str, Path]:
    """By its address, each file that is there with the right bytes."""
    files = {address: (packages / path, digest) for address, (path, digest) in wanted().items()}
    return {address: file for address, (file, digest) in files.items() if _digest(file) == digest}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
