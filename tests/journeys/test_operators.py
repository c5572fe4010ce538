"""An operator's day at the console, against the service that runs here: load, show, annul, resend, report."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from constancia import lima
from constancia.loading.lines import LINES_A_BATCH
from constancia.verifying.institutions import KEY

from infra.console import loading, main
from infra.console.services import Local
from infra.local import service
from infra.local.inbox import Inbox
from tests import nation
from tests.institution import ask, question
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.conftest import Correct

PATIENCE = 600
"""Seconds: a busy machine is slow, what never comes is slower."""


class Operator:
    """Types commands."""

    def __init__(self, url: str) -> None:
        self.url = url

    def types(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--local", self.url])

    def reads(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json").stdout)


@pytest.fixture
def operator(running: service.Service) -> Operator:
    return Operator(running.url)


@pytest.fixture
def code(citizen: Citizen) -> str:
    """The code of a certificate that was just issued."""
    return str(citizen.obtain(request_body())["virtual_code"])


def test_a_file_is_loaded_and_its_wrong_lines_are_told(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "actas.jsonl"
    file.write_bytes(b"".join([*nation.school_records(2_500), nation.BAD["lost leading zeros"][0](1)]))
    result = operator.types("load", str(file))
    assert result.exit_code == 3
    words = result.stdout.replace("\u00a0", " ")
    assert "2 500 nuevas, 1 rechazada." in words
    assert "línea 2 501: school_code: El código modular tiene 7 dígitos." in words
    again = operator.reads("load", str(file), "-o", str(tmp_path))
    (reject,) = (tmp_path / Path(again["rejects"]).name).read_text(encoding="utf-8").splitlines()
    assert json.loads(reject)["line"] == 2_501
    assert (again["loaded"], again["unchanged"], again["loaded_before"]) == (0, 2_500, True)


def test_what_was_loaded_is_what_citizens_get(correct: Correct, citizen: Citizen) -> None:
    correct(0, "C")
    transcript = citizen.transcript(citizen.ask(request_body()).json["request_id"]).json
    assert transcript["groups"][0]["rows"][0]["marks"][0] == "C"


def test_an_address_is_erased_after_a_question_and_the_console_says_what_it_did(operator: Operator, code: str) -> None:
    asked = CliRunner().invoke(main, ["erase-email", code, "--local", operator.url], input="n\n")
    assert (asked.exit_code, operator.reads("show", code)["email"]) == (1, "a…@example.com")
    assert f"¿Borrar a…@example.com de la constancia {code}? No se deshace." in asked.stderr
    done = CliRunner().invoke(main, ["erase-email", code, "--local", operator.url], input="y\n")
    assert f"{code}  Correo borrado. Ya no se le enviará ningún aviso." in done.stdout
    assert "Ya se había borrado el " in operator.types("erase-email", code).stdout
    assert operator.reads("erase-email", code, "--yes")["erased_now"] is False
    shown = operator.types("show", code).stdout
    assert "Correo      borrado el " in shown
    assert "Correo borrado\n" in shown


def test_a_student_is_protected_after_a_question_and_the_list_shows_it(operator: Operator, citizen: Citizen) -> None:
    words = ["protect", "add", "71705600", "--reason", "Expediente 01234-2026", "--local", operator.url]
    asked = CliRunner().invoke(main, words, input="n\n")
    assert "¿Proteger al estudiante con DNI 71705600? Compara el número con la orden." in asked.stderr
    assert "La lista está vacía." in operator.types("protect", "list").stdout
    assert "71705600  Protegido desde el " in CliRunner().invoke(main, words, input="y\n").stdout
    assert citizen.ask(request_body()).json["code"] == "identity_not_confirmed"
    assert "Ya estaba protegido; no cambió nada." in operator.types(*words[:-2], "--yes").stdout
    end = ["protect", "remove", "71705600", "--reason", "Oficio 0456-2026", "--yes"]
    assert "71705600  Protección terminada el " in operator.types(*end).stdout
    assert "Ya había terminado; no cambió nada." in operator.types(*end).stdout
    assert "): Oficio 0456-2026" in operator.types("protect", "list").stdout
    assert operator.types("protect", "remove", "71705699", *end[3:]).exit_code == 1
    assert citizen.ask(request_body()).status == 201


def test_an_operator_issues_for_a_protected_student_and_nobody_else_does(
    operator: Operator, citizen: Citizen, tmp_path: Path
) -> None:
    words = ["protect", "issue", "71705600", "--level", "secundaria", "--reason", "Oficio 0512-2026"]
    unprotected = operator.types(*words, "--yes")
    assert (unprotected.exit_code, "no está en la lista" in unprotected.stderr) == (1, True)
    operator.types("protect", "add", "71705600", "--reason", "Expediente 01234-2026", "--yes")
    asked = CliRunner().invoke(main, [*words, "-o", str(tmp_path), "--local", operator.url], input="n\n")
    assert "¿Emitir la constancia de ROSA CECILIA DEL ROSAL ÑAUPARI (DNI 71705600)?" in asked.stderr
    assert list(tmp_path.iterdir()) == [], "what was not confirmed was not issued"
    other = operator.types(*words[:4], "inicial", *words[5:], "--yes", "-o", str(tmp_path))
    assert (other.exit_code, "No hay registros de ese nivel" in other.stderr) == (1, True)
    issued = operator.types(*words, "--yes", "-o", str(tmp_path))
    assert issued.exit_code == 0, issued.stderr
    code = issued.stdout.split()[0]
    assert (tmp_path / f"constancia-{code}.pdf").read_bytes().startswith(b"%PDF-")
    assert citizen.verify(code, "71705600").json["status"] == "valid"
    assert citizen.ask(request_body()).json["code"] == "identity_not_confirmed"
    operator.types("protect", "remove", "71705600", "--reason", "Oficio 0513-2026", "--yes")


def test_an_institution_is_registered_gets_another_key_and_is_revoked_after_a_question(
    operator: Operator, citizen: Citizen
) -> None:
    def status_of(key: str) -> int:
        return ask(citizen, key, [question("7K9WQ4ZT", "40000001")]).status

    def answering(answer: str, *words: str) -> Result:
        return CliRunner().invoke(main, ["institution", *words, "--local", operator.url], input=f"{answer}\n")

    made = operator.types("institution", "add", "Universidad del Sur", "--purpose", "Admisión 2027", "--quota", "1000")
    assert made.exit_code == 0
    assert "  Universidad del Sur: Admisión 2027, 1000 al día, clave del " in made.stdout
    assert "Clave (no se vuelve a mostrar):" in made.stdout
    name, first = made.stdout.split()[0], made.stdout.split()[-1]
    assert (KEY.fullmatch(first) or [""])[1] == name
    listed = operator.types("institution", "list").stdout
    assert (f"{name}  Universidad del Sur: " in listed, first in listed) == (True, False)
    assert answering("n", "rotate", name).exit_code == answering("n", "revoke", name).exit_code == 1
    assert status_of(first) == 200, "what was not confirmed was not done"
    rotated = answering("y", "rotate", name)
    assert f"¿Hacer otra clave para {name}? La de ahora deja de valer." in rotated.stderr
    second = rotated.stdout.split()[-1]
    assert (status_of(first), status_of(second)) == (401, 200)
    revoked = answering("y", "revoke", name)
    assert f"¿Revocar {name}? No se puede deshacer." in revoked.stderr
    assert "  revocada el " in revoked.stdout
    assert status_of(second) == 401
    again = operator.types("institution", "revoke", name, "--yes").stdout
    assert ("Ya estaba revocada; no cambió nada." in again, "  revocada el " in again) == (True, True)
    (kept,) = [each for each in operator.reads("institution", "list")["institutions"] if each["institution_id"] == name]
    assert (kept["quota"], "key_hash" in kept, bool(kept["revoked_by"])) == (1000, False, True)


def test_an_institution_that_cannot_be_kept_is_told_with_what_is_wrong(operator: Operator) -> None:
    assert operator.types("institution", "add", "ONG Sur").exit_code == 2
    wrong = operator.types("institution", "add", "-", "--purpose", "Admisión", "--quota", "0")
    assert (wrong.exit_code, wrong.stderr.startswith("Error: ")) == (1, True)
    for words in (("rotate", "00000000", "--yes"), ("revoke", "00000000", "--yes")):
        result = operator.types("institution", *words)
        assert (result.exit_code, result.stderr.startswith("Error: ")) == (1, True)
    assert operator.reads("institution", "add", "ONG Sur", "--purpose", "Becas", "--quota", "5")["key"]


def test_nothing_of_a_workbook_is_loaded(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "actas.xlsx"
    file.write_bytes(b"PK\x03\x04 and so on")
    result = operator.types("load", str(file))
    assert result.exit_code == 1
    assert "no es texto" in result.stderr


def test_two_files_of_one_name_that_are_loaded_at_one_moment_are_two_files(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two operators each have an `actas.jsonl`; neither takes the place of the other in the inbox."""
    moment = lima.now()
    monkeypatch.setattr(lima, "now", lambda: moment)
    for start in (40_000, 50_000):
        file = tmp_path / str(start) / "actas.jsonl"
        file.parent.mkdir()
        file.write_bytes(b"".join(nation.school_records(20, start)))
        result = operator.types("load", str(file))
        assert (result.exit_code, "20 nuevas" in result.stdout) == (0, True)
    assert loading.name_in_inbox(file, moment) != loading.name_in_inbox(file, moment)


