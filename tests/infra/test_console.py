"""The console speaks Spanish, in what click says by itself too."""

import gettext
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from infra import console
from infra.console import main
from infra.console.services import Local, Unreachable

CATALOGUE = Path(console.__file__).with_name("words") / "es" / "LC_MESSAGES" / "messages.po"
ENGLISH = re.compile(
    r"Usage|Options?:|OPTIONS|Commands:|COMMAND |Missing|Try |No such|Show this|required|default|Error: [A-Z][a-z]+ of"
)


def words_of(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command and subcommand."""
    yield path
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from words_of(each, *path, name)


@pytest.mark.parametrize("words", list(words_of(main)), ids=" ".join)
def test_the_help_of_every_command_is_in_spanish(words: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*words, "--help"])
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Uso: ")
    assert not ENGLISH.findall(shown.stdout)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["anull"], "No existe el comando 'anull'. ¿Quisiste decir 'annul'?"),
        (["annul"], "Falta el argumento 'CODE'."),
        (["annul", "C2CC6526"], "Falta la opción '--reason'."),
        (["annul", "C2CC6526", "--motivo", "x"], "No existe la opción '--motivo'."),
        (["show", "C2CC6526", "7K9WQ4ZT"], "Sobra un argumento (7K9WQ4ZT)"),
        (["verify", "/no/such.pdf"], "No existe: '/no/such.pdf'."),
        (["log", "--local", "http://127.0.0.1:9", "audit"], "Las opciones van al final: constancia log audit"),
        (["institution", "add", "U", "--purpose", "P", "--quota", "mil"], "'mil' no es un número entero."),
        (["serve", "--port", "70000"], "70000 no está en el rango 0<=x<=65535."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_use_is_told_in_spanish(words: list[str], said: str) -> None:
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 2
    assert said in told.stderr
    assert not ENGLISH.findall(told.stderr)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of something that answers everything, and is not the service."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "C2CC6526", "--local", "http://bad host:1"], "no es una dirección"),
        (["show", "C2CC6526", "--local", "ELSEWHERE"], "responde otra cosa"),
        (["keys", "csr", "-o", "FOLDER/none/sello.csr"], "FOLDER/none/sello.csr"),
        (["keys", "install", "FOLDER/chain.der"], "no está en PEM"),
        (["keys", "rotate", "seal", "k2027", "--stage", "prod", "--stages", "FOLDER"], "no es JSON"),
        (["load", "FOLDER/chain.der", "-o", "FOLDER/chain.der/out"], "FOLDER/chain.der/out"),
        (
            ["protect", "issue", "71705600", "--level", "primaria", "--reason", "x", "-o", "FOLDER/prod.json/o"],
            "prod.json/o",
        ),
        (["institution", "verify", "FOLDER/list.csv", "-o", "FOLDER/none/a.csv"], "FOLDER/none/a.csv"),
        (["verify", "FOLDER/chain.der", "--keys", "http://127.0.0.1:9/ x"], "no se pudieron leer las claves"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_what_cannot_be_read_written_or_reached_is_one_line_in_spanish(
    words: list[str], said: str, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chain.der").write_bytes(b"\x30\x82\xff")
    (tmp_path / "prod.json").write_text("{bad")
    (tmp_path / "list.csv").write_text("código,DNI\nC2CC6526,71705600\n")
    monkeypatch.setattr(Local, "call", lambda *_: {"request": "PEM"}) if words[0] == "keys" else None

    def placed(word: str) -> str:
        return word.replace("FOLDER", str(tmp_path)).replace("ELSEWHERE", elsewhere)

    told = CliRunner().invoke(main, [placed(word) for word in words])
    assert isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code != 0
    assert placed(said) in told.stderr
    assert told.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "agreed"), [("s", True), ("Sí", True), ("y", True), ("n", False), ("", False), ("sino", False)]
)
def test_a_question_is_answered_in_spanish(typed: str, agreed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def call(_: Local, function: str, event: object) -> dict[str, object]:
        asked.append(function)
        raise Unreachable

    monkeypatch.setattr(Local, "call", call)
    words = ["protect", "add", "71705600", "--reason", "Expediente 1"]
    told = CliRunner().invoke(main, words, input=f"{typed}\n")
    assert "[s/N]" in told.stderr
    assert asked == (["protect_student"] if agreed else [])
    assert ("Cancelado." in told.stderr) is not agreed


def test_the_compiled_words_are_those_that_are_read() -> None:
    """`messages.po` is what people change; `messages.mo` is what gettext reads."""
    text = CATALOGUE.read_text(encoding="utf-8")
    written = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE))
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)
    assert len(written) > 20
    for one, said in written.items():
        assert known.gettext(one.encode().decode("unicode_escape") if "\\" in one else one) == said.replace(
            "\\n", "\n"
        ).replace("\\t", "\t")
    plurals = re.findall(
        r'^msgid "(.+)"\nmsgid_plural "(.+)"\nmsgstr\[0\] "(.+)"\nmsgstr\[1\] "(.+)"$', text, re.MULTILINE
    )
    for one, many, said_of_one, said_of_many in plurals:
        assert [known.ngettext(one, many, count) for count in (1, 2)] == [said_of_one, said_of_many]
