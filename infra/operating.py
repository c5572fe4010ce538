"""The operator's commands that speak to a service: load, cancel, annul, show, resend, report."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from constancia import event_log, lima, report_wording
from constancia.loading import OUTCOMES
from constancia.report_wording import change, counted, number

from infra.remote import Cloud, Local, Service, Unreachable

REFUSED, REJECTS, UNREACHABLE, CANCELLED, INTERRUPTED = 1, 3, 4, 5, 130
"""Exit codes: the service said no; loaded, but not every line; nobody answers; the load was cancelled; Ctrl-C at any
other command, as shells know it. (2 is click's own, for wrong use.)"""

POLL = 0.5
"""Seconds between two looks at a load."""
FIRST_REJECTS = 5
"""Refused lines that the console shows itself."""
LAST_BATCHES = 60
"""Seconds for which a cancelled load is waited for; its batches under way take a few each."""

OUTCOME_WORDS = dict(
    zip(OUTCOMES, ("nuevas", "reemplazadas", "sin cambios", "ya superadas", "rechazadas"), strict=True)
)
STATES = {"valid": ("VÁLIDA", "green"), "superseded": ("REEMPLAZADA", "yellow"), "annulled": ("ANULADA", "red")}
MAIL = {"sent": "enviado", "sending": "enviándose", "refused": "rechazado", "unknown": "no se sabe si salió", None: "—"}

Command = Callable[..., None]


def reaching(command: Command) -> Command:
    """Gives a command its service and the two choices that all of them have."""

    def run(local: str, aws: str | None, **options: Any) -> None:
        try:
            command(service=Cloud(aws) if aws else Local(local), **options)
        except Unreachable as error:
            fail(error, UNREACHABLE)
        except KeyboardInterrupt:
            fail("interrumpido.", INTERRUPTED)

    run.__doc__, run.__name__ = command.__doc__, command.__name__
    run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Responde en JSON, para programas."),
        click.option("--aws", metavar="ETAPA", help="El servicio en AWS, por ejemplo prod, con tus credenciales."),
        click.option(
            "--local", metavar="URL", default="http://127.0.0.1:8000", show_default=True, help="El de esta máquina."
        ),
    ):
        option(run)
    return run


def fail(reason: object, code: int = REFUSED) -> NoReturn:
    """Ends the command with one clear line."""
    click.echo(f"Error: {reason}", err=True)
    sys.exit(code)


