"""A short load, so that the long one (`python -m tests.trust.load`) is known to work; its figures are not judged."""

import pytest

from tests.trust.load.analysis import may_be
from tests.trust.load.runs import outage


def test_what_was_acknowledged_survives_the_death_of_a_worker_and_of_the_database(best_store: str) -> None:
    if best_store == "aws":
        pytest.skip("only a database in a process of its own can be killed")
    findings, faults = outage(9, clients=4, students=50)
    assert faults == []
    assert findings.wrong == []
    assert findings.answers["verification 200 after the outage"] > 0
    assert {answer.split()[-1] for answer in findings.answers} <= {"200", "201", "404", "503", "answer", "outage"}


def test_the_load_knows_which_states_cannot_be() -> None:
    assert may_be("valid")
    assert not may_be("superseded"), "another copy that says the same supersedes nothing"
    assert not may_be("annulled")
