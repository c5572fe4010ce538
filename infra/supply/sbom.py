"""The software bill of materials (CycloneDX 1.6): `python -m infra.supply.sbom serve.txt` prints it as JSON.

The same lock file gives the same bytes.
"""

import json
import sys
import uuid
from typing import Any

from infra.supply.lockfile import Package, locked


def bill(packages: list[Package]) -> dict[str, Any]:
    """The bill of materials of some packages (CycloneDX 1.6, JSON)."""
    components = [
        {
            "type": "library",
            "bom-ref": package.url,
            "name": package.name,
            "version": package.version,
            "purl": package.url,
            "properties": [{"name": "constancia:sha256", "value": listed} for listed in sorted(package.hashes)],
        }
        for package in sorted(packages)
    ]
    ours = {"type": "application", "bom-ref": "constancia", "name": "constancia"}
    content = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": ours},
        "components": components,
        "dependencies": [{"ref": "constancia", "dependsOn": [package.url for package in sorted(packages)]}],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(locked(sys.argv[1])), indent=1) + "\n")
