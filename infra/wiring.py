"""The one table of the service: what is stored, what runs, what calls it, and what each part may touch.

The cloud (`infra.cloud`), the service on this machine (`infra.local`), the tests and the README read it; no fact about
the parts is written a second time. `infra.parts` defines the kinds of rows. A function's environment follows from its
row: it holds the name of each table and bucket that the function is granted, and each setting that the row lists (see
`constancia.settings`).
"""

from infra import public_log
from infra.operators import (
    INBOX,
    INSTITUTION_FUNCTIONS,
    KEEP_CORRECTIONS,
    KNOW_KEYS,
    OPERATORS_FUNCTIONS,
    RECORD_EVENT,
)
from infra.parts import (
    MAIL,
    MILESTONES,
    SCHEDULED_TIME,
    Bucket,
    BusTrigger,
    FileTrigger,
    Function,
    Grant,
    Index,
    Queue,
    Route,
    Schedule,
    SigningKey,
    StreamTrigger,
    Table,
)

LAYERS = ("core", "rendering")

LIVE = "live"
"""The Lambda alias by which a function is called in the cloud. A roll-back points it to an older version."""

REGION = "us-east-1"
"""Certificates and firewalls of CloudFront must be in this region; Lima reaches it in about 90 ms. See decision 020."""

TABLES = (
    Table(
        "certificates",
        "issued certificates by virtual code, what is current of each student, the last serial number",
        key="virtual_code",
        expiry="expires_at",
        copied=True,
        stream=True,
    ),
    # A restorable table would keep for 35 days what is deleted after one.
    Table("requests", "accepted requests, for 24 hours", key="request_id", expiry="expires_at", restorable=False),
    Table("people", "replica of the people registry", key="document_number"),
    Table("school_records", "replica of the school records", key="student", sort="level_year"),
    Table(
        "protections",
        "students for whom nobody asks over the internet, by order of a court",
        key="list_name",
        sort="document_number",
        expiry="expires_at",
    ),
    Table("corrections", "marks that families say are wrong", key="list_name", sort="cell", expiry="expires_at"),
    Table("institutions", "institutions with a key of their own", key="list_name", sort="institution_id"),
    Table(
        "attempts",
        "counters of attempts and used proofs, for a day",
        key="subject",
        expiry="ends_at",
        restorable=False,
    ),
    Table(
        "events",
        "the event log, without personal data",
        key="day_shard",
        sort="time",
        copied=True,
        indexes=(Index("by_code", "virtual_code", "time", carries=("name", "outcome", "reason", "institution")),),
    ),
    public_log.ENTRIES,
)

BUCKETS = (
    Bucket("pdfs", "the certificates, each under a key nobody can guess", written_once=True, by_link=True),
    INBOX,
    Bucket("reports", "daily and monthly reports, lists of corrections", expiring=("corrections/", 30)),
    Bucket("portal", "the web pages"),
    Bucket("seals", "the certificate chain of each seal key, and the request for one"),
    public_log.FILES,
    public_log.STATUS_LIST,
    public_log.SERVICE_STATE,
)

QUEUES = (Queue("undelivered", "certificates whose e-mail did not leave, by virtual code, for operators"),)

KEYS = (
    SigningKey("attestation", "signs what a certificate says", "ECC_NIST_P256"),
    SigningKey("seal", "seals the PDF", "RSA_2048"),
    public_log.KEY,
    public_log.STATUS_KEY,
)

REPORTS_READ = ("daily/", "monthly/", "audits/", "corrections/")
OPERATORS_READ = (*(("reports", folder) for folder in REPORTS_READ), ("inbox", "rejects/"))
"""The objects that operators read themselves, as buckets and key prefixes."""

PROOF_SETTINGS = (
    "HUMAN_PROOF",
    "ALTCHA_COST",
    "ALTCHA_NUMBERS",
    "RECAPTCHA_SECRET",
    "RECAPTCHA_SITE_KEY",
    "RECAPTCHA_HOST",
    "RECAPTCHA_URL",
    "COUNTERS_KEY",
    "ORIGIN_SECRET",
)

