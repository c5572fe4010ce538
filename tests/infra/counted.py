"""Which metrics a function can count: read from the code of the function and of the modules of `constancia.aws`."""

import ast
from functools import cache
from pathlib import Path

from constancia import metric_names, wording

ROOT = Path(__file__).parents[2]
AWS = ROOT / "layers" / "core" / "python" / "constancia" / "aws"
NAMES = {name: value for name, value in vars(metric_names).items() if name.isupper()}
"""The constants of `constancia.metric_names`."""


def counted_by(function: str) -> frozenset[str]:
    """The metrics that a function, and what it imports of the adapters, can count."""
    return _counted(ROOT / "functions" / f"{function}.py", None)


@cache  # the adapters import each other: without it each would be read once for every way that leads to it
def _counted(file: Path, name: str | None) -> frozenset[str]:
    """The metrics that a file, or a definition of it, counts, with those of the adapters that the file imports."""
    found: set[str] = set()
    for node in (node for statement in _definitions(file, name) for node in ast.walk(statement)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "count":
            found |= _names(node)
    for imported in ast.walk(_parsed(file)):
        if isinstance(imported, ast.ImportFrom) and (imported.module or "").startswith("constancia.aws"):
            module = (imported.module or "").removeprefix("constancia.aws").removeprefix(".")
            for alias in imported.names:
                adapter = AWS.joinpath(*(module or alias.name).split(".")).with_suffix(".py")
                found |= _counted(adapter, alias.name if module else None)
    return frozenset(found)


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def _names(call: ast.Call) -> set[str]:
    """The metrics of a call of `count`; `refusal.code` stands for the code of any refusal."""
    match call.args:
        case [ast.Attribute(attr="code")]:
            return set(wording.PROBLEMS)
        case [ast.Attribute(attr=name)] | [ast.Name(id=name)]:
            return {NAMES[name]}
        case [ast.IfExp(body=ast.Name(id=one), orelse=ast.Name(id=other))]:
            return {NAMES[one], NAMES[other]}
    raise AssertionError(f"a name of a metric cannot be read: {ast.unparse(call)}")


def _definitions(adapter: Path, name: str | None) -> list[ast.stmt]:
    """A definition of a module and those of the same module that it uses; all statements if `name` is None."""
    body = _parsed(adapter).body
    if name is None:
        return body
    named = {made.name: made for made in body if isinstance(made, ast.FunctionDef | ast.ClassDef)}
    waiting, found = [name], {}
    while waiting:
        if (made := named.get(waiting.pop())) and made.name not in found:
            found[made.name] = made
            waiting += [node.id for node in ast.walk(made) if isinstance(node, ast.Name)]
    return list(found.values())
