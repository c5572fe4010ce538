"""Delivery: what is uploaded fits together, and a deployment that citizens could not use is noticed."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra import delivery, portal_libraries
from infra.delivery import PORTAL, build_portal, check
from infra.portal_headers import ASSETS, FOR_GOOD
from tests.infra.cloud.assembly import ROOT, Assembly

REFERENCE = re.compile(
    r"""(?:src|href|data-answer)="(/[^"#?]*)|(?:from|import)\s*\(?\s*"([./][^"]+)"|Worker\("(/[^"]+)"""
)
"""An address in a page or a module of the portal."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portal")
    build_portal(PORTAL, folder)
    return folder


def release(built: Path) -> Path:
    libraries = {address.split("/")[2] for address in portal_libraries.wanted()}
    (found,) = (folder for folder in (built / ASSETS).iterdir() if folder.name not in libraries)
    return found


def references(built: Path, file: Path) -> Iterator[Path]:
    """The files that a file refers to."""
    for groups in REFERENCE.findall(file.read_text()):
        address = next(filter(None, groups))
        place = built / address.lstrip("/") if address.startswith("/") else file.parent / address
        yield place / "index.html" if address.endswith("/") else place


def test_everything_that_a_page_refers_to_is_of_its_own_release(built: Path) -> None:
    """A page and its modules agree, whatever is deployed while it is open; and all of it is there."""
    pages = list(built.glob("*.html")) + list(built.glob("*/index.html"))
    assert len(pages) == 8
    seen, waiting = set(pages), list(pages)
    while waiting:
        for place in references(built, waiting.pop()):
            found = place.resolve()
            assert found.is_file(), place
            if found not in seen:
                assert found in pages or found.is_relative_to(release(built)), found
                seen.add(found)
                waiting += [found] if found.suffix == ".js" else []
    assert len(seen) > 25


def needs_of(built: Path) -> set[Path]:
    """The files that a page may ask for, wherever in its modules it does."""
    found = set[Path]()
    waiting = [built / "verificar" / "index.html"]
    while waiting:
        for place in references(built, waiting.pop()):
            file = place.resolve()
            if file.suffix != ".html" and file not in found:
                found.add(file)
                waiting += [file] if file.suffix == ".js" else []
    return found


def test_the_worker_keeps_all_of_its_release_that_verifying_without_a_network_needs(built: Path) -> None:
    """The public log, the proof of a human and the comparison with the certificate are no use without a network."""
    worker = (built / delivery.WORKER).read_text()
    kept = {built.resolve() / address for address in re.findall(r'"/(a/[^"]+)"', worker)}
    comparison = ("altered-file", "file-differences", "file-table", "paper-words", "pdf-text", "word-order")
    names = ("logged", "public-log", "solver", *comparison)
    online = {release(built).resolve() / "modules" / f"{name}.js" for name in names}
    words = release(built).resolve() / "words" / "verificar" / "en.json"
    assert kept == needs_of(built) - online | {words}
    assert len(kept) > 20
    assert not (release(built) / delivery.WORKER).exists(), "there it would serve nothing"


def test_libraries_are_uploaded_where_pages_ask_for_them_whatever_the_release(built: Path) -> None:
    found = portal_libraries.found()
    assert found or not portal_libraries.PACKAGES.joinpath("pdfjs-dist").exists()
    for address, file in found.items():
        assert (built / address[1:]).read_bytes() == file.read_bytes()


def test_a_release_is_named_by_what_it_holds(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text('<link href="/style.css">')
        (tmp_path / name / "style.css").write_text("p {}")
    assert delivery.release_of(tmp_path / "one") == delivery.release_of(tmp_path / "two")
    (tmp_path / "two" / "style.css").write_text("p {} ")
    assert delivery.release_of(tmp_path / "one") != delivery.release_of(tmp_path / "two")


def test_each_release_has_a_worker_of_its_own(built: Path, tmp_path: Path) -> None:
    """Browsers compare its bytes with those that they have, and take a new one by themselves."""
    shutil.copytree(PORTAL, tmp_path / "portal")
    module = tmp_path / "portal" / "modules" / "verdict.js"
    module.write_text(module.read_text() + "// a change\n")
    build_portal(tmp_path / "portal", tmp_path / "built")
    one, other = ((folder / delivery.WORKER).read_text() for folder in (built, tmp_path / "built"))
    assert one != other


def test_an_asset_is_kept_for_good_and_a_page_asked_for_each_time(assembly: Assembly) -> None:
    caching = {
        policy["ResponseHeadersPolicyConfig"]["Name"].rsplit("-", 1)[1]: [
            item["Value"]
            for item in policy["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
            if item["Header"] == "Cache-Control"
        ]
        for policy in assembly.all_of("AWS::CloudFront::ResponseHeadersPolicy").values()
    }
    pages = {"files": ["no-cache"], "scanning": ["no-cache"], "assets": [FOR_GOOD]}
    assert caching == {**pages, "api": [], "keys": [], "log": []}, "the public log's files say themselves how long"
    (distribution,) = assembly.all_of("AWS::CloudFront::Distribution").values()
    (assets,) = [
        behavior
        for behavior in distribution["DistributionConfig"]["CacheBehaviors"]
        if behavior["PathPattern"] == f"/{ASSETS}/*"
    ]
    assert "FunctionAssociations" not in assets, "the pages' function knows no releases"


class Site(SimpleHTTPRequestHandler):
    """The built portal, and an API that answers each request for a challenge."""

    def do_GET(self) -> None:
        if self.path.startswith("/api/captcha"):
            self.send_response(200)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(built: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_deployment_that_citizens_can_use_passes(site: str, built: Path) -> None:
    assert check(site, release(built).name) == []


def test_pages_of_another_release_and_what_does_not_answer_are_named(site: str) -> None:
    faults = check(site, "0" * 16)
    assert "/verificar/ is not of release 0000000000000000" in faults
    assert f"/{ASSETS}/0000000000000000/style.css answers 404 and not 200" in faults
    assert "/ answers 0" in check("http://127.0.0.1:9", "0" * 16)


def test_nothing_is_deployed_unless_somebody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(delivery, "_run", lambda *command: ran.append(command))
    monkeypatch.setattr("builtins.input", lambda _: "no")
    monkeypatch.setattr(shutil, "which", lambda command: command)
    monkeypatch.delenv("AGREED", raising=False)
    with pytest.raises(delivery.DeliveryFailed):
        delivery.deploy("prod", ["domain=example"])
    assert [command[2:5] for command in ran] == [("aws-cdk@2.1148.1", "diff", "--all")]


def test_nothing_is_deployed_where_the_portal_could_not_be_uploaded(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(delivery, "_run", lambda *command: ran.append(command))
    monkeypatch.setattr(shutil, "which", {"npx": "/usr/bin/npx"}.get)
    with pytest.raises(delivery.DeliveryFailed, match="not installed here: aws"):
        delivery.deploy("prod", [])
    assert ran == []


def test_a_first_deployment_says_where_the_domain_must_lead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its try fails: the owner of the domain learns only from its outputs where to lead it."""
    outputs = {"Portal": "http://127.0.0.1:9", "PortalBucket": "b", "Distribution": "d1.cloudfront.net"}
    monkeypatch.setattr(delivery, "OUTPUTS", tmp_path / "outputs.json")
    monkeypatch.setattr(delivery, "BUILT", tmp_path / "portal")
    (tmp_path / "outputs.json").write_text(json.dumps({"constancia-trial-service": outputs}))
    monkeypatch.setattr(delivery, "_run", lambda *_: None)
    monkeypatch.setattr(shutil, "which", lambda command: command)
    monkeypatch.setenv("AGREED", "trial")
    with pytest.raises(delivery.DeliveryFailed, match=r"http://127\.0\.0\.1:9 must lead to d1\.cloudfront\.net"):
        delivery.deploy("trial", [])


def test_the_cdk_is_the_one_that_is_locked_in_package_json() -> None:
    version = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert delivery.CDK[-1] == f"aws-cdk@{version}"


def test_the_outputs_have_the_names_that_the_runbook_says(assembly: Assembly) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    outputs = assembly.templates["service"]["Outputs"]
    for name in ("Portal", "PortalBucket", "Distribution", "Dashboard", "Dkim1", "Dkim2", "Dkim3"):
        assert name in outputs, name
    assert "`Dkim1` to `Dkim3`" in runbook
    assert "`Distribution`" in runbook
