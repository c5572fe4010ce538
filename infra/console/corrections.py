"""The command that lists the marks that families say are wrong."""

import click
from constancia.correcting.lists import as_csv

from infra.console.answers import accepted, with_service
from infra.console.services import Service


@click.command(short_help="Muestra las notas que las familias piden corregir.")
@click.option("--school", metavar="CÓDIGO", help="Solo las de un colegio, por su código modular de 7 dígitos.")
@click.option("--csv", "in_csv", is_flag=True, help="Responde en CSV, para una hoja de cálculo.")
@with_service
def corrections(service: Service, school: str | None, in_csv: bool, as_json: bool) -> None:
    """Muestra las correcciones abiertas, colegio por colegio, las más antiguas primero.

    Cada una se cierra sola el día después de la carga que cambia la nota. La lista de cada colegio queda cada día en el
    bucket de los reportes: corrections/DÍA/CÓDIGO.csv.

    \b
    Ejemplos:
      constancia corrections
      constancia corrections --school 0110101 --csv > correcciones.csv
    """
    answer = accepted(service.call("keep_corrections", {"school_code": school}), as_json)
    if as_json:
        return
    found = answer["corrections"]
    if in_csv:
        click.echo(as_csv(found), nl=False)
    for kept in () if in_csv else found:
        click.echo(
            f"{kept['ticket']}  {kept['opened_at'][:10]}  {kept['school_code']}-{kept['school_annex']} "
            f"{kept['school_name']}\n    DNI {kept['student']}, {kept['year']}, {kept['name']}: "
            f"dice {kept['mark'] or '-'}, debería ser {kept['should_be']}"
            + (f" ({kept['comment']})" if kept["comment"] else "")
        )
    if not found and not in_csv:
        click.echo("No hay ninguna corrección abierta.")
    if answer["found"] > len(found):
        click.echo(f"Primeras {len(found)} de {answer['found']}. Pide las de un colegio con --school.", err=True)