@pytest.mark.parametrize(("way", "start"), [("Ctrl-C", 10_000), ("cancel", 20_000)])
def test_a_load_that_is_cancelled_on_its_way_says_what_stayed_and_is_completed_by_the_next(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, start: int
) -> None:
    lines = LINES_A_BATCH + 10
    file = tmp_path / "actas.jsonl"
    file.write_bytes(b"".join(nation.school_records(lines, start)))
    names: list[str] = []
    ordered = threading.Event()
    call, work = Local.call, Inbox.call

    def waiting(self: Inbox, event: dict[str, Any]) -> dict[str, Any]:
        assert event["step"] != "batch" or event["batch"]["first_line"] == 1 or ordered.wait(PATIENCE)
        return work(self, event)

    def cancelling(self: Local, function: str, command: dict[str, Any]) -> dict[str, Any]:
        answer = call(self, function, command)
        if command["command"] == "cancel":
            ordered.set()
        if not names and answer.get("lines_done"):
            names.append(command["name"])
            if way == "Ctrl-C":
                raise KeyboardInterrupt
            assert operator.reads("cancel", *names)["cancelled"]
        return answer

    monkeypatch.setattr(loading, "LAST_BATCHES", PATIENCE)
    monkeypatch.setattr(Inbox, "call", waiting)
    monkeypatch.setattr(Local, "call", cancelling)
    result = operator.types("load", str(file))
    assert result.exit_code == 5
    assert f"En el buzón: {names[0]}" in result.stderr
    words = result.stdout.replace("\u00a0", " ")
    assert "Carga cancelada: el archivo tiene 2 010 líneas. Lo cargado se queda;" in words
    assert words.startswith("2 000 líneas en ")
    assert ": 2 000 nuevas." in words
    result = operator.types("cancel", *names)
    assert (result.exit_code, result.stderr) == (1, "Error: Esa carga ya había terminado: no hay nada que cancelar.\n")
    again = operator.reads("load", str(file))
    assert (again["cancelled"], again["loaded"], again["read"]) == (False, lines, lines)


