"""The command with which an institution verifies a file: a hundred questions a call, or all at once; resumed."""

import csv
import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
from constancia import virtual_code
from constancia.verifying.question_lists import ANSWERS, MOST, PREDICATES

from infra.console.answers import fail
from infra.console.institution_calls import call
from infra.console.question_files import ask_by_file

HEADINGS = {
    "virtual_code": ("codigo", "codigo virtual", "virtual code"),
    "document_number": ("dni", "documento", "numero de dni", "numero de documento", "document number"),
    "reference": ("referencia", "postulante", "reference"),
}
"""What a column may be called, as `_plain` writes it."""
LOST_ZEROS = re.compile(r"[0-9]{1,7}")
DAYS = ("superseded_on", "successor_status", "newer_copy_on", "annulled_on", "annulment_reason", "records_changed_on")
FACTS = ("level_concluded", "last_two_grades_approved", "years", "rules")
COLUMNS = ("fila", "reference", "virtual_code", "status", *DAYS, *FACTS, "errors", "transcript")


class Row(NamedTuple):
    """A row of the file, as a question."""

    number: int
    """Of the row, the headings' being 1, as spreadsheets count."""
    question: dict[str, Any]
    zeros_lost: bool
    """Whether a spreadsheet had taken zeros off its document number."""


