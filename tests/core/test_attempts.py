"""Rule 3: whose failures count against whom."""

from datetime import datetime

import pytest
from constancia.guarding.attempts import DAY, HOUR, Attempt, Limit, Limiter, Limits, network_of
from constancia.guarding.human_proof import Proof
from constancia.lima import LIMA

GUARD = Limiter("IDENTITY", Limits(Limit(60, DAY), 15, Limit(600, HOUR)), b"secret")
NOON = 1_795_000_000
PROOF = Proof("one", 0)


def attempt(target: str, network: str, moment: int = NOON, guard: Limiter = GUARD) -> Attempt:
    return guard.attempt(PROOF, target, network, moment)


def keys(target: str, network: str, moment: int = NOON, guard: Limiter = GUARD) -> set[str]:
    counted = attempt(target, network, moment, guard)
    return {counted.target.key, counted.network.key}


def test_two_students_share_only_the_networks_counter() -> None:
    shared = keys("71705600", "10.0.0.1") & keys("71705601", "10.0.0.1")
    assert shared == {attempt("71705600", "10.0.0.1").network.key}
    assert not keys("71705600", "10.0.0.1") & keys("71705601", "10.0.0.2")


def test_two_networks_at_one_student_share_only_the_students_counter() -> None:
    shared = keys("71705600", "10.0.0.1") & keys("71705600", "10.0.0.2")
    assert shared == {attempt("71705600", "10.0.0.1").target.key}


def test_what_a_target_counts_by_network_is_told_apart_there_and_not_known_elsewhere() -> None:
    here = attempt("71705600", "10.0.0.1")
    assert not here.network.network, "it is the network's own"
    assert attempt("71705601", "10.0.0.1").target.network != here.target.network
    assert attempt("71705600", "10.0.0.2").target.network != here.target.network
    assert (here.target.most, here.target.most_here, here.network.most) == (60, 15, 600)


def test_keys_tell_neither_a_document_nor_an_address() -> None:
    assert not any("71705600" in key or "10.0.0.1" in key for key in keys("71705600", "10.0.0.1"))


def test_purposes_and_installations_count_apart() -> None:
    others = (Limiter("VERIFICATION", GUARD.limits, b"secret"), Limiter("IDENTITY", GUARD.limits, b"another"))
    for other in others:
        assert not keys("7", "n") & keys("7", "n", guard=other)


def test_a_counter_ends_with_its_window_and_the_next_one_is_another() -> None:
    counted = attempt("71705600", "10.0.0.1")
    for counter, length in ((counted.target, DAY), (counted.network, HOUR)):
        assert NOON < counter.ends_at <= NOON + length
        assert counter.key not in keys("71705600", "10.0.0.1", counter.ends_at)
        assert counter.key in keys("71705600", "10.0.0.1", counter.ends_at - 1)


def test_a_day_of_a_limit_ends_at_midnight_in_lima() -> None:
    ends_at = datetime.fromtimestamp(attempt("71705600", "10.0.0.1").target.ends_at, LIMA)
    assert (ends_at.hour, ends_at.minute) == (0, 0)


@pytest.mark.parametrize("address", ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:ffff::1"])
def test_a_64_of_ipv6_counts_and_so_do_all_65536_of_a_subscribers_48(address: str) -> None:
    assert network_of(address) == network_of("2001:db8:1::")
    assert network_of(address) != network_of("2001:db8:2::")


def test_an_ipv4_address_is_a_network_and_whatever_is_no_address_is_one() -> None:
    assert network_of("190.1.2.3") == "190.1.2.3"
    assert network_of("") == network_of("nonsense") == "unknown"
