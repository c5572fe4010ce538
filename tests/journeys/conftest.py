"""One service for the journeys of a test module, on a free port."""

from collections.abc import Iterator

import pytest

from infra.local import service
from tests.journeys.citizen import Citizen


@pytest.fixture(scope="module")
def running() -> Iterator[service.Service]:
    """The whole service, as `make serve` runs it."""
    with service.running(0) as started:
        yield started


@pytest.fixture
def citizen(running: service.Service) -> Citizen:
    """Somebody who speaks to it."""
    return Citizen(running.url)
