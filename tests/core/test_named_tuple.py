"""Our named tuples are those of `typing`, as far as anybody can tell."""

import copy
import pickle
from typing import NamedTuple as TypingsOwn

import pytest
from constancia.named_tuple import NamedTuple


class Ours(NamedTuple):
    """A column."""

    year: int
    grade: int = 1
    """From 1."""

    @property
    def next_year(self) -> int:
        return self.year + 1

    @classmethod
    def first(cls) -> "Ours":
        return cls(2013)


class Theirs(TypingsOwn):
    """A column."""

    year: int
    grade: int = 1
    """From 1."""


def test_it_is_made_compared_and_taken_apart_like_theirs() -> None:
    for kind in (Ours, Theirs):
        made = kind(2019, grade=4)
        year, grade = made
        assert (year, grade) == made == kind(grade=4, year=2019) == (2019, 4)
        assert hash(made) == hash((2019, 4))
        assert kind(2020).grade == 1
        assert made._replace(year=2020) == kind(2020, 4)
        assert made._asdict() == {"year": 2019, "grade": 4}
        assert kind._make([2019, 4]) == made
        assert not hasattr(made, "__dict__"), "it would weigh three times as much"


def test_it_says_the_same_of_itself() -> None:
    assert repr(Ours(2019, 4)) == "Ours(year=2019, grade=4)" == repr(Theirs(2019, 4)).replace("Theirs", "Ours")
    for name in ("__doc__", "__module__", "_fields", "_field_defaults", "__annotations__"):
        assert getattr(Ours, name) == getattr(Theirs, name), name
    assert Ours.__qualname__ == "Ours"


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((), {"grade": 2}), ((1,), {"school": 3}), ((1,), {"year": 1}), ((1, 2, 3), {}), ((1, 2), {"grade": 2})],
)
def test_what_is_missing_unknown_or_too_much_is_refused(values: tuple[int, ...], named: dict[str, int]) -> None:
    for kind in (Ours, Theirs):
        with pytest.raises(TypeError):
            kind(*values, **named)
    with pytest.raises(TypeError):
        Ours(2019)._replace(school=3)  # type: ignore[call-arg]


def test_it_keeps_its_methods_and_travels() -> None:
    assert Ours.first().next_year == 2014
    assert pickle.loads(pickle.dumps(Ours(2019, 4))) == copy.copy(Ours(2019, 4)) == Ours(2019, 4)  # noqa: S301
