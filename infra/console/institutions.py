"""The commands that keep the institutions that verify with a key of their own."""

from typing import Any

import click

from infra.console.answers import accepted, agree, say_moment, with_service
from infra.console.institution_lists import verify
from infra.console.services import Service


@click.group(short_help="Lleva las instituciones que verifican con clave.")
def institution() -> None:
    """Lleva las instituciones que verifican muchas constancias con una clave propia, sin captcha.

    La clave se muestra una sola vez: entrégala por un medio seguro. Quien la pierde pide otra (rotate).

    \b
    Ejemplos:
      constancia institution add "Universidad Nacional de Ejemplo" --purpose "Admisión 2027" --quota 1000
      constancia institution list
      constancia institution rotate 5f0c2a91
      constancia institution revoke 5f0c2a91
      CONSTANCIA_KEY=… constancia institution verify postulantes.csv
    """


@institution.command(short_help="Registra una institución y le hace una clave.")
@click.argument("name", metavar="NOMBRE")
@click.option("--purpose", required=True, help="Para qué verifica.")
@click.option("--quota", required=True, type=int, help="Cuántas constancias puede consultar al día.")
@with_service
def add(service: Service, name: str, purpose: str, quota: int, as_json: bool) -> None:
    """Registra la institución NOMBRE, y muestra su clave. Los titulares verán ese nombre en su historial."""
    answer = _command(service, as_json, command="add", name=name, purpose=purpose, quota=quota)
    if not as_json:
        _show(answer["institution"])
        _show_key(answer["key"])


@institution.command("list", short_help="Muestra las instituciones.")
@with_service
def show_list(service: Service, as_json: bool) -> None:
    """Muestra las instituciones, también las revocadas. No muestra ninguna clave: no se guardan."""
    answer = accepted(service.call("keep_institutions", {"command": "list"}), as_json)
    if as_json:
        return
    for kept in answer["institutions"]:
        _show(kept)
    if not answer["institutions"]:
        click.echo("No hay ninguna institución.")


@institution.command(short_help="Hace una clave nueva; la anterior deja de valer.")
@click.argument("institution_id", metavar="ID")
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def rotate(service: Service, institution_id: str, yes: bool, as_json: bool) -> None:
    """Hace una clave nueva para la institución de ese ID. La anterior deja de valer en ese momento."""
    if not yes:
        agree(f"¿Hacer otra clave para {institution_id}? La de ahora deja de valer.")
    answer = _command(service, as_json, command="rotate", institution_id=institution_id)
    if not as_json:
        _show(answer["institution"])
        _show_key(answer["key"])


@institution.command(short_help="Termina el uso de una clave.")
@click.argument("institution_id", metavar="ID")
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def revoke(service: Service, institution_id: str, yes: bool, as_json: bool) -> None:
    """Revoca la institución de ese ID: su clave deja de valer en la siguiente llamada, y no vuelve a valer."""
    if not yes:
        agree(f"¿Revocar {institution_id}? No se puede deshacer.")
    answer = _command(service, as_json, command="revoke", institution_id=institution_id)
    if not as_json:
        if not answer["changed"]:
            click.echo("Ya estaba revocada; no cambió nada.")
        _show(answer["institution"])


institution.add_command(verify)


def _command(service: Service, as_json: bool, **command: Any) -> dict[str, Any]:
    return accepted(service.call("keep_institutions", {**command, "operator": service.operator()}), as_json)


def _show(kept: dict[str, Any]) -> None:
    revoked = f"  revocada el {say_moment(kept['revoked_at'])} ({kept['revoked_by']})" if kept["revoked_at"] else ""
    click.echo(
        f"{kept['institution_id']}  {kept['name']}: {kept['purpose']}, {kept['quota']} al día, "
        f"clave del {say_moment(kept['key_since'])}{revoked}"
    )


def _show_key(key: str) -> None:
    click.echo(f"\nClave (no se vuelve a mostrar):\n{key}")
