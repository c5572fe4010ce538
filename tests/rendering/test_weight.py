"""What drawing loads: a certificate needs neither PDF nor font nor QR library, until the reference way is needed."""

import subprocess
import sys

import pytest

HEAVY = ("fpdf", "fontTools", "PIL", "segno")
DRAW = """
import sys
from constancia_pdf import render
from tests.rendering.samples import sample
print(render(sample({name!r})).by_reference, [module for module in {heavy} if module in sys.modules])
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [("ROSA QUISPE", "False []"), ("ŁUKASZ QUISPE", f"True {list(HEAVY)}")],
)
def test_the_libraries_are_loaded_only_for_what_the_prepared_way_cannot_set(name: str, said: str) -> None:
    command = [sys.executable, "-c", DRAW.format(name=name, heavy=HEAVY)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == said


def test_loading_the_prepared_way_leaves_out_what_would_take_as_long_as_drawing() -> None:
    program = "import sys; known = set(sys.modules); import constancia_pdf; print(*{*sys.modules} - known)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    loaded = set(said.split())
    assert "constancia_pdf.writer" in loaded
    assert not loaded & {"typing", "collections", "functools", "dataclasses", "enum", "re"}
