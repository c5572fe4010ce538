"""The vocabulary of `infra.wiring`: what a table, a bucket, a function, a trigger, a grant and a signal are made of."""

import copy
from dataclasses import dataclass
from typing import Any

SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""A placeholder in an event. EventBridge Scheduler replaces it by the moment that was due; a retry gets the same."""

MAIL = "mail"
"""The mail service, where a grant or a trigger names a resource."""
ASYNCHRONOUS_RETRIES = 2
"""How often Lambda repeats a failed run that nobody waits for (the most that it offers) before it sends the event to
the function's dead-letter queue."""


@dataclass(frozen=True)
class Index:
    """A global secondary index of a table: its keys, and the attributes that it carries besides all keys."""

    name: str
    key: str
    sort: str
    carries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A DynamoDB table. All its key attributes are strings."""

    name: str
    holds: str
    key: str
    sort: str | None = None
    indexes: tuple[Index, ...] = ()
    expiry: str | None = None
    """The attribute with the Unix time after which DynamoDB deletes an item."""
    restorable: bool = True
    """Its state at any moment of the last 35 days can be restored, so whatever it deletes is kept that long."""
    copied: bool = False
    """It is copied every night into a vault whose copies nobody deletes early: no file could bring it back."""
    stream: bool = False
    """Changes are streamed with the new and the old image."""

    @property
    def setting(self) -> str:
        """The name of the setting that gives functions the table's name in AWS."""
        return f"{self.name.upper()}_TABLE"


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket. Every bucket is private and encrypted."""

    name: str
    holds: str
    old_versions_days: int = 90
    """Days for which a version that was replaced or deleted can be restored."""
    written_once: bool = False
    """No object is ever replaced or deleted."""
    by_link: bool = False
    """People download its objects through signed links."""
    expires_after_days: int | None = None
    expiring: tuple[str, int] | None = None
    """How the keys begin of objects that are deleted after so many days, and a day later for good; others are kept."""
    locked_days: int | None = None
    """Days for which nobody, not even the account's owner, deletes a version of an object in production."""
    public_folder: str = ""
    """Everybody reads its objects through CloudFront, at the path that is their key; this is how their keys begin."""

    @property
    def setting(self) -> str:
        """The name of the setting that gives functions the bucket's name in AWS."""
        return f"{self.name.upper()}_BUCKET"


@dataclass(frozen=True)
class Queue:
    """An SQS queue that functions send to and read from."""

    name: str
    holds: str

    @property
    def setting(self) -> str:
        """The name of the setting that gives functions the queue's URL."""
        return f"{self.name.upper()}_QUEUE"


@dataclass(frozen=True)
class SigningKey:
    """A pair of keys in KMS whose private half never leaves it. When one takes the place of another, both are kept."""

    name: str
    holds: str
    spec: str
    """The kind of key, as KMS names it."""

    @property
    def setting(self) -> str:
        """The name of the setting that gives functions the keys: the one that signs, then all others that are known."""
        return f"{self.name.upper()}_KEYS"


@dataclass(frozen=True)
class Route:
    """One method and path of the API. Beyond `a_second` requests a second, API Gateway answers 429 by itself."""

    method: str
    path: str
    a_second: int


@dataclass(frozen=True)
class StreamTrigger:
    """The changes of a table, in batches and in order. The function names the first one that must come again."""

    table: str
    patterns: tuple[dict[str, Any], ...]
    """Which changes, as event filters of Lambda: those that pass one of them."""
    batch: int = 10
    window_s: int = 0
    """Seconds for which changes are gathered into a batch. This machine does not wait for them."""
    late_minutes: int = 10
    """How far behind the function may be before operators are alarmed."""
    retries: int | None = None
    """How often a change comes again before it goes to the function's dead-letter queue; None for as long as the stream
    keeps it, which is a day."""


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """A filter of a stream: changes of items that were like `before` and are like `after`."""
    return {"eventName": ["MODIFY"], "dynamodb": {"OldImage": before, "NewImage": after}}


MILESTONES = (
    changed({"state": {"S": ["reserved"]}}, {"state": {"S": ["issued"]}}),
    *(
        changed({day: {"S": [{"exists": False}]}}, {day: {"S": [{"exists": True}]}})
        for day in ("superseded_on", "annulled_on")
    ),
)
"""The changes of the table `certificates` by which a certificate is issued, superseded or annulled."""


