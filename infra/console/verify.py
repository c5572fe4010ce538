"""`constancia verify`: whether PDFs are certificates of the ministry, without a network."""

import json
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError

import click

from infra.console.answers import REFUSED, UNREACHABLE, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.console.sealed_files import TrustedKeys

JWKS, CHAIN = "jwks.json", "sello.pem"
"""The files with the keys, at `/.well-known/` of the service and in a folder."""
PATIENCE = 10
"""Seconds in which the service must answer."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--keys", metavar="CARPETA|URL", help="jwks.json y sello.pem: su carpeta, o el servicio que los publica.")
@click.option("--json", "as_json", is_flag=True, help="Responde en JSON, una línea por archivo, para programas.")
def verify(paths: tuple[Path, ...], keys: str | None, as_json: bool) -> None:
    """Verifica constancias en PDF sin internet: sello, datos firmados, y si la hoja dice lo mismo que ellos.

    De una carpeta verifica todos los PDF. Sin --keys usa las claves de la última vez. No dice si una constancia fue
    anulada o reemplazada: eso lo sabe el servicio.
    """
    files = [file for path in paths for file in (sorted(path.rglob("*.pdf")) if path.is_dir() else [path])]
    # pypdfium2 and the drawing of a page take half a second, which other commands do without.
    from infra.console import sealed_files  # noqa: PLC0415

    trusted = _trusted(keys, sealed_files.read_keys)
    wrong = 0
    with click.progressbar(files, label="Verificando", hidden=as_json or len(files) == 1) as progress:
        answers = [(file, sealed_files.findings(file.read_bytes(), trusted)) for file in progress]
    for file, findings in answers:
        wrong += bool(findings)
        if as_json:
            answer = {"file": str(file), "authentic": not findings, "findings": findings}
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            click.echo(f"{file}: {'auténtica' if not findings else 'NO es auténtica'}")
            for finding in findings:
                click.echo(f"  {finding}")
    if wrong:
        raise SystemExit(REFUSED)


def _trusted(source: str | None, read_keys: "Callable[[dict[str, Any], bytes], TrustedKeys]") -> "TrustedKeys":
    """The keys of a folder or of a service; those of a service are kept for the next time."""
    folder = Path(click.get_app_dir("constancia")) / "keys" if source is None or _is_address(source) else Path(source)
    if source and _is_address(source):
        folder.mkdir(parents=True, exist_ok=True)
        for name in (JWKS, CHAIN):
            try:
                address = f"{source.rstrip('/')}/.well-known/{name}"
                with urllib.request.urlopen(address, timeout=PATIENCE) as answer:  # noqa: S310  http or https, see above
                    (folder / name).write_bytes(answer.read())
            except (URLError, OSError):
                fail(f"no se pudo leer {name} de {source}.", UNREACHABLE)
    try:
        return read_keys(json.loads((folder / JWKS).read_text()), (folder / CHAIN).read_bytes())
    except OSError:
        fail(f"faltan las claves ({JWKS} y {CHAIN}): dilas con --keys.")
    except (ValueError, KeyError, TypeError):
        fail(f"las claves de {folder} no se entienden.")


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))
