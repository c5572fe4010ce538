"""The operator's console: `constancia serve`, `constancia issue`, and the commands of `infra.operating`."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click

from infra import operating
from infra.local import service, storage
from infra.operating import fail

DATA_FOLDER = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=service.SAMPLES,
    help="Carpeta con people.jsonl y school_records.jsonl; sin ella, los estudiantes de muestra.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Constancias de logros de aprendizaje: poner en marcha el servicio y atenderlo.

    \b
    Ejemplos:
      constancia serve
      constancia load actas-2026.jsonl
      constancia show C2CC6526
      constancia report 2026-03 --aws prod

    Los comandos que atienden hablan con el servicio de esta máquina o, con --aws, con el de AWS.
    «constancia COMANDO --help» explica cada uno.
    """


@main.command(short_help="Pone en marcha el servicio en esta máquina.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Puerto; 0 toma uno libre."
)
@DATA_FOLDER
def serve(port: int, data: Path) -> None:
    """Pone en marcha todo el servicio en esta máquina: portal, API, correos y reportes."""
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with service.running(port, data) as running:
            click.echo(f"Listo: {running.url}")
            click.echo(f"{running.people} personas y {running.school_records} actas cargadas. Para probar:\n")
            from infra.local import samples  # noqa: PLC0415 after "Listo": nobody waits for the table

            click.echo(samples.table(data))
            click.echo("\nCorreos: /_local/outbox · Eventos: /_local/events · Para detener: Ctrl-C")
            stopping.wait()
    except (service.PortTaken, storage.BrokenFile) as error:
        fail(error)


@main.command(short_help="Emite una constancia sin poner en marcha el servicio.")
@click.argument("request", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Carpeta del PDF."
)
@DATA_FOLDER
def issue(request: Path, output: Path, data: Path) -> None:
    """Emite una constancia a partir del archivo REQUEST (el JSON de POST /api/requests, sin captcha).

    \b
    Ejemplo:
      constancia issue events/sample/requests/guardian.json -o build
    """
    from infra.local import citizen  # noqa: PLC0415 keeps `constancia --help` quick

    try:
        with service.installed("https://constancia.minedu.gob.pe", data) as installation:
            certificate, written = citizen.write_certificate(installation.gateway, request, output)
    except (citizen.Refused, storage.BrokenFile, OSError) as error:
        fail(error)
    else:
        click.echo(f"{written}  código {certificate['virtual_code']}  N.° {certificate['serial_number']}")


for command in operating.COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main()
