"""`constancia verify`: whether PDFs are certificates of the ministry, without a network; and their state, with one."""

import hashlib
import json
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from infra.console.answers import REFUSED, UNREACHABLE, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.console.online import ServiceAnswer
    from infra.console.sealed_files import TrustedKeys

JWKS, CHAIN = "jwks.json", "sello.pem"
"""The files with the keys, at `/.well-known/` of the service and in a folder."""
STATES = {
    "valid": "válida",
    "superseded": "reemplazada por otra más reciente",
    "annulled": "ANULADA",
    "not_found": "desconocida por el servicio",
    "unknown": "su estado no se pudo saber",
}
PATIENCE = 10
"""Seconds in which the service must answer."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--keys", metavar="CARPETA|URL", help="jwks.json y sello.pem: su carpeta, o el servicio que los publica.")
@click.option("--online", metavar="URL", help="Pregunta además a este servicio por el estado y el registro público.")
@click.option("--json", "as_json", is_flag=True, help="Responde en JSON, una línea por archivo, para programas.")
def verify(paths: tuple[Path, ...], keys: str | None, online: str | None, as_json: bool) -> None:
    """Verifica constancias en PDF sin internet: sello, datos firmados, y si la hoja dice lo mismo que ellos.

    De una carpeta verifica todos los PDF. Sin --keys usa las claves de la última vez. Si una constancia fue anulada o
    reemplazada lo sabe solo el servicio: con --online se le pregunta, y se comprueba que conste en el registro público.
    """
    if online and not _is_address(online):
        raise click.UsageError("--online espera una dirección, como https://constancia.minedu.gob.pe")
    files = [file for path in paths for file in (_pdfs_of(path) if path.is_dir() else [path])]
    # pypdfium2 and the drawing of a page take half a second, which other commands do without.
    from infra.console import sealed_files  # noqa: PLC0415

    trusted = _trusted(keys, online, sealed_files.read_keys)
    answers = []
    with click.progressbar(files, label="Verificando", hidden=as_json or len(files) == 1) as progress:
        for file in progress:
            pdf = file.read_bytes()
            findings = sealed_files.findings(pdf, trusted)
            answers.append((file, findings, _known(online, pdf) if online and not findings else None))
    for answer in answers:
        _say(*answer, as_json=as_json)
    if any(findings or (known and known.findings) for _, findings, known in answers):
        raise SystemExit(REFUSED)
    if any(known and known.status == "unknown" for _, _, known in answers):
        fail(f"{online} no respondió a todo: repite lo que falta.", UNREACHABLE)


def _pdfs_of(folder: Path) -> list[Path]:
    """The PDFs of a folder and of those within it; without one the command ends, because nothing was verified."""
    found = sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".pdf" and file.is_file())
    return found or fail(f"no hay ningún PDF en {folder}")


def _known(url: str, pdf: bytes) -> "ServiceAnswer":
    """What the service knows of a file whose signatures are right."""
    from infra.console import online, sealed_files  # noqa: PLC0415  half a second, see above

    data = sealed_files.data_of(pdf)
    own = {name: data["certificate"][name] for name in ("virtual_code", "serial_number", "issued_at", "attestation")}
    number = data["transcript"]["student"]["document_number"]
    issued = online.FileData(**own, document_number=number, sha256=hashlib.sha256(pdf).hexdigest())
    return online.look_up(url.rstrip("/"), issued)


def _say(file: Path, findings: list[str], known: "ServiceAnswer | None", *, as_json: bool) -> None:
    """Prints what was found out about a file."""
    every = [*findings, *(known.findings if known else ())]
    if as_json:
        more = {"status": known.status, "log_index": known.log_index} if known else {}
        answer = {"file": str(file), "authentic": not findings, "findings": every, **more}
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    words = "NO es auténtica" if findings else "auténtica"
    if known:
        words += f", {STATES[known.status]}"
    if known and known.status not in ("unknown", "not_found"):
        logged = "aún no consta" if known.log_index is None else f"consta con el n.º {known.log_index}"
        words += f"; en el registro público {logged}"
    click.echo(f"{file}: {words}")
    for finding in every:
        click.echo(f"  {finding}")


def _trusted(
    keys: str | None, online: str | None, read_keys: "Callable[[dict[str, Any], bytes], TrustedKeys]"
) -> "TrustedKeys":
    """The keys of a folder or of a service; those of a service are kept for the next time.

    Where only the service that is asked for the state is named, and it does not answer, those of the last time serve.
    """
    source = keys or online
    folder = Path(click.get_app_dir("constancia")) / "keys" if source is None or _is_address(source) else Path(source)
    if source and _is_address(source):
        try:
            published = {name: _published(source, name) for name in (JWKS, CHAIN)}
        except (OSError, HTTPException):
            if keys:
                fail(f"no se pudieron leer las claves de {source}.", UNREACHABLE)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in published.items():
                (folder / name).write_bytes(content)
    try:
        return read_keys(json.loads((folder / JWKS).read_text()), (folder / CHAIN).read_bytes())
    except OSError:
        fail(f"faltan las claves ({JWKS} y {CHAIN}): dilas con --keys.")
    except (ValueError, KeyError, TypeError):
        fail(f"las claves de {folder} no se entienden.")


def _published(url: str, name: str) -> bytes:
    address = f"{url.rstrip('/')}/.well-known/{name}"
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310  http or https, see `_is_address`
        return bytes(answer.read())


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))
