"""The commands that run the service on this machine: `serve` and `issue`.

They import `infra.local` when they run: with moto and boto3 it takes 1.0 s (median of five starts on two busy cores),
and all of `constancia --help` takes 0.5 s.
"""

import signal
import threading
from pathlib import Path
from types import FrameType

import click

from infra.console.answers import fail

DATA_FOLDER = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path(__file__).parents[2] / "events" / "sample",
    help="Carpeta con people.jsonl y school_records.jsonl; sin ella, los estudiantes de muestra.",
)


@click.command(short_help="Pone en marcha el servicio en esta máquina.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Puerto; 0 toma uno libre."
)
@DATA_FOLDER
def serve(port: int, data: Path) -> None:
    """Pone en marcha todo el servicio en esta máquina: portal, API, correos y reportes."""
    from infra.local import samples, service, storage  # noqa: PLC0415 see the module's docstring

    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with service.running(port, data) as running:
            click.echo(f"Listo: {running.url}")
            click.echo(f"{running.people} personas y {running.school_records} actas cargadas. Para probar:\n")
            click.echo(samples.table(data))
            click.echo("\nCorreos: /_local/outbox · Eventos: /_local/events · Para detener: Ctrl-C")
            stopping.wait()
    except (service.PortTaken, storage.BrokenFile) as error:
        fail(error)


@click.command(short_help="Emite una constancia sin poner en marcha el servicio.")
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
    from infra.local import citizen, service, storage  # noqa: PLC0415 see the module's docstring

    try:
        with service.installed("https://constancia.minedu.gob.pe", data) as installation:
            certificate, written = citizen.write_certificate(installation.gateway, request, output)
    except (citizen.RequestRefused, storage.BrokenFile, OSError) as error:
        fail(error)
    else:
        click.echo(f"{written}  código {certificate['virtual_code']}  N.° {certificate['serial_number']}")
