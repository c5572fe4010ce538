"""The rows of `infra.wiring` of what everybody reads: public log, status list, keys, and what is down at the moment."""

from infra.operators import KNOW_ALL_KEYS
from infra.parts import MILESTONES, Bucket, Function, Grant, Route, Schedule, SigningKey, StreamTrigger, Table

ENTRIES = Table("log_entries", "the state of the public log, and the index of each event in it", key="event")
FILES = Bucket(
    "public_log",
    "the public log: tiles, bundles of entries, the checkpoint",
    # The oldest certificates are shown for a working life.
    locked_days=10 * 365,
    public_folder="log/",
)
KEY = SigningKey("checkpoint", "signs the public log's checkpoints", "ECC_NIST_EDWARDS25519")
STATUS_KEY = SigningKey("states", "signs the list of annulled and superseded certificates", "ECC_NIST_P256")

LOG_CERTIFICATES = Function(
    "log_certificates",
    "Brings each issue, supersession and annulment of a certificate into the public log, once.",
    # A checkpoint costs the same whatever it adds, and a minute is promised: see docs/cost.md.
    stream=StreamTrigger("certificates", MILESTONES, batch=1000, window_s=30, late_minutes=5),
    operators=True,
    grants=(
        Grant("certificates", ("GetItem", "UpdateItem")),
        Grant("log_entries", ("GetItem", "BatchGetItem", "BatchWriteItem", "UpdateItem")),
        Grant("public_log", ("GetObject", "PutObject")),
        # Without it S3 answers "forbidden" for an object that does not exist yet.
        Grant("public_log", ("ListBucket",)),
        Grant("checkpoint", ("GetPublicKey", "Sign")),
    ),
    settings=("PORTAL_URL", "WITNESSES"),
    timeout_s=60,
)

AUDIT_LOG = Function(
    "audit_log",
    "Re-reads the whole public log every month and compares it with the certificates, both ways.",
    # A run goes on where the one before stopped; once all is compared, the others of the day have nothing to do.
    schedules=(
        Schedule("audit", "cron(0 4/1 1 * ? *)", {}, retries=0),
        Schedule("audit_end", "cron(30 23 1 * ? *)", {"last": True}, retries=0),
    ),
    operators=True,
    grants=(
        Grant("certificates", ("Scan",)),
        Grant("log_entries", ("BatchGetItem",)),
        Grant("public_log", ("GetObject",)),
        Grant("public_log", ("ListBucket",)),
        Grant("checkpoint", ("GetPublicKey",)),
        Grant("reports", ("GetObject", "PutObject"), keys=("audits/",)),
        Grant("reports", ("ListBucket",)),
    ),
    settings=("PORTAL_URL",),
    memory_mb=1769,
    timeout_s=900,
)

STATUS_LIST = Bucket(
    "status_list",
    "the signed list of annulled and superseded certificates, by serial number",
    public_folder=".well-known/anuladas",
)

PUBLISH_STATUS_LIST = Function(
    "publish_status_list",
    "Renews the signed list of annulled and superseded certificates every hour, for who verifies without a network.",
    schedules=(Schedule("status-list", "cron(10 * * * ? *)", {}),),
    grants=(
        Grant("events", ("Query",)),
        Grant("certificates", ("BatchGetItem",)),
        Grant("status_list", ("GetObject", "PutObject")),
        # Without it S3 answers "forbidden" for an object that does not exist yet.
        Grant("status_list", ("ListBucket",)),
        Grant("states", ("GetPublicKey", "Sign")),
    ),
    # Made anew, it reads the events of years.
    timeout_s=900,
)

SERVICE_STATE = Bucket(
    "service_state",
    "the one line that pages show while something does not work",
    public_folder="estado.json",
)

TRY_SERVICE = Function(
    "try_service",
    "Verifies a known certificate from outside every five minutes, uncounted, and tells pages what is down.",
    schedules=(Schedule("trial", "cron(0/5 * * * ? *)", {}, retries=0),),
    grants=(
        Grant("events", ("Query",)),
        Grant("service_state", ("GetObject", "PutObject")),
        # Without it S3 answers "forbidden" for an object that does not exist yet.
        Grant("service_state", ("ListBucket",)),
    ),
    settings=("PORTAL_URL", "TRIAL_CODE", "TRIAL_DOCUMENT"),
    # Three answers of ten seconds at most, the work of a proof, and the events of ten minutes.
    timeout_s=120,
)

PUBLISH_KEYS = Function(
    "publish_keys",
    "Publishes the public keys of attestations, public log and status list, and the certificate chain of the seal.",
    routes=tuple(
        Route("GET", f"/.well-known/{name}", 200) for name in ("jwks.json", "sello.pem", "log.vkey", "states-jwks.json")
    ),
    grants=(
        *KNOW_ALL_KEYS,
        Grant("seals", ("GetObject",)),
    ),
    settings=("ORIGIN_SECRET", "PORTAL_URL"),
    # CloudFront keeps its answers.
    concurrency=20,
)
