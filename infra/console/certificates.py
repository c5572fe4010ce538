"""The commands about one certificate: annul, erase-email, show, resend."""

import json
from typing import Any

import click
from constancia.reporting import wording

from infra.console.answers import accepted, agree, ask_of_each, fail, say_moment, with_service
from infra.console.services import Service

STATES = {"valid": ("VÁLIDA", "green"), "superseded": ("REEMPLAZADA", "yellow"), "annulled": ("ANULADA", "red")}
MAIL = {
    "sent": "enviado",
    "sending": "enviándose",
    "refused": "rechazado",
    "unknown": "no se sabe si salió",
    "no_address": "no dejó correo",
    "bounced": "devuelto",
    "complained": "marcado como no deseado",
    None: "—",
}
OUTCOMES = {
    "attested": "Firmados sus datos.",
    "already": "Ya tenía datos firmados; no cambió.",
    "disagrees": "No se firmó: el registro no coincide con el PDF guardado o con lo que consta de ella.",
}


@click.command(short_help="Anula una constancia.")
@click.argument("code")
@click.option("--reason", required=True, help="El motivo; lo leerá quien verifique la constancia.")
@click.option("--yes", is_flag=True, help="No pregunta antes; para programas.")
@with_service
def annul(service: Service, code: str, reason: str, yes: bool, as_json: bool) -> None:
    """Anula la constancia de código virtual CODE. Se ve al instante en la verificación y no se deshace.

    \b
    Ejemplo:
      constancia annul C2CC6526 --reason "Emitida con el acta de otro estudiante"
    """
    if not yes:
        found = accepted(service.call("show_certificate", {"virtual_code": code}), as_json=False)
        level, day = wording.value("level", found["level"]), found["issued_at"][:10]
        click.echo(f"{found['virtual_code']}  N.° {found['serial_number']}  {level}, emitida el {day}", err=True)
        asked = "No se deshace. Escribe otra vez el código para anularla"
        if click.prompt(asked, default="", show_default=False, err=True).strip().upper() != found["virtual_code"]:
            fail("no se anuló nada.")
    command = {"virtual_code": code, "reason": reason, "operator": service.operator()}
    answer = accepted(service.call("annul_certificate", command), as_json)
    if not as_json:
        done = "Anulada" if answer["annulled_now"] else f"Ya estaba anulada desde el {answer['annulled_on']}; no cambió"
        click.secho(f"{answer['virtual_code']}  {done}: {answer['annulment_reason']}", fg="red")


@click.command("erase-email", short_help="Borra el correo de una constancia.")
@click.argument("code")
@click.option("--yes", is_flag=True, help="No pregunta antes.")
@with_service
def erase_email(service: Service, code: str, yes: bool, as_json: bool) -> None:
    """Borra el correo de la constancia de código virtual CODE. La constancia sigue como está, y no se le avisa más.

    \b
    Ejemplo:
      constancia erase-email C2CC6526
    """
    found = accepted(service.call("show_certificate", {"virtual_code": code}), as_json=False)
    if found["email"] and not yes:
        question = f"¿Borrar {found['email']} de la constancia {found['virtual_code']}? No se deshace."
        agree(question)
    command = {"virtual_code": code, "operator": service.operator()}
    answer = accepted(service.call("erase_email", command), as_json)
    if as_json:
        return
    head = f"{answer['virtual_code']}  "
    if answer["erased_now"]:
        click.echo(f"{head}Correo borrado. Ya no se le enviará ningún aviso.")
        click.echo("  En las copias de seguridad desaparece en 35 días. Si rechazaba correos, mira también el runbook.")
    elif answer["email_erased_at"]:
        click.echo(f"{head}Ya se había borrado el {say_moment(answer['email_erased_at'])}; no cambió nada.")
    else:
        click.echo(f"{head}No tiene correo.")


@click.command(short_help="Firma los datos de constancias de antes de las firmas.")
@click.argument("codes", nargs=-1, required=True)
@with_service
def attest(service: Service, codes: tuple[str, ...], as_json: bool) -> None:
    """Firma los datos de las constancias CODES, emitidas antes de que hubiera datos firmados.

    Sin ellos, la verificación responde que no se pudo verificar. Se firman solo si el registro coincide con el PDF
    guardado y con lo que consta de la constancia.

    \b
    Ejemplo:
      constancia attest C2CC6526 7K9WQ4ZT --aws prod
    """
    if disagreeing := ask_of_each(service, "render_certificate", codes, OUTCOMES, "disagrees", as_json):
        fail(f"no se firmaron los datos de {', '.join(disagreeing)}")


