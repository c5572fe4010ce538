"""What a function has ready before Lambda takes the snapshot that its copies begin with (SnapStart)."""

import os
from collections.abc import Callable

BEFORE_SNAPSHOT = "snap-start"
"""How Lambda names this kind of start in `AWS_LAMBDA_INITIALIZATION_TYPE` (Lambda developer guide, "SnapStart")."""


def prepare(*makers: Callable[[], object]) -> None:
    """Calls each maker, so that what it makes and keeps is in the snapshot; elsewhere nothing is called."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == BEFORE_SNAPSHOT:
        for make in makers:
            make()