def test_an_upload_that_is_interrupted_loads_nothing(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Local, file: Path, name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Local, "upload", interrupted)
    file = tmp_path / "never.jsonl"
    file.write_bytes(b"{}\n")
    result = operator.types("load", str(file))
    assert result.exit_code == 5
    assert result.stderr.endswith("Error: el archivo no terminó de subir; no se cargó nada.\n")


def test_a_file_that_is_not_in_the_inbox_cannot_be_cancelled(operator: Operator) -> None:
    result = operator.types("cancel", "nada.jsonl")
    assert (result.exit_code, result.stderr) == (1, "Error: No hay ningún archivo con ese nombre en el buzón.\n")


def test_an_annulment_is_seen_at_once_by_whoever_verifies(operator: Operator, citizen: Citizen, code: str) -> None:
    assert operator.reads("show", code)["status"] == "valid"
    result = operator.types("annul", code, "--yes", "--reason", "Emitida por error")
    assert result.exit_code == 0
    assert "Anulada: Emitida por error" in result.stdout
    seen = citizen.verify(code, "71705600").json
    assert (seen["status"], seen["annulment_reason"]) == ("annulled", "Emitida por error")
    again = operator.types("annul", code, "--yes", "--reason", "Otro")
    assert "Ya estaba anulada" in again.stdout
    shown = operator.types("show", code).stdout
    assert "ANULADA" in shown
    assert "Verificada: Anulada" in shown
    assert "71705600" not in shown


def test_an_annulment_names_what_it_annuls_and_asks(operator: Operator, code: str) -> None:
    words = ["annul", code, "--reason", "Emitida por error", "--local", operator.url]
    number = operator.reads("show", code)["serial_number"]
    for typed, done in (("\n", False), ("otro\n", False), (f"{code.lower()}\n", True)):
        result = CliRunner().invoke(main, words, input=typed)
        assert f"{code}  N.° {number}  Primaria, emitida el {lima.now().date()}" in result.stderr
        assert (operator.reads("show", code)["status"] == "annulled") == done
        assert ("no se anuló nada" in result.stderr) == (not done)