FUNCTIONS = (
    Function(
        "validate_request",
        "Checks a request and the identity behind it, by a code where there is a contact, and keeps it for 24 hours.",
        routes=(
            Route("GET", "/api/captcha", 2000),
            Route("POST", "/api/requests", 500),
            Route("POST", "/api/requests/{request_id}/codes", 200),
            Route("POST", "/api/requests/{request_id}/confirmation", 500),
        ),
        grants=(
            Grant("people", ("BatchGetItem",)),
            Grant("attempts", ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
            Grant("protections", ("BatchGetItem", "GetItem")),
            Grant("requests", ("GetItem", "PutItem", "UpdateItem")),
            Grant("mail", ("SendEmail",)),
            Grant("sms", ("SendTextMessage",)),
            RECORD_EVENT,
        ),
        settings=(
            *PROOF_SETTINGS,
            "NAMES_ONLY",
            "CODES_TO_CONTACT",
            "MAIL_SENDER",
            "SMS_ORIGINATION",
            "IDENTITY_FAILURES_HERE",
            "IDENTITY_FAILURES_TARGET",
            "IDENTITY_FAILURES_NETWORK",
            "REQUESTS_NETWORK",
        ),
        # A mail service may take ten seconds to say whether a code left.
        timeout_s=20,
        concurrency=200,
    ),
    Function(
        "assemble_transcript",
        "Reads the student's years once and freezes the transcript; takes what is wrong in it, and how easy it was.",
        routes=(
            Route("GET", "/api/requests/{request_id}/transcript", 500),
            Route("POST", "/api/requests/{request_id}/corrections", 50),
            Route("POST", "/api/requests/{request_id}/opinion", 200),
        ),
        grants=(
            Grant("requests", ("GetItem", "UpdateItem")),
            Grant("protections", ("GetItem",)),
            Grant("school_records", ("Query",)),
            Grant("certificates", ("GetItem",)),
            Grant("corrections", ("GetItem", "PutItem")),
            RECORD_EVENT,
        ),
        settings=("ORIGIN_SECRET",),
        concurrency=150,
    ),
    Function(
        "render_certificate",
        "Turns the accepted transcript into a certificate and its PDF, once.",
        routes=(Route("POST", "/api/requests/{request_id}/certificate", 500),),
        # It alone may sign, so it is also what attests certificates of before attestations.
        operators=True,
        grants=(
            Grant("requests", ("GetItem", "UpdateItem")),
            Grant("protections", ("GetItem",)),
            Grant("certificates", ("GetItem", "PutItem", "UpdateItem")),
            Grant("pdfs", ("GetObject", "PutObject")),
            *KNOW_KEYS,
            Grant("seals", ("GetObject", "PutObject")),
            Grant("attestation", ("Sign",)),
            Grant("seal", ("Sign",)),
            Grant("events", ("Query",), index="by_code"),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL", "DOWNLOADS_URL", "CERTIFICATES_STUDENT", "ORIGIN_SECRET"),
        layers=("core", "rendering"),
        memory_mb=1769,
        concurrency=150,
    ),
    Function(
        "verify_certificate",
        "Answers whether a certificate is true and what it says.",
        routes=(Route("POST", "/api/verifications", 2000), Route("POST", "/api/verifications/history", 200)),
        grants=(
            Grant("certificates", ("BatchGetItem",)),
            Grant("school_records", ("BatchGetItem", "Query")),
            Grant("events", ("BatchGetItem",), keys=("certificate#*",)),
            Grant("log_entries", ("BatchGetItem",)),
            Grant("events", ("Query",), index="by_code"),
            Grant("institutions", ("BatchGetItem",)),
            Grant("attempts", ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
            Grant("pdfs", ("GetObject",)),
            Grant("attestation", ("GetPublicKey",)),
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
        concurrency=348,
    ),
    *INSTITUTION_FUNCTIONS,
    public_log.PUBLISH_KEYS,
    Function(
        "send_certificate",
        "Sends the e-mail of each issue, supersession and annulment of a certificate, once.",
        stream=StreamTrigger("certificates", MILESTONES),
        grants=(
            Grant("certificates", ("UpdateItem",)),
            Grant("attempts", ("UpdateItem",)),
            Grant("mail", ("SendEmail",)),
            Grant("undelivered", ("SendMessage",)),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL", "MAIL_SENDER", "MAILS_ADDRESS", "COUNTERS_KEY"),
        timeout_s=60,
    ),
    Function(
        "count_download",
        "Counts each download of a PDF by its link.",
        # CloudTrail's data events bring reads to the bus; reads by a link are those signed in the query string.
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
            about="pdfs",
        ),
        grants=(RECORD_EVENT,),
    ),
    Function(
        "mark_bounce",
        "Marks on a certificate that an e-mail about it came back, or was unwanted.",
        # Codes and notices to operators carry no virtual code.
        bus=BusTrigger(
            {
                "source": ["aws.ses"],
                "detail": {
                    "eventType": ["Bounce", "Complaint"],
                    "mail": {"tags": {"virtual_code": [{"exists": True}]}},
                },
            },
            about=MAIL,
        ),
        grants=(Grant("certificates", ("UpdateItem",)), RECORD_EVENT),
    ),
    public_log.TRY_SERVICE,
    Function(
        "ingest_records",
        "Loads a file of people or school records from the inbox: plans it, loads each batch, sums up.",
        files=FileTrigger("inbox", "incoming/"),
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
        # The plan reads a file of up to 50 GB; a batch takes seconds.
        timeout_s=900,
    ),
    Function(
        "report_issuance",
        "Reports a day or a month from the event log, as CSV and PDF, and tells operators.",
        schedules=(
            # Three hours after midnight no event of the day before can arrive any more.
            Schedule("daily", "cron(0 3 * * ? *)", {"period": "day", "at": SCHEDULED_TIME, "tell": True}),
            Schedule("monthly", "cron(30 3 1 * ? *)", {"period": "month", "at": SCHEDULED_TIME, "tell": True}),
        ),
        operators=True,
        grants=(
            Grant("events", ("Query",)),
            Grant("reports", ("GetObject", "PutObject"), keys=("figures/", "daily/", "monthly/")),
            # Without it S3 answers "forbidden" for an object that does not exist yet.
            Grant("reports", ("ListBucket",)),
            Grant("mail", ("SendEmail",)),
        ),
        settings=("MAIL_SENDER", "OPERATORS_MAIL", "REPORTS_URL"),
        layers=("core", "rendering"),
        memory_mb=1769,
        timeout_s=900,
    ),
    KEEP_CORRECTIONS,
    public_log.LOG_CERTIFICATES,
    public_log.AUDIT_LOG,
    public_log.PUBLISH_STATUS_LIST,
    *OPERATORS_FUNCTIONS,
)


def table(name: str) -> Table:
    """The table of that name."""
    return next(table for table in TABLES if table.name == name)


def bucket(name: str) -> Bucket:
    """The bucket of that name."""
    return next(bucket for bucket in BUCKETS if bucket.name == name)


def key(name: str) -> SigningKey:
    """The keys of that name."""
    return next(key for key in KEYS if key.name == name)


def function(name: str) -> Function:
    """The function of that name."""
    return next(function for function in FUNCTIONS if function.name == name)


def environment_of(function: Function, values: dict[str, str]) -> dict[str, str]:
    """The environment of a function: those of the given settings that its row and its grants name."""
    granted = {grant.resource for grant in function.grants}
    names = {stored.setting for stored in (*TABLES, *BUCKETS, *QUEUES, *KEYS) if stored.name in granted} | set(
        function.settings
    )
    return {name: values[name] for name in sorted(names) if name in values}
