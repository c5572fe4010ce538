"""Lambda on this machine: each function is loaded from its file and handles one event at a time."""

import importlib.util
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

from infra import wiring

FUNCTIONS = Path(__file__).parents[2] / "functions"

Event = dict[str, Any]
Invoke = Callable[[str, Event], Any]
"""Calls a function: takes its name and an event, returns its answer."""


@dataclass
class Context:
    """The context that Lambda passes to a handler (Lambda developer guide, "Lambda context object in Python")."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    log_group_name: str = "local"
    log_stream_name: str = "local"
    function_version: str = "$LATEST"

    @property
    def invoked_function_arn(self) -> str:
        """The function's ARN, in the form that Lambda gives."""
        return f"arn:aws:lambda:us-east-1:000000000000:function:{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Always ten seconds: this machine sets no time limit."""
        return 10_000


def load(name: str) -> ModuleType:
    """A fresh copy of a function's module, which reads its settings from the current environment."""
    spec = importlib.util.spec_from_file_location(name, FUNCTIONS / f"{name}.py")
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 a path always has a loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Runtime:
    """The functions of the wiring. Each handles one event at a time, as in one execution environment of Lambda."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.locks = {function.name: Lock() for function in wiring.FUNCTIONS}

    def invoke(self, name: str, event: Event) -> Any:
        """Runs a function on an event and returns its answer.

        Raises:
            Exception: any exception that the function does not handle.
        """
        with self.locks[name]:
            if name not in self.modules:
                self.modules[name] = load(name)
            module = self.modules[name]
            try:
                return module.handler(event, Context(name, wiring.function(name).memory_mb))
            finally:
                # Switched off, Powertools keeps what was counted, and prints it all when a metric has 100 values.
                if counted := getattr(module, "metrics", None):
                    counted.clear_metrics()

    def warm_up(self) -> None:
        """Loads every function that is not loaded yet."""
        for name, lock in self.locks.items():
            with lock:
                if name not in self.modules:
                    self.modules[name] = load(name)
