"""THE table of the service: what is stored, what runs, what wakes it, and what each part may touch.

The cloud (`infra.cloud`), this machine's service (`infra.local`), the tests and the README read it; nothing about the
parts is written twice. A function's environment follows from its row: a table or bucket it is granted arrives under
its setting's name, and so does every setting the row lists (see `constancia.settings`).
"""

from dataclasses import dataclass
from typing import Any

LAYERS = ("core", "rendering")

LIVE = "live"
"""In the cloud, the alias by which a function is called; a roll-back moves it to an older version."""


@dataclass(frozen=True)
class Index:
    """A secondary index of a table: its keys, and the attributes it carries besides them."""

    name: str
    key: str
    sort: str
    carries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A DynamoDB table. All keys are strings unless said otherwise."""

    name: str
    holds: str
    key: str
    sort: str | None = None
    indexes: tuple[Index, ...] = ()
    expiry: str | None = None
    """The attribute with the Unix time after which an item is forgotten."""
    stream: bool = False
    """Changes are streamed with the new and the old image."""
    numbers: tuple[str, ...] = ()
    """The key attributes that are numbers."""

    @property
    def setting(self) -> str:
        """The setting that names the table to a function."""
        return f"{self.name.upper()}_TABLE"


@dataclass(frozen=True)
class Bucket:
    """An S3 bucket, private and encrypted as all are."""

    name: str
    holds: str
    written_once: bool = False
    """No object is ever replaced or deleted."""
    expires_after_days: int | None = None

    @property
    def setting(self) -> str:
        """The setting that names the bucket to a function."""
        return f"{self.name.upper()}_BUCKET"


@dataclass(frozen=True)
class Route:
    """One method and path of the API, and how many requests a second it takes before it answers 429 by itself."""

    method: str
    path: str
    a_second: int


@dataclass(frozen=True)
class StreamTrigger:
    """Changes of a table, in batches; what fails again and again goes to the function's dead-letter queue."""

    table: str
    pattern: dict[str, Any]
    """Which changes, as an event filter of Lambda."""
    batch: int = 10
    retries: int = 5


@dataclass(frozen=True)
class BusTrigger:
    """Events of the account's default bus, by their pattern."""

    pattern: dict[str, Any]
    bucket: str | None = None
    """Only those about this bucket's objects, as CloudTrail tells of them."""
    retries: int = 5


SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
"""In an event, what EventBridge Scheduler replaces by the moment it was due: a retry speaks of the same day."""


@dataclass(frozen=True)
class Schedule:
    """A moment that comes again, in Lima time, and the event that the function then gets."""

    name: str
    expression: str
    """`cron(minutes hours day-of-month month day-of-week year)`, as EventBridge Scheduler reads it."""
    event: dict[str, Any]
    retries: int = 5


@dataclass(frozen=True)
class FileTrigger:
    """Files put into a bucket, each worked off by the function in three steps: plan, batches side by side, finish.

    In the cloud a Step Functions workflow with a Distributed Map, see `infra.workflow`; on this machine a thread.
    """

    bucket: str
    prefix: str
    """Under which files arrive; what the steps write lies under other prefixes and wakes nothing."""
    parallel: int = 8
    """Batches at a time: fewer would not meet the write quota of the table if calls were slow, see docs/cost.md."""
    retries: int = 8


@dataclass(frozen=True)
class Grant:
    """What a function may do with one table, index or bucket, and nothing else."""

    resource: str
    actions: tuple[str, ...]
    index: str | None = None
    keys: tuple[str, ...] = ()
    """The partition keys (DynamoDB) or key prefixes (S3) it is limited to; empty for all."""


@dataclass(frozen=True)
class Function:
    """One Lambda function: the file of that name in `functions/`."""

    name: str
    does: str
    grants: tuple[Grant, ...]
    routes: tuple[Route, ...] = ()
    stream: StreamTrigger | None = None
    bus: BusTrigger | None = None
    schedules: tuple[Schedule, ...] = ()
    files: FileTrigger | None = None
    operators: bool = False
    """Operators call it by hand: their role may invoke it."""
    settings: tuple[str, ...] = ()
    layers: tuple[str, ...] = ("core",)
    memory_mb: int = 1024
    timeout_s: int = 10
    concurrency: int | None = None
    """How many copies are kept for it alone, and no more; None shares what is left."""

    @property
    def wakes_on(self) -> str:
        """What calls it, in a few words."""
        if self.routes:
            return ", ".join(f"`{route.method} {route.path}`" for route in self.routes)
        if self.stream:
            return f"changes of the table `{self.stream.table}`"
        if self.files:
            return f"files in the bucket `{self.files.bucket}`"
        if self.schedules:
            return "a schedule"
        return "reads of the bucket `pdfs`" if self.bus else "an operator's call"


