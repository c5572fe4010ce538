"""The operator's console: `constancia serve`, `constancia issue`."""

import sys
import threading
from pathlib import Path

import click

from infra.local import service, storage


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Constancias de logros de aprendizaje: emitirlas, verificarlas y atender el servicio."""


@main.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Puerto; 0 toma uno libre."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=service.SAMPLES,
    help="Carpeta con people.jsonl y school_records.jsonl; sin ella, los estudiantes de muestra.",
)
def serve(port: int, data: Path) -> None:
    """Pone en marcha todo el servicio en esta máquina: portal, API, correos y reportes."""
    try:
        with service.running(port, data) as running:
            click.echo(f"{running.people} personas y {running.school_records} actas cargadas.")
            click.echo(f"Listo: {running.url}")
            threading.Event().wait()
    except (service.PortTaken, storage.BrokenFile) as error:
        click.echo(f"No se pudo empezar: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        click.echo("\nDetenido.")


if __name__ == "__main__":
    main()
