"""`make deploy STAGE=…`: shows what changes, deploys the stacks, uploads the portal, and tries what citizens use.

Pages are uploaded as they are. What pages refer to (modules, style, pictures) is uploaded a second time under
`/a/RELEASE/`, where it never changes, so browsers and CloudFront keep it for good; pages refer to it there. RELEASE is
a hash of the whole portal, so no build tool is needed. Files of earlier releases stay for pages that are still open.
A service worker stays where it is, as a page does, because it serves the folder that it stands in; what it keeps are
the parts of its own release, so each release has another one. Libraries from npm have their own version in their
address (`infra.portal_libraries`), so browsers keep them from release to release.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from infra import portal_libraries
from infra.portal_headers import ASSETS, FOR_GOOD

ROOT = Path(__file__).parents[1]
PORTAL = ROOT / "portal"
BUILT = ROOT / "build" / "portal"
OUTPUTS = ROOT / "build" / "outputs.json"
CDK = ("npx", "--yes", "aws-cdk@2.1148.1")

COMMANDS = ("npx", "aws")
"""What must be installed before anything is deployed."""

WORKER = "verificar/worker.js"
REFERRING = (".html", ".js")
"""Kinds of files that name others by their address."""
PAGES = ("/", "/solicitar/", "/verificar/", "/constancia/", "/instituciones/", "/privacidad/", "/accesibilidad/")
"""The pages that are tried when the deployment is done."""
PATIENCE = 20
"""Seconds that an answer may take when the deployment is tried."""


class DeliveryFailed(Exception):
    """A step failed; the message says which, and what it answered."""


def release_of(portal: Path) -> str:
    """The name of a release: 16 hexadecimal digits of a hash over all files of the portal."""
    summary = hashlib.sha256()
    for path in _files(portal):
        summary.update(f"{path.relative_to(portal)}\0{path.stat().st_size}\0".encode())
        summary.update(path.read_bytes())
    return summary.hexdigest()[:16]


def build_portal(portal: Path, built: Path) -> str:
    """Writes the files to upload and returns the release's name.

    Args:
        portal: the folder of the portal.
        built: a folder that is made anew: pages and, under `a/RELEASE/`, what they refer to, with the libraries beside.
    """
    release = release_of(portal)
    assets = {f"/{path.relative_to(portal).as_posix()}" for path in _files(portal) if _is_asset(path, portal)}
    shutil.rmtree(built, ignore_errors=True)
    for path in _files(portal):
        place = path.relative_to(portal)
        content = path.read_bytes()
        _write(built / place, _with_assets(content, assets, release) if _refers(path, portal) else content)
        if _is_asset(path, portal):
            moved = _with_assets(content, assets, release) if path.suffix in REFERRING else content
            _write(built / ASSETS / release / place, moved)
    for address, file in portal_libraries.found().items():
        _write(built / address[1:], file.read_bytes())
    return release


def upload(built: Path, bucket: str) -> None:
    """Uploads the files: first those that pages refer to, then the pages; nothing of earlier releases is deleted."""
    assets = f"{built}/{ASSETS}"
    _run("aws", "s3", "sync", assets, f"s3://{bucket}/{ASSETS}", "--size-only", "--cache-control", FOR_GOOD)
    _run("aws", "s3", "sync", str(built), f"s3://{bucket}", "--delete", "--exclude", f"{ASSETS}/*")


def check(url: str, release: str) -> list[str]:
    """What a citizen would miss at this address, one sentence each; empty if all is well.

    Args:
        url: the address of the portal, without a final slash.
        release: the release that its pages must refer to.
    """
    faults = []
    for page in (*PAGES, f"/{WORKER}"):
        status, body = _get(url + page)
        if status != 200:
            faults.append(f"{page} answers {status}")
        elif f"/{ASSETS}/{release}/" not in body:
            faults.append(f"{page} is not of release {release}")
    for path, wanted in (
        (f"/{ASSETS}/{release}/style.css", 200),
        ("/api/openapi.json", 200),
        ("/api/captcha?for=verification", 200),
        ("/no-such-page", 404),
        *dict.fromkeys(portal_libraries.found(), 200).items(),
    ):
        status, _ = _get(url + path)
        if status != wanted:
            faults.append(f"{path} answers {status} and not {wanted}")
    return faults


def deploy(stage: str, context: list[str]) -> None:
    """Deploys a stage.

    Args:
        stage: of the deployment.
        context: more values for the CDK, each as `name=value`.

    Raises:
        DeliveryFailed: a command is missing, a step failed, or nobody agreed to the changes.
    """
    if missing := [command for command in COMMANDS if shutil.which(command) is None]:
        raise DeliveryFailed(f"not installed here: {', '.join(missing)}")
    chosen = [part for value in (f"stage={stage}", *context) for part in ("-c", value)]
    _run(*CDK, "diff", "--all", *chosen)
    if os.environ.get("AGREED") != stage and input(f"Deploy this to {stage}? Type its name: ") != stage:
        raise DeliveryFailed("nothing was deployed")
    OUTPUTS.parent.mkdir(exist_ok=True)
    _run(*CDK, "deploy", "--all", *chosen, "--require-approval", "never", "--outputs-file", str(OUTPUTS))
    outputs = json.loads(OUTPUTS.read_text())[f"constancia-{stage}-service"]
    release = build_portal(PORTAL, BUILT)
    upload(BUILT, outputs["PortalBucket"])
    if faults := check(outputs["Portal"], release):
        there = f"{outputs['Portal']} must lead to {outputs['Distribution']}"
        raise DeliveryFailed(f"deployed, but a citizen would miss something ({there}): {'; '.join(faults)}")
    sys.stdout.write(f"{outputs['Portal']} is up: release {release}\n")


def _files(portal: Path) -> list[Path]:
    return sorted(path for path in portal.rglob("*") if path.is_file())


def _refers(path: Path, portal: Path) -> bool:
    """Whether a file stays where it is and refers to assets: pages and the service worker."""
    return path.suffix == ".html" or path.relative_to(portal).as_posix() == WORKER


def _is_asset(path: Path, portal: Path) -> bool:
    """Whether pages refer to a file, so that it may move: all but pages, the worker and the document of the API."""
    return not _refers(path, portal) and path.relative_to(portal).parts[0] != "api"


def _with_assets(content: bytes, assets: set[str], release: str) -> bytes:
    """A file that refers to the assets of its release in place of those without one."""
    text = content.decode()
    for asset in assets:
        for opened, closed in (('"', '"'), ('"', "#")):
            text = text.replace(f"{opened}{asset}{closed}", f"{opened}/{ASSETS}/{release}{asset}{closed}")
    return text.encode()


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _get(url: str) -> tuple[int, str]:
    """The status and the text of an answer; 0 where none came."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def _run(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:  # noqa: S603
        raise DeliveryFailed(f"{' '.join(command[:4])} failed")


if __name__ == "__main__":
    try:
        deploy(sys.argv[1], sys.argv[2:])
    except DeliveryFailed as failure:
        sys.exit(str(failure))
