"""DSS, the European Commission's validator of electronic signatures, started once for many files."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.rendering import java
from tests.rendering.sealing import Authority

MISSING = java.MISSING
PROGRAM = Path(__file__).with_name("Dss.java")
PASSED = "1 TOTAL_PASSED null PAdES-BASELINE-B FULL"
"""One signature, valid for its trust anchor, of level B-B, over the whole file."""


def judgements(files: Sequence[Path], signer: Authority) -> list[str]:
    """What DSS says of each file, with the last certificate of a chain as its trust anchor."""
    jars = java.bring(Path(__file__).with_suffix(".xml"))
    with tempfile.TemporaryDirectory() as folder:
        known = []
        for number, certificate in enumerate(reversed(signer.chain)):
            known.append(Path(folder) / f"{number}.cer")
            known[-1].write_bytes(certificate.public_bytes(Encoding.DER))
        for number, revoked in enumerate(signer.revocation_lists):
            known.append(Path(folder) / f"{number}.crl")
            known[-1].write_bytes(revoked.public_bytes(Encoding.DER))
        command = [*java.START, "-cp", jars, str(PROGRAM), *map(str, [*known, *files])]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    said = dict(line.split(" ", 1) for line in printed.splitlines())
    return [said[str(file)] for file in files]