def settled(answer: dict[str, Any], as_json: bool) -> dict[str, Any]:
    """An answer that is not a refusal; a refusal ends the command, and `--json` prints either."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    if "problem" in answer:
        if as_json:
            sys.exit(REFUSED)
        faults = [fault["detail"] for fault in answer["problem"]["errors"]]
        fail(" ".join(faults or [answer["problem"]["detail"]]))
    return answer


@click.command(short_help="Carga un archivo de personas o actas.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Carpeta donde dejar las rechazadas."
)
@reaching
def load(service: Service, file: Path, output: Path | None, as_json: bool) -> None:
    """Carga el archivo FILE de personas o actas: JSON Lines o CSV, también comprimido con gzip.

    Cada línea queda cargada o rechazada con su motivo. Repetir la carga no cambia nada. Ctrl-C la cancela: lo cargado
    se queda, y la próxima carga del mismo archivo la completa.

    \b
    Ejemplos:
      constancia load actas-2026.jsonl -o rechazadas
      constancia load actas-2026.csv.gz --aws prod --json

    Termina con 3 si se rechazaron líneas, con 5 si la carga se canceló.
    """
    name = f"{datetime.now(lima.LIMA):%Y%m%d-%H%M%S}-{file.name}"
    click.echo(f"En el buzón: {name}", err=True)
    try:
        service.drop(file, name)
        summary = watch(service, name)
    except KeyboardInterrupt:
        click.echo("\nCancelando… Ctrl-C otra vez sale sin esperar.", err=True)
        answer = service.call("ingest_records", {"step": "cancel", "name": name})
        if "problem" in answer and answer["problem"]["code"] == "load_not_found":
            fail("el archivo no terminó de subir; no se cargó nada.", CANCELLED)
        summary = last_word(service, name)
    tell(summary, as_json)
    if summary["refused"]:
        sys.exit(REFUSED)
    if summary["rejects"] and (output or not as_json):
        tell_rejects(service, summary, output, as_json)
    if summary["cancelled"]:
        sys.exit(CANCELLED)
    if summary["rejects"]:
        sys.exit(REJECTS)


@click.command(short_help="Cancela una carga en curso.")
@click.argument("name")
@reaching
def cancel(service: Service, name: str, as_json: bool) -> None:
    """Cancela la carga del archivo NAME del buzón. Lo que ya se cargó se queda.

    NAME es el que «constancia load» muestra al empezar, o el que tiene el archivo en incoming/.
    Para completar la carga, carga el mismo archivo otra vez.

    \b
    Ejemplo:
      constancia cancel 20260301-101500-actas-2026.jsonl --aws prod
    """
    answer = service.call("ingest_records", {"step": "cancel", "name": name})
    if "problem" in answer:
        settled(answer, as_json)
    summary = last_word(service, name)
    tell(summary, as_json)
    if not summary["cancelled"]:
        fail("la cancelación llegó tarde: la carga terminó.")


def tell(summary: dict[str, Any], as_json: bool) -> None:
    """What a load came to."""
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=1))
        return
    if summary["refused"]:
        fail(f"no se cargó nada. {summary['reason']}")
    read = counted(summary["read"], "líneas")
    ended = [counted(summary[outcome], OUTCOME_WORDS[outcome]) for outcome in OUTCOMES if summary[outcome]]
    click.echo(f"{read} en {summary['seconds']} s: {', '.join(ended) or 'nada cargado'}.")
    if summary["loaded_before"]:
        click.echo("Este mismo archivo ya se había cargado.")
    if summary["cancelled"]:
        click.secho(
            f"Carga cancelada: el archivo tiene {counted(summary['lines'], 'líneas')}. "
            "Lo cargado se queda; carga el mismo archivo otra vez para completarla.",
            fg="yellow",
        )


def tell_rejects(service: Service, summary: dict[str, Any], output: Path | None, as_json: bool) -> None:
    """The first refused lines and where all of them are."""
    bucket = service.call("ingest_records", {"step": "address", "name": summary["file"]})["bucket"]
    rejects = service.fetch(bucket, summary["rejects"])
    place = f"{summary['rejects']}, en el buzón"
    if output:
        output.mkdir(parents=True, exist_ok=True)
        written = output / Path(summary["rejects"]).name
        written.write_bytes(rejects)
        place = str(written)
    if as_json:
        return
    lines = rejects.splitlines()
    for reject in map(json.loads, lines[:FIRST_REJECTS]):
        faults = [
            f"{fault['field']}: {fault['reason']}" if fault["field"] else fault["reason"] for fault in reject["errors"]
        ]
        click.echo(f"  línea {number(reject['line'])}: {' '.join(faults)}")
    more = f"  … y {number(len(lines) - FIRST_REJECTS)} más. " if len(lines) > FIRST_REJECTS else ""
    click.secho(f"{more}Todas las rechazadas, con su motivo: {place}.", fg="yellow")


def last_word(service: Service, name: str) -> dict[str, Any]:
    """The summary of a cancelled load, once its batches under way have ended."""
    until = time.monotonic() + LAST_BATCHES
    while time.monotonic() < until:
        summary: dict[str, Any] | None = service.call("ingest_records", {"step": "progress", "name": name})["summary"]
        if summary:
            return summary
        time.sleep(POLL)
    fail("la carga se está cancelando y todavía no termina; su resumen llegará por correo.", CANCELLED)


def watch(service: Service, name: str) -> dict[str, Any]:
    """Shows how a load goes until its summary is there."""

    def told(so_far: dict[str, Any] | None) -> str:
        if not so_far:
            return ""
        rate = so_far["lines_done"] / max(time.monotonic() - started, 0.001)
        done, rejected = counted(so_far["lines_done"], "líneas"), counted(so_far["rejected"], "rechazadas")
        return f"{done} · {number(round(rate))}/s · {rejected}"

    started = time.monotonic()
    while not (so_far := service.call("ingest_records", {"step": "progress", "name": name})).get("lines"):
        if so_far["summary"]:
            break
        time.sleep(POLL)
    with click.progressbar(
        length=so_far.get("lines") or 1, label="Cargando", item_show_func=told, file=sys.stderr
    ) as bar:
        while True:
            bar.update(so_far["lines_done"] - bar.pos, so_far)
            if so_far["summary"]:
                summary: dict[str, Any] = so_far["summary"]
                return summary
            time.sleep(POLL)
            so_far = service.call("ingest_records", {"step": "progress", "name": name})


@click.command(short_help="Anula una constancia.")
@click.argument("code")
@click.option("--reason", required=True, help="El motivo; lo leerá quien verifique la constancia.")
@reaching
def annul(service: Service, code: str, reason: str, as_json: bool) -> None:
    """Anula la constancia de código virtual CODE. Se ve al instante en la verificación y no se deshace.

    \b
    Ejemplo:
      constancia annul C2CC6526 --reason "Emitida con el acta de otro estudiante"
    """
    order = {"virtual_code": code, "reason": reason, "operator": service.operator()}
    answer = settled(service.call("annul_certificate", order), as_json)
    if not as_json:
        done = "Anulada" if answer["annulled_now"] else f"Ya estaba anulada desde el {answer['annulled_on']}; no cambió"
        click.secho(f"{answer['virtual_code']}  {done}: {answer['annulment_reason']}", fg="red")


@click.command(short_help="Muestra el estado y la historia de una constancia.")
@click.argument("code")
@reaching
def show(service: Service, code: str, as_json: bool) -> None:
    """Muestra el estado y la historia de la constancia de código virtual CODE, sin nombres ni DNI.

    \b
    Ejemplo:
      constancia show C2CC6526
    """
    card = settled(service.call("show_certificate", {"virtual_code": code}), as_json)
    if as_json:
        return
    state, colour = STATES[card["status"]]
    head = f"{card['virtual_code']}  N.° {card['serial_number']}  "
    click.echo(click.style(head, bold=True) + click.style(state, fg=colour, bold=True))
    rows = {
        "Emitida": card["issued_at"].replace("T", " ")[:19],
        "Nivel": report_wording.value("level", card["level"]),
        "Solicitó": report_wording.value("applicant", card["applicant"]),
        "Motivo": report_wording.value("purpose", card["purpose"]),
        "Correo": f"{card['email']} ({MAIL.get(card['mail'], card['mail'])})",
        "Reemplazada": card["superseded_on"] and f"{card['superseded_on']} por {card['superseded_by']}",
        "Anulada": card["annulled_at"] and f"{card['annulled_at'].replace('T', ' ')[:19]} por {card['annulled_by']}",
        "Por qué": card["annulment_reason"],
        "SHA-256": card["sha256"],
    }
    for word, said in rows.items():
        if said:
            click.echo(f"  {word:<12}{said}")
    click.echo("  Historia")
    for entry in card["history"]:
        facts = [report_wording.value(by, entry[by]) for by in ("outcome", "reason") if entry[by]]
        moment = entry["moment"].replace("T", " ")[:19]
        click.echo(f"    {moment}  {report_wording.HAPPENED[entry['name']]}{': ' if facts else ''}{', '.join(facts)}")


@click.command(short_help="Envía otra vez el correo de una constancia.")
@click.argument("code")
@reaching
def resend(service: Service, code: str, as_json: bool) -> None:
    """Envía otra vez el correo de la constancia de código virtual CODE, a la dirección de su solicitud.

    \b
    Ejemplo:
      constancia resend C2CC6526
    """
    answer = settled(service.call("resend_certificate", {"virtual_code": code}), as_json)
    if not as_json:
        click.echo(f"{answer['virtual_code']}  Correo enviado a {answer['email']}.")


@click.command(short_help="Hace el reporte de un día o de un mes.")
@click.argument("period")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Carpeta donde dejar CSV y PDF.")
@reaching
def report(service: Service, period: str, output: Path | None, as_json: bool) -> None:
    """Hace el reporte de un día (2026-03-01) o de un mes (2026-03), y dice sus cifras.

    \b
    Ejemplos:
      constancia report 2026-03-01
      constancia report 2026-03 -o build
    """
    kind = "month" if len(period) == len("2026-03") else "day"
    answer = settled(service.call("report_issuance", {"period": kind, "of": period}), as_json)
    if not as_json:
        partial = "" if answer["whole"] else click.style("  cifras parciales: el período no ha terminado", fg="yellow")
        click.echo(click.style(answer["period"], bold=True) + partial)
        for name in event_log.NAMES:
            now, before = answer["totals"][name]["now"], answer["totals"][name]["before"]
            moved = change(now, before) if answer["whole"] else f"antes: {number(before)}"
            click.echo(f"  {report_wording.EVENTS[name]:<28}{number(now):>12}  {moved}")
    for link in ("csv", "pdf"):
        if output:
            output.mkdir(parents=True, exist_ok=True)
            written = output / Path(answer[link]).name
            written.write_bytes(service.fetch(answer["bucket"], answer[link]))
        if not as_json:
            click.echo(f"  {written if output else answer['links'][link]}")


COMMANDS = (load, cancel, annul, show, resend, report)
