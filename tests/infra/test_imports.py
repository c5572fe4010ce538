"""Who may import whom, seen in a fresh interpreter; and what the first import costs."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import wiring
from infra.local import service
from tests.conftest import PORTAL_URL

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core" / "python"
RENDERING = ROOT / "layers" / "rendering" / "python"
DOMAIN = sorted(path.stem for path in (CORE / "constancia").glob("*.py") if path.stem != "__init__")


def modules_after(statement: str, *folders: Path, environment: dict[str, str] | None = None) -> set[str]:
    """The names of all modules that a statement brings in, in an interpreter that sees only these folders besides."""
    paths = [str(folder) for folder in folders]
    program = f"import sys, json; sys.path[:0] = {paths!r}\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("module", DOMAIN)
def test_the_domain_stands_on_the_standard_library_alone(module: str) -> None:
    found = packages(modules_after(f"import constancia.{module}"))
    before = packages(modules_after("pass"))
    assert found - before - set(sys.stdlib_module_names) == {"constancia"}
    assert "constancia.aws" not in modules_after(f"import constancia.{module}")


@pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_imports_no_infra_and_only_the_layers_of_its_row(function: wiring.Function) -> None:
    found = packages(modules_after(f"import {function.name}", ROOT / "functions", environment=settings()))
    assert not found & {"infra", "tests", "moto", "aws_cdk", "click", "pydantic", "aws_xray_sdk"}
    assert ("constancia_pdf" in found) == ("rendering" in function.layers)
    assert not found & {"fpdf", "fontTools", "PIL", "segno"}, "not before the reference path is needed"


def test_only_the_functions_of_the_wiring_are_in_the_folder() -> None:
    assert sorted(path.stem for path in (ROOT / "functions").glob("*.py")) == sorted(f.name for f in wiring.FUNCTIONS)


def test_the_rendering_layer_knows_of_the_core_only_its_values() -> None:
    imported = set()
    for path in (RENDERING / "constancia_pdf").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("constancia."):
                imported.add(node.module)
    assert imported <= {
        "constancia.certificate",
        "constancia.named_tuple",
        "constancia.transcript",
        "constancia.reporting",
        "constancia.report_wording",
    }


def settings() -> dict[str, str]:
    return {**service.ENVIRONMENT, **service.settings(PORTAL_URL)}
