"""An institution's file, as Excel and people write them, becomes questions; its answers can be resumed."""

import csv
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from infra.console import institution_lists, main
from infra.console.institution_lists import COLUMNS, Row, as_lines, read_rows, resume
from infra.console.services import Local
from tests.institution import register
from tests.journeys.citizen import Citizen, request_body

ROWS = [["código", "DNI", "referencia"], ["C2CC-6526", "00012345", "uno"], ["", "", ""], ["7K9WQ4ZT", "71705600", "ñ"]]


def written(rows: list[list[str]], delimiter: str, encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("headings", [["Código virtual", "N° de DNI", "x"], ["CODIGO", "Documento", "Postulante"]])
def test_a_file_of_excel_is_read_however_it_was_saved(delimiter: str, encoding: str, headings: list[str]) -> None:
    if headings[1].startswith("N°"):
        headings = [headings[0], "número de DNI", "referencia"]
    rows = list(read_rows(written([headings, *ROWS[1:]], delimiter, encoding)))
    assert [(row.number, row.question) for row in rows] == [
        (2, {"virtual_code": "C2CC-6526", "document_number": "00012345", "reference": "uno"}),
        (4, {"virtual_code": "7K9WQ4ZT", "document_number": "71705600", "reference": "ñ"}),
    ]


def test_zeros_that_a_spreadsheet_took_away_are_put_back_and_told() -> None:
    (row,) = read_rows(written([ROWS[0], ["C2CC6526", "12345", ""]], ",", "utf-8"))
    assert (row.question["document_number"], row.zeros_lost) == ("00012345", True)
    (row,) = read_rows(written([ROWS[0], ["C2CC6526", "12345678", ""]], ",", "utf-8"))
    assert not row.zeros_lost


def test_a_file_without_its_columns_says_which_are_missing() -> None:
    for content in (b"", b"a;b\n1;2\n", "nombre,DNI\nRosa,1\n".encode("utf-16")):
        with pytest.raises(ValueError, match="«código» y «DNI»"):
            list(read_rows(content))


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    try:
        rows = list(read_rows(b"codigo,dni\n" + content))
    except ValueError:
        return
    assert all(set(row.question) <= {"virtual_code", "document_number", "reference"} for row in rows)


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3))
def test_an_answer_is_one_line_that_no_spreadsheet_takes_for_a_formula(reference: str, codes: list[str]) -> None:
    answer = {"reference": reference, "virtual_code": None, "status": "invalid", "errors": [{"code": c} for c in codes]}
    line = as_lines([Row(2, {}, zeros_lost=False)], [answer])
    assert line.count("\n") == 1
    (cells,) = csv.reader([line.removesuffix("\n")])
    assert len(cells) == len(COLUMNS)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_half_a_line_that_a_crash_left_is_taken_off_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    assert resume(file) == 0
    whole = file.read_bytes() + b"2,uno\n3,dos\n"
    for half in (b"", b"4,tr"):
        file.write_bytes(whole + half)
        assert resume(file) == 2
        assert file.read_bytes() == whole
    file.write_bytes(b"something else\n")
    with pytest.raises(ValueError, match="ya existe"):
        resume(file)


def refused(code: str, **headers: str) -> urllib.error.HTTPError:
    """An answer of 429, with what is wrong."""
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    body = json.dumps({"code": code, "detail": "No."}).encode()
    return urllib.error.HTTPError("http://x", 429, "Too Many Requests", message, io.BytesIO(body))


def test_who_is_too_fast_for_the_firewall_waits_and_who_has_no_quota_left_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = io.BytesIO(b'{"answers": [{"status": "valid"}]}')
    answers: Iterator[io.BytesIO | urllib.error.HTTPError] = iter(
        [refused("too_many_attempts", Retry_After="300"), answer, refused("quota_exceeded")]
    )
    waited: list[float] = []

    def urlopen(*_: object, timeout: float) -> io.BytesIO:
        came = next(answers)
        if isinstance(came, io.BytesIO):
            return came
        raise came

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(time, "sleep", waited.append)
    assert institution_lists.ask("http://x", "", [{}], "status") == [{"status": "valid"}]
    assert waited == [0, 300]
    with pytest.raises(SystemExit):
        institution_lists.ask("http://x", "", [{}], "status")
    assert "No." in capsys.readouterr().err


@pytest.fixture
def lost_answers(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which calls of the command are cut off, by their number."""
    cut: list[int] = []
    true, calls = institution_lists.ask, iter(range(1000))

    def ask(*arguments: Any) -> Any:
        if next(calls) in cut:
            raise KeyboardInterrupt
        return true(*arguments)

    monkeypatch.setattr(institution_lists, "ask", ask)
    return cut


def test_an_institution_verifies_its_file_and_goes_on_where_it_stopped(
    running: Any, citizen: Citizen, tmp_path: Path, lost_answers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    monkeypatch.setenv("CONSTANCIA_KEY", register(Local(running.url).call)["key"])
    file = tmp_path / "postulantes.csv"
    file.write_bytes(written([ROWS[0], *([code, "71705600", f"p{n}"] for n in range(130))], ";", "utf-8-sig"))
    command = ["institution", "verify", str(file), "--local", running.url]
    lost_answers.append(1)
    assert CliRunner().invoke(main, command).exit_code != 0
    answers = tmp_path / "postulantes.respuestas.csv"
    assert answers.read_text().count("\n") == 101
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    with answers.open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert [row["reference"] for row in rows] == [f"p{n}" for n in range(130)]
    assert {(row["status"], row["years"], row["rules"]) for row in rows} == {("valid", rows[0]["years"], "2026-1")}
    assert json.dumps(rows).count("71705600") == 0
    monkeypatch.setenv("CONSTANCIA_KEY", "wrong")
    refused = CliRunner().invoke(main, [*command, "-o", str(tmp_path / "other.csv")])
    assert (refused.exit_code, "ya no vale" in refused.output) == (1, True)
