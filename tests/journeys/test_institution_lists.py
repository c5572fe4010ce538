"""An institution's file, as Excel and people write them, becomes questions; its answers can be resumed."""

import csv
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from constancia.aws import dynamodb
from constancia.loading import lines
from hypothesis import given
from hypothesis import strategies as st

from infra.console import institution_calls, institution_lists, main, question_files
from infra.console.institution_lists import COLUMNS, Row, as_lines, compare_kept, read_rows, resume
from infra.console.services import Local
from tests.institution import ask, question, register
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


def test_answers_to_other_rows_are_not_taken_for_the_first_ones_of_a_file(tmp_path: Path) -> None:
    """A list that is exported anew under the same name has other rows, or the same in another order."""
    file = tmp_path / "answers.csv"
    resume(file)
    asked = [["C2CC-6526", "1", "uno"], ["x", "1", "=dos"], ["7K9WQ4ZT", "1", ""]]
    rows = list(read_rows(written([ROWS[0], *asked], ",", "utf-8")))
    answered: list[dict[str, Any]] = [
        {"virtual_code": "C2CC6526", "reference": "uno"},
        {"virtual_code": None, "reference": "=dos"},
    ]
    file.write_text(file.read_text() + as_lines(rows[:2], answered))
    compare_kept(file, rows)
    for others in (rows[1:], [rows[0]], [rows[2]._replace(number=2), *rows[1:]]):
        with pytest.raises(ValueError, match="de otro archivo"):
            compare_kept(file, others)


