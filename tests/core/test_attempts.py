"""Rule 3: whose failures count against whom."""

from constancia.attempts import DAY, HOUR, Guard, Limit, Limits, network_of

GUARD = Guard("IDENTITY", Limits(Limit(60, DAY), 15, Limit(600, HOUR)), b"secret")
NOON = 1_795_000_000


def keys(target: str, network: str, moment: int = NOON, also: str | None = None) -> set[str]:
    return {counter.key for counter in GUARD.counters(target, network, moment, also=also)}


def test_two_students_share_only_the_networks_counter() -> None:
    assert len(keys("71705600", "10.0.0.1") & keys("71705601", "10.0.0.1")) == 1
    assert not keys("71705600", "10.0.0.1") & keys("71705601", "10.0.0.2")


def test_two_networks_at_one_student_share_the_students_counter() -> None:
    assert len(keys("71705600", "10.0.0.1") & keys("71705600", "10.0.0.2")) == 1


def test_a_code_is_counted_besides_the_document() -> None:
    shared = keys("71705600", "10.0.0.1", also="C2CC6526") & keys("71705601", "10.0.0.2", also="C2CC6526")
    assert len(shared) == 1


def test_what_a_target_counts_by_network_is_told_apart_there_and_not_known_elsewhere() -> None:
    def names(target: str, network: str) -> list[str]:
        return [counter.network for counter in GUARD.counters(target, network, NOON, also="C2CC6526")]

    of_the_network, of_the_student, of_the_code = names("71705600", "10.0.0.1")
    assert not of_the_network, "it is the network's own"
    assert names("71705601", "10.0.0.1")[2] == of_the_code, "the same network at the same code"
    assert names("71705601", "10.0.0.1")[1] != of_the_student != of_the_code
    assert names("71705600", "10.0.0.2")[1] != of_the_student
    assert {counter.most_here for counter in GUARD.counters("71705600", "10.0.0.1", NOON)} == {0, 15}


def test_keys_tell_neither_a_document_nor_an_address() -> None:
    assert not any("71705600" in key or "10.0.0.1" in key for key in keys("71705600", "10.0.0.1"))


def test_purposes_and_installations_count_apart() -> None:
    others = (Guard("VERIFICATION", GUARD.limits, b"secret"), Guard("IDENTITY", GUARD.limits, b"another"))
    for other in others:
        assert not keys("7", "n") & {counter.key for counter in other.counters("7", "n", NOON)}


def test_a_counter_ends_with_its_window_and_the_next_one_is_another() -> None:
    for counter in GUARD.counters("71705600", "10.0.0.1", NOON):
        assert NOON < counter.ends_at <= NOON + DAY
        assert counter.key not in keys("71705600", "10.0.0.1", counter.ends_at)
        assert counter.key in keys("71705600", "10.0.0.1", counter.ends_at - 1)


def test_an_ipv6_customer_is_one_network() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("190.1.2.3") == "190.1.2.3"
    assert network_of("") == network_of("nonsense") == "unknown"
