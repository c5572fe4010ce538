"""The inbox on this machine: each file is processed as by the cloud's workflow, one batch after the other."""

import json
import logging
import threading
import time
from functools import cached_property
from typing import Any

import boto3

from infra import parts
from infra.local.runtime import Invoke
from infra.local.storage import REGION, names

PAUSE = 0.5
"""Seconds between two listings of the bucket."""
TURN = 0.01
"""Seconds between two batches. A function handles one event at a time; in the pause, others can ask or cancel."""

logger = logging.getLogger(__name__)


class Inbox:
    """Brings the files of one bucket to one function."""

    def __init__(self, function: parts.Function, invoke: Invoke) -> None:
        assert function.files is not None  # noqa: S101 made only for functions with files
        self.name = function.name
        self.trigger = function.files
        self.invoke = invoke
        self.bucket = names()[f"{self.trigger.bucket.upper()}_BUCKET"]
        self.seen: set[tuple[str, str, str]] = set()

    @cached_property
    def s3(self) -> Any:
        """The client; made by the thread that lists, as each takes a hundredth of the service's start."""
        return boto3.client("s3", region_name=REGION)

    def run(self, stopping: threading.Event) -> None:
        """Processes the files that arrive, until `stopping` is set. A load that fails is logged."""
        while not stopping.wait(PAUSE):
            for key in self.arrived():
                try:
                    self.work_off(key)
                except Exception:
                    logger.exception("the load of %s failed; drop it again", key)

    def arrived(self) -> list[str]:
        """The keys of files that are new or were replaced since the last listing, oldest first."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.trigger.prefix).get("Contents", [])
        arrivals = {(item["Key"], item["ETag"], item["LastModified"].isoformat()) for item in found}
        fresh = sorted(arrivals - self.seen, key=lambda arrival: arrival[2])
        self.seen = arrivals
        return [key for key, _, _ in fresh]

    def work_off(self, key: str) -> dict[str, Any]:
        """Plans a file, loads its batches, finishes; returns the summary of the load."""
        planned = self.call({"step": "plan", "key": key})
        plan = json.loads(self.s3.get_object(Bucket=self.bucket, Key=planned["plan"])["Body"].read())
        for batch in plan:
            self.call({"step": "batch", "load": planned["load"], "batch": batch})
            time.sleep(TURN)
        return self.call({"step": "finish", "planned": planned})

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """Calls the function for one step, with the retries of the workflow. Its answer is passed through JSON.

        Raises:
            Exception: the function failed on every try.
        """
        for attempt in range(self.trigger.retries + 1):
            try:
                answer: dict[str, Any] = json.loads(json.dumps(self.invoke(self.name, event)))
            except Exception:
                if attempt == self.trigger.retries:
                    raise
                logger.warning("%s %s: trying again", self.name, event["step"])
            else:
                return answer
        raise AssertionError("unreachable")
