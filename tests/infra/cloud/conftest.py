"""One synthesised deployment for all tests of the cloud, whatever number of processes run them."""

import fcntl
import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.infra.cloud.assembly import Assembly, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Assembly:
    """The deployment of production, with every rule of cdk-nag held against it."""
    if importlib.util.find_spec("aws_cdk") is None or shutil.which("node") is None:
        pytest.skip("the CDK is not installed here, or Node, which it runs on")
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    folder = shared / "cdk.out"
    with (shared / "cdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        finished = Path(f"{folder}.finished")
        made = Assembly(folder) if finished.exists() else synthesise(folder)
        finished.touch()
    return made
