"""Which module may import which, read from the sources and seen in a fresh interpreter."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from infra import parts, wiring
from infra.local import service
from tests.conftest import PORTAL_URL

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers" / "core" / "python"
RENDERING = ROOT / "layers" / "rendering" / "python"
FUNCTIONS = ROOT / "functions"
LONGEST = 350
"""Lines of a module."""

VALUES = {
    "constancia.attesting.der",
    "constancia.document",
    "constancia.transcript",
    "constancia.event_log",
    "constancia.lima",
    "constancia.reporting.reporting",
    "constancia.reporting.wording",
}
"""The modules of the core that the rendering layer may import: what is drawn, its words, how its seal is written."""

LOCAL_IMPORTS = {
    "layers": {
        "fpdf": "half a second, and most certificates are drawn without it",
        "constancia_pdf.reference": "imports fpdf2",
    },
    "infra": {
        "infra.local": "a second with moto and boto3 that `constancia --help` does without",
        "infra.console.online": "it solves a challenge as `infra.local` does, see there",
        "infra.console.sealed_files": "pypdfium2 and fpdf2: half a second that other commands do without",
        "infra.console.cloud": "boto3: 0.4 seconds that commands on one machine do without",
        "moto": "half a second that the worker processes of a load test do without",
        "waitress": "only needed to listen; `constancia --help` does without",
    },
}
"""By folder, what may be imported inside a function, with the reason; everything else is imported at the top."""


class Import(NamedTuple):
    """One import statement's target."""

    target: str
    """The module; of `from package import module` that module, not the package."""
    line: int
    local: bool
    """It is inside a function."""