@click.command(short_help="Muestra el estado y la historia de una constancia.")
@click.argument("code")
@with_service
def show(service: Service, code: str, as_json: bool) -> None:
    """Muestra el estado y la historia de la constancia de código virtual CODE, sin nombres ni DNI.

    \b
    Ejemplo:
      constancia show C2CC6526
    """
    found = accepted(service.call("show_certificate", {"virtual_code": code}), as_json)
    if as_json:
        return
    state, colour = STATES[found["status"]]
    head = f"{found['virtual_code']}  N.° {found['serial_number']}  "
    click.echo(click.style(head, bold=True) + click.style(state, fg=colour, bold=True))
    rows = {
        "Emitida": say_moment(found["issued_at"]),
        "Nivel": wording.value("level", found["level"]),
        "Solicitó": wording.value("applicant", found["applicant"]),
        "Motivo": wording.value("purpose", found["purpose"]),
        "Aviso": found["privacy_notice"] and f"versión {found['privacy_notice']} de /privacidad/",
        "Correo": _email(found),
        "Reemplazada": found["superseded_on"] and f"{found['superseded_on']} por {found['superseded_by']}",
        "Anulada": found["annulled_at"] and f"{say_moment(found['annulled_at'])}",
        "Operador": found["annulled_by"] and f"{found['annulled_by']} (según su consola; la prueba es CloudTrail)",
        "Por qué": found["annulment_reason"],
        "SHA-256": found["sha256"],
    }
    for label, value in rows.items():
        if value:
            click.echo(f"  {label:<12}{value}")
    click.echo("  Historia")
    for entry in found["history"]:
        facts = [wording.value(by, entry[by]) for by in ("outcome", "reason") if entry[by]]
        moment = say_moment(entry["moment"])
        click.echo(f"    {moment}  {wording.HAPPENED[entry['name']]}{': ' if facts else ''}{', '.join(facts)}")


def _email(found: dict[str, Any]) -> str | None:
    """What is shown of a certificate's e-mail address, or None where it never had one."""
    if found["email_erased_at"]:
        return f"borrado el {say_moment(found['email_erased_at'])} por {found['email_erased_by']}"
    return found["email"] and f"{found['email']} ({MAIL.get(found['mail'], found['mail'])})"


@click.command(short_help="Envía otra vez el correo de una constancia, o los que no salieron.")
@click.argument("code", required=False)
@click.option("--dead-letters", is_flag=True, help="Envía todos los correos que no salieron.")
@with_service
def resend(service: Service, code: str | None, dead_letters: bool, as_json: bool) -> None:
    """Envía otra vez el correo de la constancia de código virtual CODE, a la dirección de su solicitud.

    Con --dead-letters envía los correos que no salieron. Los que tampoco salgan esta vez se pueden volver a intentar
    a los cinco minutos.

    \b
    Ejemplos:
      constancia resend C2CC6526
      constancia resend --dead-letters
    """
    if dead_letters == bool(code):
        raise click.UsageError("Da un código virtual, o --dead-letters.")
    if dead_letters:
        _work_off(service, as_json)
        return
    answer = accepted(service.call("resend_certificate", {"virtual_code": code}), as_json)
    if not as_json:
        click.echo(f"{answer['virtual_code']}  Correo enviado a {answer['email']}.")


def _work_off(service: Service, as_json: bool) -> None:
    """Has dead letters worked off until none is left that was not tried."""
    done: dict[str, list[str]] = {"sent": [], "needless": [], "left": []}
    while any((some := accepted(service.call("resend_certificate", {"dead_letters": True}), as_json=False)).values()):
        for outcome, codes in some.items():
            done[outcome] += codes
    if as_json:
        click.echo(json.dumps(done, indent=1))
        return
    click.echo(f"{len(done['sent'])} correos enviados, {len(done['needless'])} ya no hacían falta.")
    if done["left"]:
        fail(f"no salieron los de {', '.join(done['left'])}; «constancia show» dice más de cada una")
