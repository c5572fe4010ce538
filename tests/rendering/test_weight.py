"""Drawing imports no PDF, font or QR library until a certificate needs `constancia_pdf.reference`."""

import subprocess
import sys

import pytest

HEAVY = ("fpdf", "fontTools", "PIL")
DRAW = """
import sys
from constancia_pdf import render
from tests.rendering.samples import sample
print(render(sample({name!r})).by_reference, [module for module in {heavy} if module in sys.modules])
"""


@pytest.mark.parametrize(
    ("name", "printed"),
    [("ROSA QUISPE", "False []"), ("ŁUKASZ QUISPE", f"True {list(HEAVY)}")],
)
def test_the_libraries_are_imported_only_for_what_the_prepared_fonts_cannot_set(name: str, printed: str) -> None:
    command = [sys.executable, "-c", DRAW.format(name=name, heavy=HEAVY)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == printed
