"""The commands that keep the protection list."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
from constancia.aws.portal import HttpPortal
from constancia.curriculum import LEVELS
from constancia.verifying.trial import Reply
from constancia.wording import LEVEL_NAMES

from infra.console.answers import UNREACHABLE, accepted, agree, fail, say_moment, with_service
from infra.console.services import Service

BY_NAME = {LEVEL_NAMES[level].lower(): level for level in LEVELS}
"""The levels, by their names as an operator types them."""


@click.group(short_help="Lleva la lista de estudiantes protegidos.")
def protect() -> None:
    """Lleva la lista de estudiantes por quienes nadie puede pedir la constancia por internet, por orden de un juez.

    A quien la pida se le responde como a cualquiera cuya identidad no se confirma. Las constancias que ya existen se
    siguen verificando.

    \b
    Ejemplos:
      constancia protect add 71705600 --reason "Expediente 01234-2026-0-1801-JR-FT-05"
      constancia protect list
      constancia protect issue 71705600 --level secundaria --reason "Oficio 0512-2026"
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
        agree(question)
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
        agree(f"¿Terminar la protección del estudiante con DNI {document_number}?")
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


@protect.command(short_help="Emite la constancia de un estudiante protegido.")
@click.argument("document_number", metavar="DNI")
@click.option(
    "--level",
    required=True,
    type=click.Choice(list(BY_NAME)),
    help="El nivel de las notas.",
)
@reason
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="La carpeta del PDF."
)
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def issue(
    service: Service, document_number: str, level: str, reason: str, output: Path, yes: bool, as_json: bool
) -> None:
    """Emite la constancia de un estudiante protegido y guarda el PDF, para quien mostró que puede tenerla.

    No se envía ningún correo. Las constancias anteriores que digan otra cosa quedan reemplazadas, sin aviso.
    """
    output.mkdir(parents=True, exist_ok=True)
    command = {
        "command": "ask",
        "document_number": document_number,
        "level": BY_NAME[level],
        "reason": reason,
        "operator": service.operator(),
    }
    asked = service.call("protect_student", command)
    if "problem" in asked:
        accepted(asked, as_json)
    portal = HttpPortal(asked["portal_url"], asked["access_token"])
    path = f"/api/requests/{asked['request_id']}"
    student = _answer(portal.get(f"{path}/transcript"))["student"]
    if not yes:
        agree(f"¿Emitir la constancia de {student['full_name']} (DNI {student['document_number']})?")
    certificate = _answer(portal.post(f"{path}/certificate", {}))
    code = certificate["virtual_code"]
    pdf = HttpPortal("").get(certificate["pdf_url"])
    if pdf.status != HTTPStatus.OK:
        fail(f"{code} se emitió, pero el PDF no llegó: descárgalo en {certificate['verify_url']}", UNREACHABLE)
    file = output / f"constancia-{code}.pdf"
    try:
        file.write_bytes(pdf.body)
    except OSError as error:
        there = f"descárgalo en {certificate['verify_url']}"
        fail(f"{code} se emitió, pero el PDF no se pudo guardar en {file} ({error.strerror}): {there}")
    if as_json:
        click.echo(json.dumps({"virtual_code": code, "file": str(file)}, indent=1))
    else:
        click.echo(f"{code}  Emitida. El PDF está en {file}")


def _answer(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer of the API; a refusal ends the command with its sentence."""
    try:
        answer: dict[str, Any] = json.loads(reply.body)
    except ValueError:
        fail("El portal no responde como debe. No se pierde nada: repite la orden.", UNREACHABLE)
    if reply.status >= HTTPStatus.BAD_REQUEST:
        fail(answer["detail"])
    return answer


def _command(service: Service, what: str, document_number: str, reason: str, as_json: bool) -> dict[str, Any]:
    command = {"command": what, "document_number": document_number, "reason": reason, "operator": service.operator()}
    return accepted(service.call("protect_student", command), as_json)