def test_a_mail_is_sent_again(operator: Operator, code: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while operator.reads("show", code)["mail"] != "sent":  # while it leaves, it is not sent again
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "a…@example.com" in operator.types("resend", code).stdout


def test_nobody_is_told_of_an_annulled_certificate_that_it_was_issued(operator: Operator, code: str) -> None:
    operator.types("annul", code, "--yes", "--reason", "Emitida por error")
    result = operator.types("resend", code)
    assert (result.exit_code, result.stderr) == (1, "Error: La constancia está anulada: su correo ya no se envía.\n")


def test_what_was_typed_wrong_is_answered_with_what_to_type(operator: Operator) -> None:
    for words, answer in (
        (("report", "ayer"), "El período va como 2026-03-01 (un día) o como 2026-03 (un mes)."),
        (("report", "2999-01"), "Ese período todavía no ha empezado."),
        (("report", "1999-01"), "En ese período el servicio todavía no existía."),
        (("show", "ABC"), "El código virtual tiene 8 letras y números, por ejemplo C2CC6526."),
        (("annul", "ABC", "--reason", ""), None),
    ):
        result = operator.types(*words)
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {answer}" if answer else "Error: El código virtual tiene")
    result = CliRunner().invoke(main, ["show", "ZZZZZZZZ", "--local", "here"])
    assert (result.exit_code, result.stderr) == (4, "Error: here no es una dirección; va como http://127.0.0.1:8000\n")


def test_colours_are_for_terminals(operator: Operator, code: str) -> None:
    words = ["show", code, "--local", operator.url]
    assert "\x1b[" not in CliRunner().invoke(main, words).stdout
    assert "\x1b[32m\x1b[1mVÁLIDA" in CliRunner().invoke(main, words, color=True).stdout


def test_an_unknown_code_and_a_silent_service_have_exit_codes_of_their_own(operator: Operator) -> None:
    assert operator.types("show", "ZZZZZZZZ").exit_code == 1
    assert operator.types("annul", "ZZZZZZZZ").exit_code == 2
    result = CliRunner().invoke(main, ["show", "ZZZZZZZZ", "--local", "http://127.0.0.1:1"])
    assert result.exit_code == 4
    assert "make serve" in result.stderr


def test_a_report_is_told_kept_and_readable(operator: Operator, code: str, tmp_path: Path) -> None:
    today = lima.now().date()
    result = operator.types("report", today.isoformat(), "-o", str(tmp_path))
    assert result.exit_code == 0
    assert "cifras parciales" in result.stdout
    page = pypdfium2.PdfDocument(tmp_path / f"constancia-{today}.pdf")[0].get_textpage().get_text_bounded()
    assert "Constancias emitidas" in page
    assert "CIFRAS PARCIALES" in page
    assert "antes 0" in page
    for comparison in ("Cambio", "igual", "Se compara"):
        assert comparison not in page, "a day that goes on is not measured against one that is over"
    assert operator.reads("report", f"{today:%Y-%m}")["totals"]["certificate_issued"]["now"] > 0


def test_no_page_of_another_origin_can_operate_the_service(citizen: Citizen) -> None:
    answer = citizen.post("/_local/invoke/annul_certificate", {"virtual_code": "ZZZZZZZZ"})
    assert answer.status == 403


def test_help_has_examples() -> None:
    for command in ("load", "cancel", "annul", "show", "resend", "report"):
        assert "Ejemplo" in CliRunner().invoke(main, [command, "--help"]).stdout


def test_a_correction_after_the_issue_is_told_and_leaves_the_certificate_valid(
    correct: Correct, citizen: Citizen, code: str
) -> None:
    assert citizen.verify(code, "71705600").json["records_changed_on"] is None
    correct(1, "C")
    seen = citizen.verify(code, "71705600").json
    assert (seen["status"], seen["records_changed_on"]) == ("valid", lima.now().date().isoformat())


def test_the_holder_sees_when_a_certificate_was_verified_and_not_by_whom(citizen: Citizen, code: str) -> None:
    citizen.verify(code, "71705600")
    body = {"virtual_code": code, "document_number": "71705600", "captcha": citizen.prove_human("verification")}
    answer = citizen.post("/api/verifications/history", body)
    assert answer.json == {
        "virtual_code": code,
        "verifications": [{"on": lima.now().date().isoformat(), "outcome": "valid", "institution": None}],
    }
    body = {**body, "document_number": "72000002", "captcha": citizen.prove_human("verification")}
    assert citizen.post("/api/verifications/history", body).json["code"] == "certificate_not_found"