@dataclass(frozen=True)
class BusTrigger:
    """Events of the account's default event bus that match a pattern."""

    pattern: dict[str, Any]
    about: str = ""
    """A bucket: only calls of S3 about its objects, as CloudTrail reports them. `mail`: only what SES reports of our
    e-mails, by their configuration set. Stages of one account share the bus."""
    retries: int = 5
    """How often EventBridge tries again to hand over an event. Failed runs are `ASYNCHRONOUS_RETRIES`' matter."""

    def event_pattern(self, name: str) -> dict[str, Any]:
        """The whole pattern of EventBridge, limited to the bucket or configuration set of that name in AWS."""
        pattern = copy.deepcopy(self.pattern)
        if self.about == MAIL:
            pattern["detail"]["mail"]["tags"]["ses:configuration-set"] = [name]
        else:
            pattern["detail"]["requestParameters"] = {"bucketName": [name]}
        return pattern


@dataclass(frozen=True)
class Schedule:
    """A recurring moment in Lima time, and the event that the function receives then."""

    name: str
    expression: str
    """`cron(minutes hours day-of-month month day-of-week year)`, as EventBridge Scheduler reads it."""
    event: dict[str, Any]
    retries: int = 5
    """How often the scheduler tries again to hand over an event. Failed runs are `ASYNCHRONOUS_RETRIES`' matter."""


@dataclass(frozen=True)
class FileTrigger:
    """Files put into a bucket, each processed by the function in three steps: plan, parallel batches, finish.

    In the cloud a Step Functions workflow calls the steps (see `infra.workflow`), on this machine a thread.
    """

    bucket: str
    prefix: str
    """The key prefix under which files arrive. The steps write under other prefixes, which start nothing."""
    plans: str = "work/"
    """The key prefix under which the plan step writes the list of batches."""
    by_link: bool = False
    """Files come by a link that a function signs; operators put none there."""
    parallel: int = 8
    """Batches at a time. With fewer, slow calls would leave the write quota of the table unused, see docs/cost.md."""
    retries: int = 8


@dataclass(frozen=True)
class Grant:
    """The only actions that a function may perform on one table, index, bucket, queue or key, or on a service.

    The services are `mail` and `sms`.
    """

    resource: str
    actions: tuple[str, ...]
    index: str | None = None
    keys: tuple[str, ...] = ()
    """The partition keys (DynamoDB) or key prefixes (S3) that the grant is limited to; empty for all."""


@dataclass(frozen=True)
class Function:
    """One Lambda function, whose code is the file of that name in `functions/`."""

    name: str
    does: str
    grants: tuple[Grant, ...]
    routes: tuple[Route, ...] = ()
    stream: StreamTrigger | None = None
    bus: BusTrigger | None = None
    schedules: tuple[Schedule, ...] = ()
    files: FileTrigger | None = None
    operators: bool = False
    """The operators' role may invoke it."""
    settings: tuple[str, ...] = ()
    layers: tuple[str, ...] = ("core",)
    memory_mb: int = 1024
    timeout_s: int = 10
    concurrency: int | None = None
    """Concurrent copies that production reserves for it and that it cannot exceed. A deployment may reserve more or
    fewer in all, which functions share in the same proportions. None shares the account's rest."""

    @property
    def asynchronous(self) -> bool:
        """Whether EventBridge or its scheduler calls it, which hand an event over and do not see how the run ends."""
        return bool(self.bus or self.schedules)

    @property
    def in_background(self) -> bool:
        """Whether something calls it that does not wait for an answer, so that it needs a dead-letter queue."""
        return bool(self.stream or self.bus or self.schedules or self.files)

    @property
    def wakes_on(self) -> str:
        """A few words about what calls it, for the README."""
        if self.routes:
            return ", ".join(f"`{route.method} {route.path}`" for route in self.routes)
        if self.stream:
            return f"changes of the table `{self.stream.table}`"
        if self.files:
            return f"files{' of institutions' if self.files.by_link else ''} in the bucket `{self.files.bucket}`"
        if self.schedules:
            return "a schedule"
        if self.bus and self.bus.about == MAIL:
            return "what SES reports of an e-mail"
        return f"reads of the bucket `{self.bus.about}`" if self.bus else "an operator's call"


@dataclass(frozen=True)
class Signal:
    """An alarm on a function's own metric: on its count within five minutes or, with `among`, on its share."""

    name: str
    says: str
    function: str
    metric: str
    above: float
    """The count (without `among`) or the share (with it, 0 to 1) above which operators are alarmed."""
    among: tuple[str, ...] = ()
    """The metrics of the same function whose sum is the whole that the share refers to."""
