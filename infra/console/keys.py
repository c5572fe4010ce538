"""The commands about keys: list, csr, install, rotate."""

import json
import re
from pathlib import Path
from typing import Any

import click

from infra import wiring
from infra.console.answers import accepted, fail, with_service
from infra.console.services import Service

STAGES = Path(__file__).parents[1] / "stages"
FIRST = "first"
"""The label of the pair of keys that every stage begins with."""
LABEL = re.compile(r"[a-z][a-z0-9]*")
USES = {
    "attestation": "Datos firmados",
    "seal": "Sello",
    "checkpoint": "Registro público",
    "states": "Lista de anuladas",
}
"""What the keys of each name sign, as operators read it."""


@click.group(short_help="Muestra las claves que firman y atiende su certificado.")
def keys() -> None:
    """Muestra las claves que firman, pide e instala el certificado del sello, y cambia una clave por otra."""


@keys.command("list", short_help="Muestra las claves y el certificado del sello.")
@with_service
def list_keys(service: Service, as_json: bool) -> None:
    """Muestra las claves de cada uso: la que firma, las que siguen valiendo, y la cadena de certificados del sello."""
    found = accepted(service.call("keep_keys", {"command": "list"}), as_json)
    if as_json:
        return
    for name, use in USES.items():
        click.echo(use)
        for key in found[name]:
            certificate = f"; {_certificate(key)}" if "certificates" in key else ""
            click.echo(f"  {key.get('kid') or key['verifier_key']}  {_use(key)}{certificate}")


def _use(key: dict[str, Any]) -> str:
    return "firma" if key["signs"] else "ya no firma, o aún no; lo que firmó vale"


def _certificate(key: dict[str, Any]) -> str:
    if not key["certificates"]:
        return "sin certificado: se hace con la primera constancia"
    if key["self_issued"]:
        return f"certificado emitido por ella misma, hasta {key['ends']}"
    return f"cadena de {key['certificates']} certificados, hasta {key['ends']}"


@keys.command(short_help="Da la solicitud de certificado (CSR) del sello.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Archivo; sin él, la pantalla.")
@with_service
def csr(service: Service, output: Path | None, as_json: bool) -> None:
    """Da la solicitud de certificado (PKCS #10, en PEM) de la clave del sello, para la entidad de certificación.

    \b
    Ejemplo:
      constancia keys csr -o sello.csr --aws prod
    """
    found = accepted(service.call("keep_keys", {"command": "request"}), as_json)
    if as_json:
        return
    if found["request"] is None:
        fail("la solicitud se hace con la primera constancia que la clave sella; aún no hay ninguna")
    if output is None:
        click.echo(found["request"], nl=False)
        return
    output.write_text(found["request"])
    click.echo(f"Solicitud en {output}.")


@keys.command(short_help="Instala la cadena de certificados del sello.")
@click.argument("chain", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_service
def install(service: Service, chain: Path, as_json: bool) -> None:
    """Instala la cadena del archivo CHAIN (PEM): primero el certificado del sello, luego los de sus emisores.

    Se instala solo si es de la clave que sella. En cinco minutos sella con ella; lo sellado antes sigue valiendo.

    \b
    Ejemplo:
      constancia keys install cadena.pem --aws prod
    """
    try:
        written = chain.read_text()
    except UnicodeDecodeError:
        fail(f"{chain} no está en PEM; si está en DER, conviértelo antes: openssl x509 -inform der -in {chain}")
    found = accepted(service.call("keep_keys", {"command": "install", "chain": written}), as_json)
    if not as_json:
        click.echo(f"Instalada: {_certificate(found['seal'][0])}.")


@keys.command(short_help="Cambia una clave por otra, en dos despliegues.")
@click.argument("name", type=click.Choice([key.name for key in wiring.KEYS]))
@click.argument("label")
@click.option("--stage", required=True, metavar="ETAPA", help="La etapa, por ejemplo prod.")
@click.option("--stages", type=click.Path(path_type=Path, file_okay=False), default=STAGES, hidden=True)
def rotate(name: str, label: str, stage: str, stages: Path) -> None:
    """Cambia la clave NAME por otra, de etiqueta LABEL, en el archivo de la etapa; lo hace «make deploy».

    La primera vez, la clave nueva se publica y no firma. La segunda vez, desplegada ya la primera, firma ella. La
    anterior sigue publicada: lo que firmó vale siempre.

    \b
    Ejemplo, dos veces, cada vez con «make deploy STAGE=prod» después:
      constancia keys rotate attestation k2027 --stage prod
    """
    file = stages / f"{stage}.json"
    if not LABEL.fullmatch(label):
        raise click.UsageError("La etiqueta lleva letras minúsculas y cifras, y empieza con una letra.")
    try:
        chosen = json.loads(file.read_text())
    except OSError:
        fail(f"no se puede leer {file}")
    except ValueError:
        fail(f"{file} no se entiende: no es JSON")
    labels = chosen.setdefault("keys", {}).setdefault(name, [FIRST])
    if labels[0] == label:
        click.echo(f"La clave {label} ya es la que firma; no cambió nada.")
        return
    known = label in labels
    chosen["keys"][name] = [label, *(each for each in labels if each != label)] if known else [*labels, label]
    file.write_text(json.dumps(chosen, ensure_ascii=False, indent=2) + "\n")
    then = "firmará" if known else "se publicará y aún no firmará; cuando esté desplegada, repite esta orden"
    click.echo(f"Con «make deploy STAGE={stage}» la clave {label} {then}.")
