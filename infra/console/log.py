"""The commands about the public log: its state, audit, add."""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from infra.console.answers import REFUSED, accepted, ask_of_each, fail, with_service
from infra.console.services import Service

WHAT = {
    "checkpoint": "falta el punto de control, o no lo firmó el registro",
    "root": "el punto de control dice otra cosa que las entradas",
    "tile": "una pieza falta, o dice otra cosa que las entradas",
    "forked": "el registro ya no contiene lo que mostró la última vez",
    "row_without_entry": "está en la tabla y no en el registro",
    "entry_without_row": "está en el registro y no en la tabla",
    "row_says_else": "la tabla dice otra cosa que el registro o que sus datos firmados",
}
OUTCOMES = {
    "logged": "Está en el registro público.",
    "already": "Ya estaba en el registro público; no cambió.",
    "not_attested": "No se agregó: no tiene datos firmados. Antes va «constancia attest».",
}


@click.group(short_help="Muestra y audita el registro público.", invoke_without_command=True)
@with_service
def log(service: Service, as_json: bool) -> None:
    """Muestra el estado del registro público: cuántas entradas tiene y su último punto de control.

    \b
    Ejemplos:
      constancia log
      constancia log audit --aws prod
      constancia log add C2CC6526
      constancia log recover
    """
    context = click.get_current_context()
    if context.invoked_subcommand:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            # The subcommand has options of its own, and would ask another service than the one that was named.
            raise click.UsageError(f"Las opciones van al final: constancia log {context.invoked_subcommand} …")
        return
    found = accepted(service.call("log_certificates", {}), as_json)
    if as_json:
        return
    click.echo(f"{found['size']} entradas, {found['waiting']} por entrar")
    click.echo(f"Clave: {found['verifier_key']}")
    click.echo(found["checkpoint"] or "Aún no hay punto de control: no se ha emitido ninguna constancia.")


@log.command(short_help="Relee todo el registro y lo compara con las constancias.")
@with_service
def audit(service: Service, as_json: bool) -> None:
    """Relee todo el registro público y lo compara con las constancias, en los dos sentidos.

    Compara también con lo que el registro mostró a esta consola la última vez: no puede haber perdido nada.
    """
    state = accepted(service.call("log_certificates", {}), as_json=False)
    kept = _kept(state["origin"])
    seen = kept.read_text(encoding="utf-8") if kept.exists() else None
    name = f"consola-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    while not (found := accepted(service.call("audit_log", {"audit": name, "seen": seen}), as_json=False))["finished"]:
        click.echo(f"{found['certificates']} constancias comparadas…", err=True)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    if not found["found"] and found["checkpoint"]:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(found["checkpoint"], encoding="utf-8")
    if not as_json:
        click.echo(f"{found['size']} entradas y {found['certificates']} constancias comparadas.")
        for finding in found["findings"]:
            click.secho(f"  {finding['where']}: {WHAT[finding['what']]}", fg="red")
    if found["found"]:
        fail(f"{found['found']} diferencias; el runbook dice qué hacer", REFUSED)


@log.command(short_help="Agrega constancias emitidas antes del registro.")
@click.argument("codes", nargs=-1, required=True)
@with_service
def add(service: Service, codes: tuple[str, ...], as_json: bool) -> None:
    """Agrega al registro público las constancias CODES, emitidas antes de que hubiera registro.

    \b
    Ejemplo:
      constancia log add C2CC6526 7K9WQ4ZT --aws prod
    """
    if left := ask_of_each(service, "log_certificates", codes, OUTCOMES, "not_attested", as_json):
        fail(f"no se agregaron {', '.join(left)}")


@log.command(short_help="Recupera el estado del registro después de restaurar su tabla.")
@with_service
def recover(service: Service, as_json: bool) -> None:
    """Lleva la tabla del registro, restaurada a un momento anterior, hasta lo que todos han leído.

    Después, «constancia log audit» nombra las constancias que no encuentran su lugar, y «constancia log add» se lo da.
    """
    recovered = 0
    while True:
        found = accepted(service.call("log_certificates", {"recover": True}), as_json=False)
        recovered += found["recovered"]
        if not found["left"]:
            break
        click.echo(f"{recovered} entradas recuperadas, faltan {found['left']}…", err=True)
    if as_json:
        click.echo(json.dumps({"recovered": recovered}))
    else:
        click.echo(f"{recovered} entradas recuperadas." if recovered else "No faltaba nada.")


def _kept(origin: str) -> Path:
    """Where this console keeps the last checkpoint that it saw of a log."""
    name = "".join(letter if letter.isalnum() else "-" for letter in origin)
    return Path(click.get_app_dir("constancia")) / "log" / f"{name}.checkpoint"
