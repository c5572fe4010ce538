"""Fixtures of all tests: AWS simulated by moto, with the tables and buckets of the wiring; no call leaves it."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from infra.local import service, storage
from tests import dynamodb_local
from tests.journeys.citizen import MANY_TIMES

SAMPLES = Path(__file__).parents[1] / "events" / "sample"
PORTAL_URL = "https://constancia.example"

# Before anything reads its settings: no test can reach AWS, whatever this machine knows of it.
os.environ.update({**service.ENVIRONMENT, **service.settings(PORTAL_URL), "AWS_CONFIG_FILE": os.devnull})
# The same sample student asks in test after test; what limits successes is tested with the limits set back.
os.environ.update(MANY_TIMES)


# A slow machine is not a wrong one: no property has a deadline. A test that measures time compares two measurements of
# one run (`test_local.py`), reads a simulated network (Lighthouse), or sets a bound far beyond a slow machine.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def same_rsa_key() -> Iterator[None]:
    """The key of the seal is the same in each test: to make one takes a tenth of a second of processor time."""
    from moto.kms import utils

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "RSAPrivateKey", cache(utils.RSAPrivateKey))
        yield


@pytest.fixture
def aws() -> Iterator[None]:
    """The tables, buckets, queues and mail identity of the wiring, empty but for the sample students."""
    import boto3

    with service.moto():
        dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
        storage.create_tables(dynamodb)
        storage.load(dynamodb, SAMPLES)
        storage.create_rest()
        yield


@pytest.fixture(scope="session")
def engine() -> Iterator[dynamodb_local.Engine]:
    """Amazon's own DynamoDB engine, started once; where it cannot run, its tests are skipped and say why."""
    try:
        with dynamodb_local.running() as started:
            yield started
    except dynamodb_local.Unavailable as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture
def real_aws(engine: dynamodb_local.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As `aws`, with the tables in Amazon's engine: true transactions, streams and concurrency; moto plays the rest."""
    from constancia.aws import dynamodb

    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)
    engine.empty()
    dynamodb.client.cache_clear()
    with service.moto():
        storage.create_tables(engine.client())
        storage.load(engine.client(), SAMPLES)
        storage.create_rest()
        yield
    dynamodb.client.cache_clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config) -> None:
    """Says at the end which parts ran; what was skipped is listed above with its reason."""
    passed = terminalreporter.stats.get("passed", [])
    parts = sorted({report.nodeid.split("/")[1] for report in passed if "/" in report.nodeid})
    counts = {part: sum(report.nodeid.startswith(f"tests/{part}/") for report in passed) for part in parts}
    terminalreporter.write_line("ran: " + ", ".join(f"{part} {count}" for part, count in counts.items()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed, a skipped test is a failure: CI skips nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("tests were skipped, and CI skips nothing")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