@pytest.mark.parametrize(
    ("key", "url", "said"),
    [
        ("ñandú€", "http://127.0.0.1:9", "CONSTANCIA_KEY"),
        ("key", "constancia.minedu.gob.pe", "--local espera una dirección"),
    ],
)
def test_a_key_and_an_address_that_cannot_be_are_told_before_anything_is_written(
    key: str, url: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSTANCIA_KEY", key)
    file = tmp_path / "postulantes.csv"
    file.write_bytes(written(ROWS, ",", "utf-8"))
    told = CliRunner().invoke(main, ["institution", "verify", str(file), "--local", url])
    assert isinstance(told.exception, SystemExit)
    assert said in told.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["postulantes.csv"]


@pytest.mark.parametrize("body", [b"<html>", b"[]"])
def test_what_is_not_the_service_is_told_as_such(
    body: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def urlopen(*_: object, timeout: float) -> io.BytesIO:
        if body.startswith(b"<"):
            return io.BytesIO(body)
        raise urllib.error.HTTPError("http://x", 404, "Not Found", Message(), io.BytesIO(body))

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    with pytest.raises(SystemExit):
        institution_lists.ask("http://x", "", [{}], "status")
    assert "http://x/api/verifications/batch" in capsys.readouterr().err


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


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are asked about often, and the service cuts them into parts of a hundred lines."""
    monkeypatch.setattr(question_files, "POLL", 0.05)
    monkeypatch.setattr(lines, "LINES_A_BATCH", 100)


def test_a_file_is_sent_whole_and_answered_once_though_service_and_command_are_killed_in_between(
    running: Any, citizen: Citizen, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    made = register(Local(running.url).call, quota=1000)
    name = made["institution"]["institution_id"]
    monkeypatch.setenv("CONSTANCIA_KEY", made["key"])
    file = tmp_path / "postulantes.csv"
    rows = [[code, "71705600", f"p{n}"] if n % 50 else ["7K9WQ4ZT", "71705600", f"p{n}"] for n in range(250)]
    file.write_bytes(written([ROWS[0], *rows], ";", "utf-8-sig"))
    command = ["institution", "verify", str(file), "--by-file", "--local", running.url]
    deaths = kill_after_events(monkeypatch, [1, 3])
    call, calls = institution_calls.call, iter(range(1000))

    def interrupted(*arguments: Any) -> Any:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return call(*arguments)

    monkeypatch.setattr("infra.console.question_files.call", interrupted)
    assert CliRunner().invoke(main, command).exit_code != 0
    answers, note = tmp_path / "postulantes.respuestas.csv", tmp_path / "postulantes.respuestas.csv.envio"
    assert (answers.read_text().count("\n"), note.exists()) == (1, True)
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "ya se había enviado" in done.stderr
    assert (deaths, note.exists()) == ([], False)
    with answers.open(newline="") as table:
        told = list(csv.DictReader(table))
    assert [(row["fila"], row["reference"], row["status"]) for row in told] == [
        (str(n + 2), f"p{n}", "valid" if n % 50 else "not_found") for n in range(250)
    ]
    assert json.dumps(told).count("71705600") == 0
    logged = [each for each in citizen.call("GET", "/_local/events").json if each.get("institution") == name]
    assert len(logged) == 250
    assert ask(citizen, made["key"], [question(code, "71705600")]).json["quota_left"] == 749
    before = answers.read_bytes()
    again = CliRunner().invoke(main, command)
    assert (again.exit_code, answers.read_bytes()) == (0, before), "what is answered is not sent again"
    by_list = tmp_path / "otra.csv"
    lists = [word for word in command if word != "--by-file"]
    assert CliRunner().invoke(main, [*lists, "-o", str(by_list)]).exit_code == 0
    assert by_list.read_bytes() == before, "by lists it is the same table"


def kill_after_events(monkeypatch: pytest.MonkeyPatch, deaths: list[int]) -> list[int]:
    """Ends the function that answers files right after it wrote the events of a hundred, by their number.

    Gives the deaths that are still to come.
    """
    true, wrote = dynamodb.transact, count()

    def transact(*actions: Any) -> None:
        true(*actions)
        if len(actions) >= 50 and deaths and next(wrote) == deaths[0]:
            deaths.pop(0)
            raise ChildProcessError("killed")

    monkeypatch.setattr("constancia.aws.event_log.transact", transact)
    return deaths


def test_a_file_that_the_quota_does_not_cover_is_refused_whole_in_words(
    running: Any, tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = register(Local(running.url).call, quota=10)
    monkeypatch.setenv("CONSTANCIA_KEY", made["key"])
    file = tmp_path / "postulantes.csv"
    file.write_bytes(written([ROWS[0], *([["7K9WQ4ZT", "71705600", ""]] * 11)], ",", "utf-8"))
    command = ["institution", "verify", str(file), "--by-file", "--local", running.url]
    for _ in range(2):
        refused = CliRunner().invoke(main, command)
        assert (refused.exit_code, "quedan hoy 10 consultas" in refused.stderr) == (1, True)
    file.write_bytes(written([ROWS[0], *([["7K9WQ4ZT", "71705600", ""]] * 10)], ",", "utf-8"))
    assert CliRunner().invoke(main, command).exit_code == 0
    assert (tmp_path / "postulantes.respuestas.csv").read_text().count("not_found") == 10


def test_a_file_that_ended_unanswered_is_told_and_sent_again_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(address: str, key: str, asked: Any = None) -> dict[str, Any]:
        if asked is None:
            raise institution_calls.FileNotFound
        return {"file_id": "f1", "upload_url": "", "upload_headers": {}}

    monkeypatch.setattr(question_files, "call", call)
    monkeypatch.setattr(question_files, "send", lambda *_: None)
    note = tmp_path / "note"
    with pytest.raises(SystemExit):
        question_files.ask_by_file("http://x", "key", [{}], "status", note)
    assert "ya no tiene el archivo" in capsys.readouterr().err
    assert not note.exists()


def test_a_link_that_fails_is_tried_again_and_a_file_that_is_there_is_not_put_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(status: int) -> urllib.error.HTTPError:
        return urllib.error.HTTPError("http://x", status, "", Message(), io.BytesIO())

    put: list[Any] = []
    outcomes: Iterator[Any] = iter([OSError("no line"), answer(503), answer(412), *[answer(403)] * 6])

    def urlopen(request: urllib.request.Request, timeout: float) -> None:
        assert request.get_method() == "PUT"
        put.append(request.data)
        raise next(outcomes)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    institution_calls.send("http://x", {}, b"questions")
    assert put == [b"questions"] * 3
    with pytest.raises(SystemExit):
        institution_calls.send("http://x", {}, b"questions")
    assert len(put) == 9
