"""The commands that load a file of people or school records, and cancel a load."""

import json
import math
import secrets
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from constancia import lima
from constancia.loading.load import OUTCOMES
from constancia.reporting.wording import counted, number

from infra.console.answers import CANCELLED, REFUSED, REJECTS, accepted, fail, with_service
from infra.console.services import Service, Unreachable

POLL = 0.5
"""Seconds between two questions about a load's progress."""
FIRST_REJECTS = 5
"""Rejected lines that the console prints itself."""
STANDS_STILL = 900
"""Seconds without progress after which the console says where to look, once until the load goes on."""
WHERE_TO_LOOK = (
    "Si su ejecución falló, el runbook dice cómo repetirla (ingest-records-loads-failed). Ctrl-C la cancela."
)
LAST_BATCHES = 60
"""Seconds to wait for the summary of a cancelled load; its running batches take a few each."""

OUTCOME_WORDS = dict(
    zip(OUTCOMES, ("nuevas", "reemplazadas", "sin cambios", "ya superadas", "rechazadas"), strict=True)
)


@click.command(short_help="Carga un archivo de personas o actas.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Carpeta donde dejar las rechazadas."
)
@with_service
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
    if output:
        output.mkdir(parents=True, exist_ok=True)
    name = name_in_inbox(file, lima.now())
    click.echo(f"En el buzón: {name}", err=True)
    try:
        service.upload(file, name)
        summary = _watch_to_the_end(service, name)
    except KeyboardInterrupt:
        click.echo("\nCancelando… Ctrl-C otra vez sale sin esperar.", err=True)
        answer = service.call("watch_loads", {"command": "cancel", "name": name})
        if "problem" in answer and answer["problem"]["code"] == "load_not_found":
            fail("el archivo no terminó de subir; no se cargó nada.", CANCELLED)
        summary = await_summary(service, name)
    print_summary(summary, as_json)
    if summary["refused"]:
        sys.exit(REFUSED)
    if summary["rejects"] and (output or not as_json):
        print_rejects(service, summary, output, as_json)
    if summary["cancelled"]:
        sys.exit(CANCELLED)
    if summary["rejects"]:
        sys.exit(REJECTS)


@click.command(short_help="Cancela una carga en curso.")
@click.argument("name")
@with_service
def cancel(service: Service, name: str, as_json: bool) -> None:
    """Cancela la carga del archivo NAME del buzón. Lo que ya se cargó se queda.

    NAME es el que «constancia load» muestra al empezar, o el que tiene el archivo en incoming/.
    Para completar la carga, carga el mismo archivo otra vez.

    \b
    Ejemplo:
      constancia cancel 20260301-101500-9f3c51d0-actas-2026.jsonl --aws prod
    """
    answer = service.call("watch_loads", {"command": "cancel", "name": name})
    if "problem" in answer:
        accepted(answer, as_json)
    summary = await_summary(service, name)
    print_summary(summary, as_json)
    if not summary["cancelled"]:
        fail("la cancelación llegó tarde: la carga terminó.")


def name_in_inbox(file: Path, moment: datetime) -> str:
    """The name that a file gets in the inbox: no two are the same, whoever loads files of one name at one moment."""
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}-{file.name}"


def print_summary(summary: dict[str, Any], as_json: bool) -> None:
    """Prints the outcome of a load; a load that was refused whole ends the command."""
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


def print_rejects(service: Service, summary: dict[str, Any], output: Path | None, as_json: bool) -> None:
    """Prints the first rejected lines and says where all are; writes all into `output`, unless that is None."""
    bucket = service.call("watch_loads", {"command": "address", "name": summary["file"]})["bucket"]
    rejects = service.fetch(bucket, summary["rejects"])
    place = f"{summary['rejects']}, en el buzón"
    if output:
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


def await_summary(service: Service, name: str) -> dict[str, Any]:
    """The summary of a cancelled load, once its running batches have ended; without one in time, ends the command."""

    def summary() -> dict[str, Any] | None:
        found: dict[str, Any] | None = service.call("watch_loads", {"command": "progress", "name": name})["summary"]
        return found

    until = time.monotonic() + LAST_BATCHES
    while not (found := summary()):
        if time.monotonic() > until:
            fail("la carga se está cancelando y todavía no termina; su resumen llegará por correo.", CANCELLED)
        time.sleep(POLL)
    return found


def _watch_to_the_end(service: Service, name: str) -> dict[str, Any]:
    """Watches a load whose file is there.

    Raises:
        Unreachable: the service does not answer any more; the load goes on all the same.
    """
    try:
        return watch(service, name)
    except Unreachable as error:
        raise Unreachable(f"{error}. La carga sigue por su cuenta; su resumen llegará por correo.") from error


def watch(service: Service, name: str) -> dict[str, Any]:
    """Shows the progress of a load until its summary is there, and returns it.

    A load whose run failed for good has no summary until somebody repeats it, so a load that stands still is told of.
    """

    started = moved = time.monotonic()
    before: int | None = None

    def progress(so_far: dict[str, Any] | None) -> str:
        if not so_far:
            return ""
        rate = so_far["lines_done"] / max(time.monotonic() - started, 0.001)
        done, rejected = counted(so_far["lines_done"], "líneas"), counted(so_far["rejected"], "rechazadas")
        return f"{done} · {number(round(rate))}/s · {rejected}"

    def ask() -> dict[str, Any]:
        nonlocal moved, before
        found = service.call("watch_loads", {"command": "progress", "name": name})
        if found.get("lines_done") != before:
            moved, before = time.monotonic(), found.get("lines_done")
        elif time.monotonic() - moved > STANDS_STILL:
            click.echo(f"\nLa carga no avanza desde hace {STANDS_STILL // 60} minutos. {WHERE_TO_LOOK}", err=True)
            moved = math.inf
        return found

    while not (so_far := ask()).get("lines"):
        if so_far["summary"]:
            break
        time.sleep(POLL)
    with click.progressbar(
        length=so_far.get("lines") or 1, label="Cargando", item_show_func=progress, file=sys.stderr
    ) as bar:
        while True:
            bar.update(so_far["lines_done"] - bar.pos, so_far)
            if so_far["summary"]:
                summary: dict[str, Any] = so_far["summary"]
                return summary
            time.sleep(POLL)
            so_far = ask()
