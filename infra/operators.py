"""The rows of `infra.wiring` for callers who are known: operators, and institutions with a key."""

from infra.parts import SCHEDULED_TIME, Bucket, FileTrigger, Function, Grant, Route, Schedule

RECORD_EVENT = Grant("events", ("PutItem",))
KNOW_KEYS = (
    Grant("attestation", ("GetPublicKey",)),
    Grant("seal", ("GetPublicKey",)),
    # Without it S3 answers "forbidden" for an object that does not exist yet.
    Grant("seals", ("ListBucket",)),
)
KNOW_ALL_KEYS = (*KNOW_KEYS, Grant("checkpoint", ("GetPublicKey",)), Grant("states", ("GetPublicKey",)))

OPERATORS_FUNCTIONS = (
    Function(
        "watch_loads",
        "Says where a file to load is to be put and how far its load is, and cancels it.",
        operators=True,
        grants=(
            Grant("inbox", ("GetObject",)),
            Grant("inbox", ("PutObject",), keys=("work/",)),
            Grant("inbox", ("ListBucket",)),
        ),
        timeout_s=30,
    ),
    Function(
        "annul_certificate",
        "Declares a certificate void, with a reason that every verifier then reads.",
        operators=True,
        grants=(Grant("certificates", ("GetItem", "UpdateItem")), RECORD_EVENT),
    ),
    Function(
        "erase_email",
        "Erases the e-mail address of a certificate, which stays valid; no notice goes there any more.",
        operators=True,
        grants=(
            Grant("certificates", ("GetItem", "UpdateItem")),
            Grant("corrections", ("Query", "UpdateItem")),
            RECORD_EVENT,
        ),
    ),
    Function(
        "keep_keys",
        "Shows operators the keys, gives the request for a certificate of the seal, and installs its chain.",
        operators=True,
        grants=(*KNOW_ALL_KEYS, Grant("seals", ("GetObject", "PutObject"))),
        settings=("PORTAL_URL",),
    ),
    Function(
        "protect_student",
        "Keeps the list of students for whom nobody asks over the internet, by order of a court, and asks for one.",
        operators=True,
        grants=(
            Grant("protections", ("GetItem", "PutItem", "UpdateItem", "Query")),
            Grant("people", ("GetItem",)),
            Grant("requests", ("PutItem",)),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL",),
    ),
    Function(
        "keep_institutions",
        "Registers the institutions that verify with a key of their own, and revokes them.",
        operators=True,
        grants=(Grant("institutions", ("GetItem", "PutItem", "UpdateItem", "Query")),),
    ),
    Function(
        "show_certificate",
        "Shows the state of a certificate and its history, with no name and no document number.",
        operators=True,
        grants=(Grant("certificates", ("GetItem",)), Grant("events", ("Query",), index="by_code")),
    ),
    Function(
        "resend_certificate",
        "Sends the e-mail of a certificate once more, to the address of its request, or all that did not leave.",
        operators=True,
        grants=(
            Grant("certificates", ("GetItem", "UpdateItem")),
            Grant("mail", ("SendEmail",)),
            Grant("undelivered", ("ReceiveMessage", "DeleteMessage")),
            RECORD_EVENT,
        ),
        settings=("PORTAL_URL", "MAIL_SENDER"),
        timeout_s=30,
    ),
)

KEEP_CORRECTIONS = Function(
    "keep_corrections",
    "Closes corrections whose mark changed, tells who asked, and keeps each school's list; shows the open ones.",
    # Before the report of the day, which says how long corrections have been open.
    schedules=(Schedule("follow-up", "cron(30 2 * * ? *)", {"at": SCHEDULED_TIME}),),
    operators=True,
    grants=(
        Grant("corrections", ("Query", "UpdateItem")),
        Grant("school_records", ("BatchGetItem",)),
        Grant("attempts", ("UpdateItem",)),
        Grant("mail", ("SendEmail",)),
        Grant("reports", ("PutObject",), keys=("corrections/", "figures/corrections-")),
        RECORD_EVENT,
    ),
    settings=("PORTAL_URL", "MAIL_SENDER", "MAILS_ADDRESS", "COUNTERS_KEY"),
    timeout_s=900,
)

ANSWER_QUESTIONS = (
    Grant("institutions", ("GetItem",)),
    Grant("certificates", ("BatchGetItem",)),
    Grant("school_records", ("BatchGetItem", "Query")),
    Grant("events", ("BatchGetItem",), keys=("certificate#*",)),
    Grant("attestation", ("GetPublicKey",)),
    RECORD_EVENT,
)
QUESTION_SETTINGS = (
    "COUNTERS_KEY",
    "TELL_CORRECTIONS",
    "VERIFICATION_FAILURES_HERE",
    "VERIFICATION_FAILURES_TARGET",
    "VERIFICATION_FAILURES_NETWORK",
)
INSTITUTIONS_FOLDER = "institutions/"
INCOMING_QUESTIONS, OPENED_FILES, FILE_ANSWERS = (
    f"{INSTITUTIONS_FOLDER}{name}/" for name in ("incoming", "opened", "answers")
)
"""Where the files of institutions lie in the inbox, what they ask for, and what becomes of them."""
INBOX = Bucket(
    "inbox",
    "files of people and school records to load; files of questions of institutions, and their answers",
    expires_after_days=30,
    old_versions_days=7,
    expiring=(INSTITUTIONS_FOLDER, 1),
)

ANSWER_INSTITUTION = Function(
    "answer_institution",
    "Answers up to a hundred questions of an institution about certificates; takes files, and says how far they are.",
    routes=(
        Route("POST", "/api/verifications/batch", 50),
        Route("POST", "/api/verifications/files", 5),
        Route("GET", "/api/verifications/files/{file_id}", 50),
    ),
    grants=(
        *ANSWER_QUESTIONS,
        Grant("attempts", ("BatchGetItem", "UpdateItem")),
        # It reads no questions: whoever follows its link puts them there.
        Grant("inbox", ("PutObject",), keys=(INCOMING_QUESTIONS, OPENED_FILES)),
        Grant("inbox", ("GetObject",), keys=(OPENED_FILES, FILE_ANSWERS)),
        Grant("inbox", ("ListBucket",)),
    ),
    settings=(*QUESTION_SETTINGS, "ORIGIN_SECRET", "INBOX_URL"),
    # A hundred signatures are checked.
    memory_mb=1769,
    timeout_s=30,
    # Each copy under way may try one document number of a code more than the limits say: see decision 089.
    concurrency=20,
)

ANSWER_FILE = Function(
    "answer_file",
    "Answers a file of questions of an institution: plans it, answers each part, puts the answers together.",
    files=FileTrigger("inbox", INCOMING_QUESTIONS, plans=FILE_ANSWERS, by_link=True, parallel=4, retries=20),
    grants=(
        *ANSWER_QUESTIONS,
        Grant("attempts", ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
        Grant("inbox", ("GetObject",), keys=(INCOMING_QUESTIONS, OPENED_FILES, FILE_ANSWERS)),
        Grant("inbox", ("PutObject", "AbortMultipartUpload"), keys=(FILE_ANSWERS,)),
        Grant("inbox", ("ListBucket",)),
    ),
    settings=QUESTION_SETTINGS,
    memory_mb=1769,
    # A part takes ten seconds; a million transcripts that are put together are gigabytes.
    timeout_s=900,
    # Each copy under way may try one document number of a code more than the limits say: see decision 089.
    concurrency=12,
)

INSTITUTION_FUNCTIONS = (ANSWER_INSTITUTION, ANSWER_FILE)