@cache
def sources() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    found = {}
    for root, folder in ((CORE, CORE), (RENDERING, RENDERING), (FUNCTIONS, FUNCTIONS), (ROOT, ROOT / "infra")):
        for path in sorted(folder.rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports_of(name: str) -> list[Import]:
    """The imports of a module wherever they stand, those for the type checker included."""
    path = sources()[name]
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    return list(_imports_in(ast.parse(path.read_text()), package, local=False))


def _imports_in(tree: ast.AST, package: str, *, local: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, local) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                module = f"{base}.{alias.name}"
                yield Import(module if module in sources() else base, node.lineno, local)
        else:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_in(node, package, local=local or function)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def modules_of(package: str) -> list[str]:
    return [name for name in sources() if within(name, package)]


DOMAIN = [name for name in modules_of("constancia") if not within(name, "constancia.aws")]


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


@pytest.fixture(scope="module")
def bare() -> set[str]:
    """The packages of an interpreter that has imported nothing."""
    return packages(modules_after("pass"))


@pytest.mark.parametrize("module", DOMAIN)
def test_the_domain_stands_on_the_standard_library_alone(module: str, bare: set[str]) -> None:
    found = modules_after(f"import {module}")
    assert packages(found) - bare - set(sys.stdlib_module_names) == {"constancia"}
    assert "constancia.aws" not in found


@pytest.mark.parametrize("function", wiring.FUNCTIONS, ids=lambda function: function.name)
def test_a_function_imports_no_infra_and_only_the_layers_of_its_row(function: parts.Function) -> None:
    found = packages(modules_after(f"import {function.name}", FUNCTIONS, environment=settings()))
    assert not found & {"infra", "tests", "moto", "aws_cdk", "click", "pydantic", "aws_xray_sdk"}
    assert ("constancia_pdf" in found) == ("rendering" in function.layers)
    assert not found & {"fpdf", "fontTools", "PIL", "segno"}, "not before the reference path is needed"


def test_only_the_functions_of_the_wiring_are_in_the_folder() -> None:
    assert sorted(path.stem for path in FUNCTIONS.glob("*.py")) == sorted(f.name for f in wiring.FUNCTIONS)


def test_the_imports_of_a_module_are_found_in_every_form_of_the_statement() -> None:
    forms = (
        "from constancia import event_log, fields\n"
        "import constancia.errors\n"
        "from constancia.wording import PROBLEMS\n"
        "if TYPE_CHECKING:\n    from constancia.aws import log\n"
        "class A:\n    def f(self):\n        from .settings import text\n"
    )
    found = list(_imports_in(ast.parse(forms), "constancia", local=False))
    assert [(target, local) for target, _, local in found] == [
        ("constancia.event_log", False),
        ("constancia.fields", False),
        ("constancia.errors", False),
        ("constancia.wording", False),
        ("constancia.aws.log", False),
        ("constancia.settings", True),
    ]


def test_the_rendering_layer_knows_of_the_core_only_its_values() -> None:
    imported = {target for name in modules_of("constancia_pdf") for target, _, _ in imports_of(name)}
    assert {target for target in imported if within(target, "constancia")} - VALUES == set()


def is_upwards(name: str, target: str) -> bool:
    """Whether a module imports one that stands above it."""
    product = ("constancia", "constancia_pdf", "infra", *(path.stem for path in FUNCTIONS.glob("*.py")))
    if target.partition(".")[0] not in (*product, "tests"):
        return False
    if within(name, "constancia.aws"):
        return not within(target, "constancia")
    if within(name, "constancia"):
        return not within(target, "constancia") or within(target, "constancia.aws")
    if within(name, "constancia_pdf"):
        return not any(within(target, part) for part in ("constancia_pdf", "constancia")) or within(
            target, "constancia.aws"
        )
    if within(name, "infra"):
        other_side = {"infra.local": "infra.cloud", "infra.cloud": "infra.local"}
        return not any(within(target, part) for part in ("constancia", "constancia_pdf", "infra")) or any(
            within(name, side) and within(target, other) for side, other in other_side.items()
        )
    return any(within(target, part) for part in ("infra", "tests"))


def test_no_import_runs_upwards() -> None:
    """Functions stand on `constancia.aws`, which stands on `constancia`; infra stands on the wiring and on the layers.

    Neither the service on this machine nor the cloud imports the other.
    """
    found = [
        f"{name}:{line} imports {target}"
        for name in sources()
        for target, line, _ in imports_of(name)
        if is_upwards(name, target)
    ]
    assert found == []


def test_the_wiring_stands_on_nothing_but_its_own_vocabulary() -> None:
    """Whoever reads a row loads no SDK, and nothing that reads rows itself."""
    reached = {"infra.wiring"}
    waiting = ["infra.wiring"]
    while waiting:
        for target, _, _ in imports_of(waiting.pop()):
            if within(target, "infra") and target in sources() and target not in reached:
                reached.add(target)
                waiting.append(target)
    targets = {target for name in reached for target, _, _ in imports_of(name)}
    outside = {t.partition(".")[0] for t in targets} - set(sys.stdlib_module_names) - {"infra", "constancia"}
    assert outside == set()
    assert not any(within(target, "constancia.aws") for target in targets)
    # The rows themselves, those of operators and of the public log, and what rows are made of.
    assert len(reached) <= 4, sorted(reached)


@pytest.mark.parametrize("package", ["constancia", "constancia_pdf", "infra"])
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    """Wherever the import stands: at the top, inside a function, for the type checker."""
    graph = {
        name: {target for target, _, _ in imports_of(name) if target in sources() and within(target, package)} - {name}
        for name in modules_of(package)
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" imports ".join(reversed(circle.args[1])))


def test_what_is_imported_inside_a_function_has_a_reason() -> None:
    found = []
    for name, path in sources().items():
        reasons = LOCAL_IMPORTS.get(path.relative_to(ROOT).parts[0], {})
        found += [
            f"{path.relative_to(ROOT)}:{line} {target}"
            for target, line, local in imports_of(name)
            if local and not any(within(target, allowed) for allowed in reasons)
        ]
    assert found == []


def test_the_help_of_the_command_loads_none_of_what_is_imported_late() -> None:
    late = {"moto", "waitress", "fpdf", "aws_lambda_powertools"}
    assert packages(modules_after("import infra.console", ROOT)) & late == set()


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    modules = [*sources().values(), *(ROOT / "portal").rglob("*.js")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules}
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def settings() -> dict[str, str]:
    return {**service.ENVIRONMENT, **service.settings(PORTAL_URL)}
