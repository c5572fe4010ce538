"""The command that makes the report of a day or a month."""

from pathlib import Path

import click
from constancia import event_log
from constancia.reporting import wording
from constancia.reporting.wording import change, number

from infra.console.answers import accepted, with_service
from infra.console.services import Service


@click.command(short_help="Hace el reporte de un día o de un mes.")
@click.argument("period")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="Carpeta donde dejar CSV y PDF.")
@with_service
def report(service: Service, period: str, output: Path | None, as_json: bool) -> None:
    """Hace el reporte de un día (2026-03-01) o de un mes (2026-03), y dice sus cifras.

    \b
    Ejemplos:
      constancia report 2026-03-01
      constancia report 2026-03 -o build
    """
    kind = "month" if len(period) == len("2026-03") else "day"
    answer = accepted(service.call("report_issuance", {"period": kind, "of": period}), as_json)
    if not as_json:
        partial = "" if answer["whole"] else click.style("  cifras parciales: el período no ha terminado", fg="yellow")
        click.echo(click.style(answer["period"], bold=True) + partial)
        for name in event_log.NAMES:
            now, before = answer["totals"][name]["now"], answer["totals"][name]["before"]
            moved = change(now, before) if answer["whole"] else f"antes: {number(before)}"
            click.echo(f"  {wording.EVENTS[name]:<28}{number(now):>12}  {moved}")
        lines = (wording.opinions(answer["opinions"]), wording.open_corrections(answer["open_corrections"]))
        for line in filter(None, lines):
            click.echo(f"  {line}")
    for link in ("csv", "pdf"):
        if output:
            output.mkdir(parents=True, exist_ok=True)
            written = output / Path(answer[link]).name
            written.write_bytes(service.fetch(answer["bucket"], answer[link]))
        if not as_json:
            click.echo(f"  {written if output else answer['links'][link]}")
