"""Every refusal has its words, its place in the API, the portal and the reports, wherever it may be met."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path
from typing import Any, get_origin

import constancia
import pytest
from constancia import errors, wording
from constancia.aws import api
from constancia.certifying import delivery
from constancia.errors import Refusal
from constancia.reporting import wording as report_wording

from infra import parts, signals, wiring
from tests.infra.test_imports import imports_of, modules_of, sources, within

ROOT = Path(__file__).parents[2]
OPENAPI = json.loads((ROOT / "portal" / "api" / "openapi.json").read_text())
PORTAL = {path.name: path.read_text() for path in (ROOT / "portal" / "modules").glob("*.js")}
SAMPLES: dict[Any, Any] = {int: 2019, str: "x", bool: True, tuple: ()}
"""A value for each type of a fact."""


def refusals() -> list[type[Refusal]]:
    """Every refusal that any module of the core defines."""
    for module in pkgutil.walk_packages(constancia.__path__, "constancia."):
        importlib.import_module(module.name)
    found: list[type[Refusal]] = []
    waiting = [Refusal]
    while waiting:
        children = waiting.pop().__subclasses__()
        waiting += children
        found += children
    return sorted(found, key=lambda refusal: refusal.code)


REFUSALS = refusals()
PUBLIC = {refusal.code for refusal in REFUSALS} & set(wording.PROBLEMS)
OPERATORS_ALONE = [refusal for refusal in REFUSALS if refusal.code not in wording.PROBLEMS]


def sample_of(refusal: type[Refusal]) -> Refusal:
    """A refusal with some value for each of its facts."""
    if not inspect.isfunction(refusal.__init__):
        return refusal()
    kinds = inspect.get_annotations(refusal.__init__, eval_str=True)
    return refusal(*(SAMPLES[get_origin(kind) or kind] for name, kind in kinds.items() if name != "return"))


def documented_at(path: str, method: str) -> dict[str, str]:
    """The codes that the OpenAPI document names for an operation, each with its status."""
    responses = OPENAPI["paths"][path][method.lower()]["responses"]
    return {
        code: status
        for status, response in responses.items()
        for code in re.findall(r"`(\w+)`", response["description"])
    }


def test_all_refusals_are_defined_in_one_module_and_no_two_share_a_code() -> None:
    assert [refusal.__name__ for refusal in REFUSALS if refusal.__module__ != errors.__name__] == []
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)


def test_every_refusal_has_words_and_no_words_are_left_of_one_that_is_gone() -> None:
    codes = {refusal.code for refusal in REFUSALS}
    assert {*wording.PROBLEMS, *wording.FOR_OPERATORS} == codes


@pytest.mark.parametrize("refusal", [r for r in REFUSALS if r.code in PUBLIC], ids=lambda refusal: refusal.code)
def test_the_error_handler_answers_every_refusal_of_the_api(refusal: type[Refusal]) -> None:
    answer = api.problem(sample_of(refusal))
    body = json.loads(answer.body or "")
    assert (answer.status_code, body["code"]) == (wording.PROBLEMS[refusal.code].status, refusal.code)
    assert body["title"]
    assert body["detail"]
    assert "{" not in body["detail"]


def test_what_only_operators_read_is_raised_by_nothing_behind_the_api() -> None:
    """It has no row in `PROBLEMS`, so the error handler of the API could not answer it."""
    reached = {function.name for function in wiring.FUNCTIONS if function.routes}
    waiting = list(reached)
    while waiting:
        targets = {target for target, _, _ in imports_of(waiting.pop()) if target in sources()} - reached
        reached |= targets
        waiting += targets
    names = {refusal.__name__ for refusal in OPERATORS_ALONE}
    assert len(names) >= 4
    assert len(reached & set(modules_of("constancia"))) > 20
    used = {
        (module, node.id)
        for module in reached
        if not within(module, errors.__name__)
        for node in ast.walk(ast.parse(sources()[module].read_text()))
        if isinstance(node, ast.Name) and node.id in names
    }
    assert used == set()


def test_reports_have_a_word_for_every_refusal_of_the_api_and_for_every_mail_that_failed() -> None:
    assert set(report_wording.VALUES["reason"]) == PUBLIC | {
        delivery.REFUSED,
        delivery.UNKNOWN,
        delivery.LIMITED,
        delivery.BOUNCED,
    }


def test_the_openapi_document_names_every_refusal_of_the_api_with_its_status() -> None:
    assert set(OPENAPI["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == PUBLIC
    named = {
        (code, status)
        for path, operations in OPENAPI["paths"].items()
        for method in operations
        for code, status in documented_at(path, method).items()
    }
    assert named == {(code, str(wording.PROBLEMS[code].status)) for code in PUBLIC}


def met_by_programs_alone() -> set[str]:
    """The codes of the files of institutions, which no page of the portal sends, that nothing else answers."""
    assert not any("/files" in text for text in PORTAL.values())
    met: dict[bool, set[str]] = {True: set(), False: set()}
    for path, operations in OPENAPI["paths"].items():
        for method in operations:
            met[path.startswith("/api/verifications/files")] |= documented_at(path, method).keys()
    return met[True] - met[False]


def test_every_code_that_the_portal_knows_is_the_apis_or_its_own() -> None:
    made = {
        code
        for text in PORTAL.values()
        for code in re.findall(r'"(\w+)"', " ".join(re.findall(r"new Problem\((.*)", text)))
    }
    made |= set(re.findall(r'\d{3}: "(\w+)"', PORTAL["api.js"]))
    known = PORTAL["ways-out.js"] + PORTAL["request-ways.js"]
    ways = set(re.findall(r"^  (\w+): (?:\(|wait,)", known, re.MULTILINE))
    compared = {code for text in PORTAL.values() for code in re.findall(r'\.code [!=]== "(\w+)"', text)}
    assert len(made) >= 3
    assert len(ways) >= 10
    assert len(compared) >= 4
    assert (ways | compared) - PUBLIC - made == set()
    # The fields of `invalid_fields` are shown one by one; the portal sends nothing that is malformed.
    assert PUBLIC - met_by_programs_alone() - ways - compared == {"invalid_fields", "malformed_request"}


@pytest.mark.parametrize("signal", signals.SIGNALS, ids=lambda signal: signal.name)
def test_an_alarm_about_a_refusal_watches_a_function_that_answers_it(signal: parts.Signal) -> None:
    codes = {metric for metric in (signal.metric, *signal.among) if metric.islower()}
    routes = wiring.function(signal.function).routes
    answered = {code for route in routes for code in documented_at(route.path, route.method)}
    assert codes <= answered
