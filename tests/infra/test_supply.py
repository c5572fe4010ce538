"""What others wrote is pinned, listed, and held against what is known of it."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra import portal_libraries
from infra.supply import advisories
from infra.supply.lockfile import REQUIREMENTS, Package, locked
from infra.supply.sbom import bill

ROOT = Path(__file__).parents[2]


def advisory(name: str = "Some_Package", **changes: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "1.4"}, {"introduced": "2.0rc1"}, {"last_affected": "2.3"}]
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": "GHSA-1", "aliases": ["CVE-1"], "summary": "It breaks.", "affected": [affected], **changes}


def database(folder: Path, *records: dict[str, Any]) -> Path:
    for number, record in enumerate(records):
        (folder / f"{number}.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize("file", [path.name for path in REQUIREMENTS.glob("*.txt")])
def test_every_package_is_pinned_with_its_hashes_uv_included(file: str) -> None:
    assert locked(file)
    assert "--require-hashes -r requirements/uv.txt" in (ROOT / "Makefile").read_text()
    assert not re.search(r"pip install (?!.*--require-hashes|.*--no-deps)", (ROOT / "Makefile").read_text())


def test_the_bill_of_materials_names_every_package_and_is_the_same_every_time() -> None:
    packages = locked("serve.txt")
    made = bill(packages)
    assert made == bill(list(reversed(packages)))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert {component["purl"] for component in made["components"]} == {package.url for package in packages}
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", made["serialNumber"])


@pytest.mark.parametrize(
    ("version", "found"),
    [("1.3.9", True), ("1.4", False), ("1.9", False), ("2.0rc1", True), ("2.3", True), ("2.3.1", False)],
)
def test_a_version_that_an_advisory_is_about_is_found(version: str, found: bool) -> None:
    assert advisories.concerns(advisory(), Package("some.package", version, ())) == found
    assert not advisories.concerns(advisory("other"), Package("some.package", version, ()))
    assert not advisories.concerns(advisory(withdrawn="2026-01-01T00:00:00Z"), Package("some.package", version, ()))


def test_the_gate_fails_for_what_is_known_and_passes_what_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = locked("serve.txt")[0].name
    span = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}
    record = advisory(affected=[{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [span]}])
    known = database(tmp_path, advisory(), record)
    assert advisories.main(str(known), "serve.txt") == 1
    assert f"{name} " in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "1.json", "1.json")
    assert advisories.main(str(tmp_path / "all.zip"), "serve.txt") == 1
    accepted = tmp_path / "accepted"
    accepted.write_text(json.dumps({"CVE-1": "It concerns a part that nothing here calls."}))
    monkeypatch.setattr(advisories, "ACCEPTED", accepted)
    assert advisories.main(str(known), "serve.txt") == 0


def test_a_database_without_advisories_lets_nothing_pass(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no advisory"):
        advisories.main(str(tmp_path), "serve.txt")


def test_every_accepted_advisory_has_its_reason() -> None:
    assert all(len(reason) > 30 for reason in json.loads(advisories.ACCEPTED.read_text()).values())


def test_what_pages_load_from_npm_is_pinned_and_asked_for_at_the_address_where_it_is_served() -> None:
    versions = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert set(versions) == set(portal_libraries.LIBRARIES)
    assert all(re.fullmatch(r"[\d.]+", version) for version in versions.values())
    modules = "".join(file.read_text() for file in (ROOT / "portal" / "modules").glob("*.js"))
    folders = {address.rpartition("/")[0] for address in portal_libraries.wanted()}
    assert set(re.findall(r'"(/a/[^"]+)/"', modules)) == folders


def test_a_library_with_other_bytes_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    for path, _ in portal_libraries.wanted().values():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("alert(1)")
    assert portal_libraries.found(tmp_path) == {}
    assert portal_libraries.found(tmp_path / "nowhere") == {}