@click.command(short_help="Verifica un archivo de constancias, con la clave de la institución.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="El CSV de respuestas.")
@click.option("--answer", type=click.Choice(ANSWERS), default=PREDICATES, show_default=True, help="Cuánto preguntar.")
@click.option("--by-file", is_flag=True, help="Envía el archivo entero, y recoge sus respuestas.")
@click.option(
    "--local", "url", metavar="URL", default="http://127.0.0.1:8000", show_default=True, help="Dirección del servicio."
)
def verify(file: Path, output: Path | None, answer: str, by_file: bool, url: str) -> None:
    """Verifica las constancias de FILE, un CSV con las columnas código, DNI y, si se quiere, referencia.

    La clave se lee de CONSTANCIA_KEY, para que no quede en el historial de la consola. Las respuestas se escriben en un
    CSV, de cien en cien; si se interrumpe, el mismo comando sigue donde se quedó. Con --by-file se envía todo de una
    vez y el servicio responde por su cuenta, también si el comando se interrumpe; la cuota del día tiene que alcanzar
    para el archivo entero.

    \b
    Ejemplos:
      CONSTANCIA_KEY=… constancia institution verify postulantes.csv --local https://constancia.minedu.gob.pe
      CONSTANCIA_KEY=… constancia institution verify postulantes.csv --by-file --local https://constancia.minedu.gob.pe
    """
    if not url.startswith(("https://", "http://")):
        raise click.UsageError("--local espera una dirección, como https://constancia.minedu.gob.pe")
    url = url.rstrip("/")
    key = os.environ.get("CONSTANCIA_KEY", "").strip()
    if not key.isascii() or not key.isprintable():
        fail("lo que hay en CONSTANCIA_KEY no es una clave; cópiala otra vez.")
    written = output or file.with_name(f"{file.stem}.respuestas.csv")
    try:
        rows = [*read_rows(file.read_bytes())]
        done = resume(written)
        compare_kept(written, rows)
    except ValueError as error:
        fail(error)
    lost = sum(row.zeros_lost for row in rows)
    if lost:
        click.echo(f"A {lost} DNI les faltaban ceros a la izquierda; se completaron.", err=True)
    if done and done == len(rows):
        click.echo(f"{written} ya tiene todas las respuestas; para preguntar otra vez, elige otro con -o.", err=True)
    elif done:
        click.echo(f"{written} ya tiene {done} respuestas; se sigue desde ahí.", err=True)
    if by_file and done < len(rows):
        note = written.with_name(f"{written.name}.envio")
        answers = ask_by_file(url, key, [row.question for row in rows[done:]], answer, note)
        replace(written, written.read_bytes() + as_lines(rows[done:], answers).encode())
        note.unlink()
        click.echo(str(written))
        return
    bar = click.progressbar(length=len(rows), label="Verificando", file=sys.stderr)
    with bar as progress, written.open("a", encoding="utf-8", newline="") as table:
        progress.update(done)
        for chunk in chunks(rows[done:]):
            answers = ask(url, key, [row.question for row in chunk], answer)
            table.write(as_lines(chunk, answers))
            table.flush()
            os.fsync(table.fileno())
            progress.update(len(chunk))
    click.echo(str(written))


def read_rows(content: bytes) -> Iterator[Row]:
    """The rows of a CSV, with a mark or without, parted by semicolons or commas, in UTF-8 or as Excel writes Spanish.

    Raises:
        ValueError: its columns are not those of `HEADINGS`, or it is no CSV; with what to do, in Spanish.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","))
    except csv.Error as error:
        raise ValueError("el archivo no es un CSV que se pueda leer hasta el final.") from error
    columns: dict[str, int] = {}
    for place, heading in enumerate(rows[0] if rows else []):
        for name, known in HEADINGS.items():
            if _plain(heading) in known:
                columns.setdefault(name, place)
    if not {"virtual_code", "document_number"} <= columns.keys():
        raise ValueError("la primera fila tiene que nombrar las columnas «código» y «DNI».")
    for number, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            yield _row(number, {name: cells[at].strip() for name, at in columns.items() if at < len(cells)})


def _row(number: int, cells: dict[str, str]) -> Row:
    written = cells.get("document_number", "")
    lost = bool(LOST_ZEROS.fullmatch(written))
    question = {"virtual_code": cells.get("virtual_code", ""), "document_number": written.zfill(8) if lost else written}
    if cells.get("reference"):
        question["reference"] = cells["reference"]
    return Row(number, question, lost)


def _plain(heading: str) -> str:
    """A heading in small letters, without accents and with single spaces."""
    letters = unicodedata.normalize("NFD", " ".join(heading.lower().replace("_", " ").split()))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, a list at a time."""
    waiting = iter(rows)
    while chunk := list(islice(waiting, MOST)):
        yield chunk


def resume(written: Path) -> int:
    """How many answers a file holds already, each on a line; half a line, left by a crash, is taken off.

    Raises:
        ValueError: the file is something else.
    """
    heading = ",".join(COLUMNS).encode() + b"\n"
    content = written.read_bytes() if written.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if whole and not whole.startswith(heading):
        raise ValueError(f"{written} ya existe y no es un archivo de respuestas; elige otro con -o.")
    if whole != content or not whole:
        written.write_bytes(whole or heading)
    return max(0, whole.count(b"\n") - 1)


def compare_kept(written: Path, rows: list[Row]) -> None:
    """Compares the answers that a file holds with the rows that they would be the answers to.

    Raises:
        ValueError: they are answers to others, because this file was changed or has the name of another one.
    """
    with written.open(encoding="utf-8", newline="") as table:
        kept = list(csv.DictReader(table))
    if len(kept) > len(rows) or not all(map(_answers, kept, rows)):
        raise ValueError(f"{written} tiene respuestas de otro archivo, o de este antes de cambiar; elige otro con -o.")


def _answers(kept: dict[str, str], row: Row) -> bool:
    """Whether a line may be the answer to a row; what could not be read in a question is not in its answer."""
    code, reference = virtual_code.read(row.question["virtual_code"]), _cell(row.question.get("reference"))
    return (
        kept["fila"] == str(row.number) and kept["virtual_code"] in ("", code) and kept["reference"] in ("", reference)
    )


def replace(file: Path, content: bytes) -> None:
    """Puts a file in the place of another: it is there whole, or the other one is."""
    whole = file.with_name(f"{file.name}.nuevo")
    whole.write_bytes(content)
    whole.replace(file)


def ask(url: str, key: str, questions: list[dict[str, Any]], answer: str) -> list[dict[str, Any]]:
    """The answers to a list; what could not be answered is sent again as it was, which costs nothing twice."""
    asked = {"answer": answer, "questions": questions}
    answers: list[dict[str, Any]] = call(f"{url}/api/verifications/batch", key, asked)["answers"]
    return answers


def as_lines(chunk: list[Row], answers: list[dict[str, Any]]) -> str:
    """The answers as lines of the table, each on one line; of persons they name the students of transcripts alone."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for row, answer in zip(chunk, answers, strict=True):
        told = {**answer, **answer.get("predicates", {}), "fila": row.number}
        for name in ("errors", "transcript"):
            if name in told:
                told[name] = json.dumps(told[name], ensure_ascii=False)
        lines.writerow([_cell(told.get(name)) for name in COLUMNS])
    return text.getvalue()


def _cell(value: Any) -> str:
    """A cell on one line that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    written = " ".join(str(value).splitlines())
    return f"'{written}" if written.startswith(("=", "+", "-", "@", "\t")) else written