TABLES = (
    Table(
        "certificates",
        "issued certificates by virtual code, each holder's current one, the last serial number",
        key="virtual_code",
        indexes=(Index("by_issue_day", "issue_day", "serial_number"),),
        expiry="expires_at",
        stream=True,
        numbers=("serial_number",),
    ),
    Table("requests", "accepted requests, for 24 hours", key="request_id", expiry="expires_at"),
    Table("people", "replica of the people registry", key="document_number"),
    Table("school_records", "replica of the school records", key="student", sort="level_year"),
    Table("attempts", "counters of failed attempts and used proofs, for a day", key="subject", expiry="ends_at"),
    Table(
        "events",
        "the event log, without personal data",
        key="day_shard",
        sort="time",
        indexes=(Index("by_code", "virtual_code", "time", carries=("name", "outcome", "reason")),),
    ),
)

BUCKETS = (
    Bucket("pdfs", "the certificates, each under a key nobody can guess", written_once=True),
    Bucket("inbox", "files of people and school records to load", expires_after_days=30),
    Bucket("reports", "daily and monthly reports"),
    Bucket("portal", "the web pages"),
)

PROOF_SETTINGS = (
    "HUMAN_PROOF",
    "ALTCHA_COST",
    "ALTCHA_NUMBERS",
    "RECAPTCHA_SECRET",
    "RECAPTCHA_SITE_KEY",
    "RECAPTCHA_HOST",
    "RECAPTCHA_URL",
    "ORIGIN_SECRET",
)

RECORD_EVENT = Grant("events", ("PutItem",))

