"""The service that the promises are tested on."""

from collections.abc import Iterator

import pytest

from tests import dynamodb_local
from tests.journeys.citizen import QUICK_PROOFS
from tests.trust.world import World


@pytest.fixture(scope="session")
def best_store() -> str:
    """Amazon's engine where it can run; else moto, which is slower here and knows less."""
    try:
        dynamodb_local.fetch()
    except dynamodb_local.Unavailable:
        return "aws"
    return "real_aws"


@pytest.fixture
def quick_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Human proofs that cost nothing."""
    for name, value in QUICK_PROOFS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def world(request: pytest.FixtureRequest, best_store: str, quick_proofs: None) -> Iterator[World]:
    """The service over the best engine there is, with the sample students."""
    request.getfixturevalue(best_store)
    yield from _world()


@pytest.fixture
def real_world(real_aws: None, quick_proofs: None) -> Iterator[World]:
    """The service over Amazon's engine, for what moto cannot show."""
    yield from _world()


def _world() -> Iterator[World]:
    made = World()
    with made.failing.installed():
        yield made
