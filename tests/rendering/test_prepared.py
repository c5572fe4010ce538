"""The prepared files are what `constancia_pdf.prepare` makes now, and `constancia_pdf.reference` agrees with them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import constancia_pdf
import pytest
from constancia_pdf import prepare, prepared, reference
from constancia_pdf.styles import Styles
from constancia_pdf.typeface import REPERTOIRE, wrap
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(REPERTOIRE, min_size=1, max_size=200)


@pytest.mark.parametrize(("name", "content"), prepare.prepared_files().items(), ids=lambda value: str(value)[:12])
def test_the_prepared_files_are_up_to_date(name: str, content: bytes) -> None:
    assert (prepared.FOLDER / name).read_bytes() == content, "run: python -m constancia_pdf.prepare"


def test_preparing_needs_none_of_the_files_that_it_makes(tmp_path: Path) -> None:
    source, folder = Path(constancia_pdf.__file__).parent, tmp_path / "empty"
    shutil.copytree(source, tmp_path / "tree" / "constancia_pdf", ignore=shutil.ignore_patterns("__pycache__"))
    folder.mkdir()
    ready_made = [path for path in prepared.FOLDER.iterdir() if path.is_file() and path.suffix != ".py"]
    for path in ready_made:
        (tmp_path / "tree" / path.relative_to(source.parent)).unlink()
    program = "import sys, constancia_pdf.prepare as prepare; prepare.main(); print(prepare.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "tree")}
    command = [sys.executable, "-c", program, str(folder)]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert printed.splitlines()[-1] == str(tmp_path / "tree" / "constancia_pdf" / "prepare.py")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in ready_made
    }


@settings(deadline=None)
@given(TEXTS)
def test_both_writers_agree_on_the_width_of_a_text(text: str) -> None:
    for style in (Styles.NAME, Styles.ROW):
        assert prepared.width(text, style) == pytest.approx(reference.width(text, style))


@settings(deadline=None)
@given(TEXTS, st.floats(20, 500))
def test_wrapping_loses_nothing_and_no_line_is_too_long(text: str, width: float) -> None:
    lines = wrap(text, width, Styles.ROW, prepared.width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(prepared.width(line.rstrip(), Styles.ROW) <= width for line in lines)
    if not any(prepared.width(word, Styles.ROW) > width for word in text.split()):
        assert " ".join(line.rstrip() for line in lines) == " ".join(text.split())
