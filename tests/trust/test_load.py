"""A short load, so that the long one (`python -m tests.trust.load`) is known to work: what it finds is for that one."""

import pytest

from tests.trust.load import Own, outage


def test_what_was_acknowledged_survives_the_death_of_a_worker_and_of_the_database(best_store: str) -> None:
    if best_store == "aws":
        pytest.skip("only a database in a process of its own can be killed")
    findings, faults = outage(9, clients=4, students=50)
    assert faults == []
    assert findings.wrong == []
    assert findings.answers["verification 200 after the outage"] > 0
    assert {answer.split()[-1] for answer in findings.answers} <= {"200", "201", "404", "503", "answer", "outage"}


def test_the_load_knows_which_states_cannot_be() -> None:
    own = Own(begun=2, codes=["OLD", "NEW"])
    assert own.may_say("superseded", "OLD", known=2)
    assert not own.may_say("valid", "OLD", known=2)
    assert own.may_say("valid", "OLD", known=1), "the new one was acknowledged after the question was sent"
    assert own.may_say("valid", "NEW", known=2)
    assert not own.may_say("superseded", "NEW", known=2)
    assert not own.may_say("annulled", "NEW", known=2)
