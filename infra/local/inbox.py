"""The inbox on this machine: what arrives is worked off as the cloud's workflow does, one batch after the other."""

import json
import logging
import threading
import time
from typing import Any

import boto3

from infra import wiring
from infra.local.runtime import Invoke
from infra.local.storage import REGION, names

PAUSE = 0.5
"""Seconds between two looks."""
TURN = 0.01
"""Seconds between two batches: one event at a time is the function's, and whoever asks or cancels gets a turn."""

logger = logging.getLogger(__name__)


class Inbox:
    """Brings the files of a bucket to one function."""

    def __init__(self, function: wiring.Function, invoke: Invoke) -> None:
        assert function.files is not None  # noqa: S101 only functions with files are fed
        self.name = function.name
        self.trigger = function.files
        self.invoke = invoke
        self.s3 = boto3.client("s3", region_name=REGION)
        self.bucket = names()[f"{self.trigger.bucket.upper()}_BUCKET"]
        self.seen: set[tuple[str, str, str]] = set()

    def run(self, stopping: threading.Event) -> None:
        """Looks again and again until told to stop."""
        while not stopping.wait(PAUSE):
            for key in self.arrived():
                try:
                    self.work_off(key)
                except Exception:
                    logger.exception("the load of %s failed; drop it again", key)

    def arrived(self) -> list[str]:
        """The files that were not there at the last look, or are there anew."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.trigger.prefix).get("Contents", [])
        arrivals = {(item["Key"], item["ETag"], item["LastModified"].isoformat()) for item in found}
        fresh = sorted(arrivals - self.seen, key=lambda arrival: arrival[2])
        self.seen = arrivals
        return [key for key, _, _ in fresh]

    def work_off(self, key: str) -> dict[str, Any]:
        """Plan, batches, finish; the summary of the load."""
        planned = self.call({"step": "plan", "key": key})
        plan = json.loads(self.s3.get_object(Bucket=self.bucket, Key=planned["plan"])["Body"].read())
        for batch in plan:
            self.call({"step": "batch", "load": planned["load"], "batch": batch})
            time.sleep(TURN)
        return self.call({"step": "finish", "planned": planned})

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """One step, tried again as the workflow does. What passes between steps is JSON here as there."""
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