FUNCTIONS = (
    Function(
        "validate_request",
        "Checks a request and the identity behind it, and keeps it for 24 hours.",
        routes=(Route("GET", "/api/captcha", 2000), Route("POST", "/api/requests", 500)),
        grants=(
            Grant("people", ("BatchGetItem",)),
            Grant("attempts", ("GetItem", "PutItem", "UpdateItem")),
            Grant("requests", ("PutItem",)),
            RECORD_EVENT,
        ),
        settings=(
            *PROOF_SETTINGS,
            "IDENTITY_FAILURES_HERE",
            "IDENTITY_FAILURES_TARGET",
            "IDENTITY_FAILURES_NETWORK",
        ),
        concurrency=300,
    ),
    Function(
        "assemble_transcript",
        "Reads the student's years once and freezes the transcript into the request.",
        routes=(Route("GET", "/api/requests/{request_id}/transcript", 500),),
        grants=(
            Grant("requests", ("GetItem", "UpdateItem")),
            Grant("school_records", ("Query",)),
            RECORD_EVENT,
        ),
        concurrency=200,
    ),
    Function(
        "render_certificate",
        "Turns the accepted transcript into a certificate and its PDF, once.",
        routes=(Route("POST", "/api/requests/{request_id}/certificate", 500),),
        grants=(
            Grant("requests", ("GetItem", "UpdateItem")),
            Grant("certificates", ("GetItem", "PutItem", "UpdateItem")),
            Grant("pdfs", ("GetObject", "PutObject")),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL", "DOWNLOADS_URL"),
        layers=("core", "rendering"),
        memory_mb=1769,
        concurrency=200,
    ),
    Function(
        "verify_certificate",
        "Answers whether a certificate is true and what it says.",
        routes=(
            Route("POST", "/api/verifications", 2000),
            Route("POST", "/api/verifications/history", 200),
        ),
        grants=(
            Grant("certificates", ("GetItem",)),
            Grant("school_records", ("Query",)),
            Grant("events", ("Query",), index="by_code"),
            Grant("attempts", ("GetItem", "PutItem", "UpdateItem")),
            Grant("pdfs", ("GetObject",)),
            RECORD_EVENT,
        ),
        settings=(
            *PROOF_SETTINGS,
            "DOWNLOADS_URL",
            "TELL_CORRECTIONS",
            "VERIFICATION_FAILURES_HERE",
            "VERIFICATION_FAILURES_TARGET",
            "VERIFICATION_FAILURES_NETWORK",
        ),
        concurrency=500,
    ),
    Function(
        "send_certificate",
        "Sends the e-mail of each newly issued certificate, once.",
        stream=StreamTrigger(
            "certificates",
            {
                "eventName": ["MODIFY"],
                "dynamodb": {
                    "OldImage": {"state": {"S": ["reserved"]}},
                    "NewImage": {"state": {"S": ["issued"]}},
                },
            },
        ),
        grants=(
            Grant("certificates", ("UpdateItem",)),
            Grant("mail", ("SendEmail",)),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL", "MAIL_SENDER"),
        timeout_s=60,
    ),
    Function(
        "count_download",
        "Counts each download of a PDF by its link.",
        # Reads of the bucket reach the bus through CloudTrail's data events; links are the reads signed in the query.
        bus=BusTrigger(
            {
                "source": ["aws.s3"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventName": ["GetObject"],
                    "errorCode": [{"exists": False}],
                    "additionalEventData": {"AuthenticationMethod": ["QueryString"]},
                },
            },
            bucket="pdfs",
        ),
        grants=(RECORD_EVENT,),
    ),
    Function(
        "ingest_records",
        "Loads a file of people or school records from the inbox: plans it, loads each batch, sums up.",
        files=FileTrigger("inbox", "incoming/"),
        operators=True,
        grants=(
            Grant("people", ("BatchGetItem", "PutItem")),
            Grant("school_records", ("BatchGetItem", "PutItem")),
            Grant("inbox", ("GetObject", "PutObject", "AbortMultipartUpload")),
            Grant("inbox", ("ListBucket",)),
            Grant("reports", ("GetObject", "PutObject"), keys=("loads/",)),
            Grant("reports", ("ListBucket",)),
            Grant("mail", ("SendEmail",)),
        ),
        settings=("MAIL_SENDER", "OPERATORS_MAIL"),
        memory_mb=1769,
        # A plan streams a file of up to 50 GB by; a batch takes seconds.
        timeout_s=900,
    ),
    Function(
        "report_issuance",
        "Reports a day or a month from the event log, as CSV and PDF, and tells operators.",
        schedules=(
            # Three hours after midnight nothing of the day before can still arrive.
            Schedule("daily", "cron(0 3 * * ? *)", {"period": "day", "at": SCHEDULED_TIME, "tell": True}),
            Schedule("monthly", "cron(30 3 1 * ? *)", {"period": "month", "at": SCHEDULED_TIME, "tell": True}),
        ),
        operators=True,
        grants=(
            Grant("events", ("Query",)),
            Grant("reports", ("GetObject", "PutObject"), keys=("figures/", "daily/", "monthly/")),
            # Without it S3 answers "forbidden" for what is not there yet.
            Grant("reports", ("ListBucket",)),
            Grant("mail", ("SendEmail",)),
        ),
        settings=("MAIL_SENDER", "OPERATORS_MAIL", "REPORTS_URL"),
        layers=("core", "rendering"),
        memory_mb=1769,
        timeout_s=900,
    ),
    Function(
        "annul_certificate",
        "Declares a certificate void, with a reason that every verifier then reads.",
        operators=True,
        grants=(Grant("certificates", ("GetItem", "UpdateItem")), RECORD_EVENT),
    ),
    Function(
        "show_certificate",
        "Shows the state of a certificate and its history, with no name and no document number.",
        operators=True,
        grants=(Grant("certificates", ("GetItem",)), Grant("events", ("Query",), index="by_code")),
    ),
    Function(
        "resend_certificate",
        "Sends the e-mail of a certificate once more, to the address of its request.",
        operators=True,
        grants=(Grant("certificates", ("GetItem", "UpdateItem")), Grant("mail", ("SendEmail",)), RECORD_EVENT),
        settings=("PORTAL_URL", "MAIL_SENDER"),
        timeout_s=30,
    ),
)


@dataclass(frozen=True)
class Signal:
    """What operators are told of: a count of a function's metric within five minutes, or its share of others."""

    name: str
    says: str
    function: str
    metric: str
    above: float
    """The count, or with `among` the share, from which on it is worth telling."""
    among: tuple[str, ...] = ()
    """The metrics of the same function that make up the whole, if it is a share."""


SIGNALS = (
    Signal(
        "identities_refused",
        "More than half of those who ask are refused for their identity: somebody guesses, or the registry is stale.",
        "validate_request",
        "identity_not_confirmed",
        above=0.5,
        among=("identity_not_confirmed", "RequestAccepted"),
    ),
    Signal(
        "guessing_stopped",
        "Many run into the limits of failed attempts.",
        "validate_request",
        "too_many_attempts",
        above=100,
    ),
    Signal(
        "codes_guessed",
        "More than half of the verifications name no certificate.",
        "verify_certificate",
        "certificate_not_found",
        above=0.5,
        among=("certificate_not_found", "CertificateVerified"),
    ),
    Signal(
        "rendered_by_reference",
        "More than a twentieth of the certificates need the slower way to draw them.",
        "render_certificate",
        "RenderedByReference",
        above=0.05,
        among=("CertificateIssued",),
    ),
    *(
        Signal(
            f"{function}_{metric.lower()}",
            says,
            function,
            metric,
            above=above,
        )
        for function in ("validate_request", "assemble_transcript", "render_certificate", "verify_certificate")
        for metric, above, says in (
            ("temporarily_unavailable", 10, "Citizens are told to try again: a store does not answer."),
            ("UnexpectedError", 0, "An error that nobody foresaw; the log says where."),
            ("EventNotRecorded", 0, "Refusals are missing from the event log."),
        )
    ),
)

PORTAL_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer of the one origin carries, on this machine and in the cloud."""

PORTAL_CACHING = "no-cache"
"""A page and its modules are asked for again each time (an unchanged one is not sent again), so they always agree."""


def table(name: str) -> Table:
    """The table of that name."""
    return next(table for table in TABLES if table.name == name)


def function(name: str) -> Function:
    """The function of that name."""
    return next(function for function in FUNCTIONS if function.name == name)


def setting_of(resource: str) -> str | None:
    """The setting that names a granted table or bucket; None for what needs no name."""
    return next((stored.setting for stored in (*TABLES, *BUCKETS) if stored.name == resource), None)


def environment_of(function: Function, values: dict[str, str]) -> dict[str, str]:
    """The environment of a function: of all settings' values, those that its row gives it."""
    names = {setting_of(grant.resource) for grant in function.grants} | set(function.settings)
    return {name: values[name] for name in sorted(name for name in names if name and name in values)}
