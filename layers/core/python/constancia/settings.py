"""The settings: the one table of all that an installation can choose, read from the environment of a function."""

import os
from collections.abc import Mapping
from typing import NamedTuple


class Setting(NamedTuple):
    """One setting; one without a default must be given."""

    default: str | None
    meaning: str
    least: int | None = None
    most: int | None = None
    """The bounds of a number; both are None for a setting that is no number."""
    choices: tuple[str, ...] = ()
    """All values that are possible; empty if it has no such list."""
    secret: bool = False
    """In AWS its value is the name (ARN) of a secret in Secrets Manager, see `constancia.aws.secrets`."""
    chosen: bool = False
    """An operator may choose it for a stage; the others follow from the deployment."""


def _limit(default: int, meaning: str) -> Setting:
    """A limit of attempts. DynamoDB counts each attempt of a network by name, so a counter holds fewer than 10,000."""
    return Setting(str(default), meaning, least=1, most=9_999, chosen=True)


SETTINGS = {
    "CERTIFICATES_TABLE": Setting(None, "Table of the issued certificates."),
    "REQUESTS_TABLE": Setting(None, "Table of the requests, kept 24 hours."),
    "PEOPLE_TABLE": Setting(None, "Replica of the people registry (Reniec)."),
    "SCHOOL_RECORDS_TABLE": Setting(None, "Replica of the school records (Siagie)."),
    "PROTECTIONS_TABLE": Setting(None, "Students for whom nobody asks over the internet, by order of a court."),
    "CORRECTIONS_TABLE": Setting(None, "Marks that families say are wrong, by student and cell."),
    "INSTITUTIONS_TABLE": Setting(None, "Institutions that verify with a key of their own."),
    "ATTEMPTS_TABLE": Setting(None, "Counters of failed attempts and used proofs."),
    "EVENTS_TABLE": Setting(None, "The event log."),
    "LOG_ENTRIES_TABLE": Setting(None, "State of the public log, and the index of each event in it."),
    "INBOX_BUCKET": Setting(None, "Bucket of the files to load, and of those of institutions with their answers."),
    "REPORTS_BUCKET": Setting(
        None, "Bucket of reports, summaries of loads, lists of corrections and audits of the public log."
    ),
    "PDFS_BUCKET": Setting(None, "Bucket of the PDFs."),
    "PUBLIC_LOG_BUCKET": Setting(None, "Bucket of the public log, which everybody reads."),
    "SEALS_BUCKET": Setting(None, "Bucket of the seal's certificate chains."),
    "STATUS_LIST_BUCKET": Setting(None, "Bucket of the status list, which everybody reads."),
    "SERVICE_STATE_BUCKET": Setting(None, "Bucket of the line that pages show while something is down."),
    "ATTESTATION_KEYS": Setting(
        None, "Keys in KMS of attestations, parted by spaces: the one that signs, then others that stay good."
    ),
    "SEAL_KEYS": Setting(None, "Keys in KMS of the seal, parted by spaces: the one that signs, then earlier ones."),
    "CHECKPOINT_KEYS": Setting(
        None, "Keys in KMS of the public log's checkpoints, parted by spaces: the one that signs, then earlier ones."
    ),
    "STATES_KEYS": Setting(
        None, "Keys in KMS of the status list, parted by spaces: the one that signs, then earlier ones."
    ),
    "UNDELIVERED_QUEUE": Setting(None, "Queue of the e-mails that need an operator, by virtual code; its URL."),
    "PORTAL_URL": Setting(None, "Address of the portal, without a final slash; the QR and the e-mails lead there."),
    "DOWNLOADS_URL": Setting(
        "", "Where the links to PDFs lead; empty for the bucket itself, which is right everywhere but on one machine."
    ),
    "INBOX_URL": Setting(
        "", "Where the links of files of questions lead; empty for the inbox itself, as `DOWNLOADS_URL`."
    ),
    "ORIGIN_SECRET": Setting(
        "",
        "What CloudFront adds to each request; others are refused. Two values are both good; empty without CloudFront.",
        secret=True,
    ),
    "COUNTERS_KEY": Setting(None, "The key of challenges and of counters' names.", secret=True),
    "HUMAN_PROOF": Setting(
        "altcha",
        "Which proof of a human is asked for: `altcha`, or `recaptcha`, for which our pages have no control.",
        choices=("altcha", "recaptcha"),
        chosen=True,
    ),
    "ALTCHA_COST": Setting(
        "5000", "Iterations of PBKDF2 for each number a browser tries.", least=1, most=1_000_000, chosen=True
    ),
    "ALTCHA_NUMBERS": Setting(
        "200",
        "How many numbers there are to try; a browser tries half of them on average.",
        least=1,
        most=1_000_000,
        chosen=True,
    ),
    "RECAPTCHA_SECRET": Setting(
        "", "The secret of the reCAPTCHA site, if that is the proof.", secret=True, chosen=True
    ),
    "RECAPTCHA_SITE_KEY": Setting("", "The public key of the reCAPTCHA site.", chosen=True),
    "RECAPTCHA_HOST": Setting("", "The host name that reCAPTCHA must report.", chosen=True),
    "RECAPTCHA_URL": Setting("https://www.google.com/recaptcha/api/siteverify", "Where reCAPTCHA answers are checked."),
    "IDENTITY_FAILURES_HERE": _limit(15, "Failed identity checks a day at one student from one network."),
    "IDENTITY_FAILURES_TARGET": _limit(
        60, "Failed identity checks a day at one student from all networks; whoever has a contact on record goes on."
    ),
    "IDENTITY_FAILURES_NETWORK": _limit(600, "Failed identity checks an hour from one network."),
    "NAMES_ONLY": Setting(
        "open",
        "Whether names suffice of an applicant without a contact on record: `open` (they do) or `closed`.",
        choices=("open", "closed"),
        chosen=True,
    ),
    "CODES_TO_CONTACT": _limit(5, "Confirmation codes a day to one e-mail address or telephone."),
    "SMS_ORIGINATION": Setting(
        "", "The number, sender id or pool from which SMS are sent; empty for the one that AWS chooses.", chosen=True
    ),
    "VERIFICATION_FAILURES_HERE": _limit(15, "Failed verifications a day of one code from one network."),
    "VERIFICATION_FAILURES_TARGET": _limit(60, "Failed verifications a day of one code from all networks."),
    "VERIFICATION_FAILURES_NETWORK": _limit(600, "Failed verifications an hour from one network."),
    "REQUESTS_NETWORK": _limit(300, "Requests of one network that are accepted in an hour."),
    "CERTIFICATES_STUDENT": _limit(5, "Certificates of one student a day."),
    "MAILS_ADDRESS": _limit(
        20, "E-mails about certificates and corrections to one address a day; beyond, none is sent."
    ),
    "TELL_CORRECTIONS": Setting(
        "yes",
        "Whether a verification says that the school records changed since: `yes` or `no`.",
        choices=("yes", "no"),
        chosen=True,
    ),
    "TRIAL_CODE": Setting(
        "",
        "The virtual code with which the service is tried from outside, of an invented student; empty for no trials.",
        chosen=True,
    ),
    "TRIAL_DOCUMENT": Setting("", "The document number of that student.", chosen=True),
    "WITNESSES": Setting(
        "",
        "Witnesses of the public log: address and verifier key of each, parted by spaces; empty for none.",
        chosen=True,
    ),
    "MAIL_SENDER": Setting(None, "The address from which e-mails are sent."),
    "OPERATORS_MAIL": Setting(
        "", "Where summaries of loads and reports are sent, addresses parted by commas; or none."
    ),
    "REPORTS_URL": Setting(
        "", "Where the links to reports lead, without the key; empty for the bucket's page in the AWS console."
    ),
}


def faults(given: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings that an operator chose, one sentence each; empty if nothing is."""
    found = []
    for name, value in given.items():
        setting = SETTINGS.get(name)
        if setting is None or not setting.chosen:
            found.append(f"{name} is no setting that can be chosen")
        elif setting.choices and value not in setting.choices:
            found.append(f"{name} is one of {', '.join(setting.choices)}, not {value}")
        elif setting.least is not None and setting.most is not None:
            if not value.isdecimal() or not setting.least <= int(value) <= setting.most:
                found.append(f"{name} is a number from {setting.least} to {setting.most}, not {value}")
        elif setting.secret and value and not value.startswith("arn:aws:secretsmanager:"):
            found.append(f"{name} is the ARN of a secret in Secrets Manager")
    return found


def text(name: str) -> str:
    """The value of a setting.

    Raises:
        KeyError: the setting is not in the table, or has no default and is not given.
    """
    default = SETTINGS[name].default
    return os.environ[name] if default is None else os.environ.get(name, default)


def number(name: str) -> int:
    """The value of a setting as a whole number.

    Raises:
        KeyError: as for `text`.
        ValueError: it is not a number.
    """
    return int(text(name))
