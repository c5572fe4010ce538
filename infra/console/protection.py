"""The commands that keep the protection list."""

from typing import Any

import click

from infra.console.answers import accepted, say_moment, with_service
from infra.console.services import Service


@click.group(short_help="Lleva la lista de estudiantes protegidos.")
def protect() -> None:
    """Lleva la lista de estudiantes por quienes nadie puede pedir la constancia por internet, por orden de un juez.

    A quien la pida se le responde como a cualquiera cuya identidad no se confirma. Las constancias que ya existen se
    siguen verificando.

    \b
    Ejemplos:
      constancia protect add 71705600 --reason "Expediente 01234-2026-0-1801-JR-FT-05"
      constancia protect list
    """


reason = click.option("--reason", required=True, help="El número del expediente o del oficio, sin nombres.")


@protect.command(short_help="Protege a un estudiante.")
@click.argument("document_number", metavar="DNI")
@reason
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def add(service: Service, document_number: str, reason: str, yes: bool, as_json: bool) -> None:
    """Protege al estudiante de ese DNI desde este momento. Sus solicitudes abiertas terminan."""
    if not yes:
        question = f"¿Proteger al estudiante con DNI {document_number}? Compara el número con la orden."
        click.confirm(question, abort=True, err=True)
    answer = _command(service, "add", document_number, reason, as_json)
    if not as_json:
        kept = answer["protection"]
        done = "Protegido" if answer["changed"] else "Ya estaba protegido; no cambió nada. Protegido"
        click.echo(f"{kept['document_number']}  {done} desde el {say_moment(kept['since'])}: {kept['reason']}")


@protect.command(short_help="Termina la protección de un estudiante.")
@click.argument("document_number", metavar="DNI")
@reason
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def remove(service: Service, document_number: str, reason: str, yes: bool, as_json: bool) -> None:
    """Termina la protección del estudiante de ese DNI. Quién y por qué se guarda 400 días."""
    if not yes:
        click.confirm(f"¿Terminar la protección del estudiante con DNI {document_number}?", abort=True, err=True)
    answer = _command(service, "remove", document_number, reason, as_json)
    if not as_json:
        kept = answer["protection"]
        done = "Protección terminada" if answer["changed"] else "Ya había terminado; no cambió nada. Terminó"
        click.echo(f"{kept['document_number']}  {done} el {say_moment(kept['ended_at'])}: {kept['end_reason']}")


@protect.command("list", short_help="Muestra la lista.")
@with_service
def show_list(service: Service, as_json: bool) -> None:
    """Muestra los estudiantes protegidos, y los que lo estuvieron en los últimos 400 días."""
    answer = accepted(service.call("protect_student", {"command": "list"}), as_json)
    if as_json:
        return
    for kept in answer["protections"]:
        ended = f"  terminó el {say_moment(kept['ended_at'])} ({kept['ended_by']}): {kept['end_reason']}"
        click.echo(
            f"{kept['document_number']}  desde el {say_moment(kept['since'])} ({kept['by']}): {kept['reason']}"
            + (ended if kept["ended_at"] else "")
        )
    if not answer["protections"]:
        click.echo("La lista está vacía.")


def _command(service: Service, what: str, document_number: str, reason: str, as_json: bool) -> dict[str, Any]:
    command = {"command": what, "document_number": document_number, "reason": reason, "operator": service.operator()}
    return accepted(service.call("protect_student", command), as_json)
