"""What GitHub runs, run here with commands that only note how they are called."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}
"""How GitHub calls the shell of a step, by what the workflow says of it (GitHub Actions, "Workflow syntax")."""


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder with commands; each notes in the file `called` with what it was called, and does nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("make", "npx", "apt-get", "firefox", "chromium", "WebKitWebDriver", "Xvfb", "qpdf", "pdftoppm"):
        stub(folder, name)
    for name in ("java", "mvn", "npm"):
        stub(folder, name)
    for name in ("bash", "tee", "cat", "dirname", "env"):
        (folder / name).symlink_to(str(shutil.which(name)))
    return folder


def stub(folder: Path, name: str, ends: int = 0) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder.parent}/called\nexit {ends}\n')
    (folder / name).chmod(0o755)


def called(commands: Path) -> list[str]:
    return (commands.parent / "called").read_text().splitlines()


def run_step(name: str, commands: Path, **environment: str) -> int:
    """Runs the step of that name of the workflow `deploy`; gives the status that it ends with."""
    workflow: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())
    (step,) = [step for job in workflow["jobs"].values() for step in job["steps"] if step.get("name") == name]
    script = commands.parent / "step.sh"
    script.write_text(step["run"])
    shell = SHELLS[workflow.get("defaults", {}).get("run", {}).get("shell")]
    given = {"PATH": str(commands), "STAGE": "trial", "GITHUB_STEP_SUMMARY": str(commands.parent / "summary")}
    run = subprocess.run([*shell, str(script)], cwd=commands.parent, env={**given, **environment}, check=False)
    return run.returncode


@pytest.mark.parametrize(
    ("chosen", "context"),
    [("", "-c stage=trial"), ("domain=a.example budget=5", "-c stage=trial -c domain=a.example -c budget=5")],
)
def test_the_difference_is_that_of_the_chosen_stage(commands: Path, chosen: str, context: str) -> None:
    """`WITH` may be empty: the stage's file may have every value."""
    assert run_step("Show the difference", commands, WITH=chosen) == 0
    assert called(commands)[-1].endswith(f"diff --all {context}")


def test_nobody_is_asked_to_approve_a_difference_that_could_not_be_shown(commands: Path) -> None:
    stub(commands, "npx", ends=1)
    assert run_step("Show the difference", commands, WITH="") != 0


def test_the_checks_run_on_ubuntu_where_firefox_has_another_name(commands: Path) -> None:
    environment = {**os.environ, "PATH": str(commands)}
    subprocess.run([commands / "bash", ROOT / ".ci" / "run"], env=environment, check=True)
    assert called(commands) == ["make check", "make test", "make prove"]
