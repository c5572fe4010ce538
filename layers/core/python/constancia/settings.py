"""The settings: the one table of what an installation can choose, read from the environment of a function."""

import os
from typing import NamedTuple


class Setting(NamedTuple):
    """One setting; without a default it must be given."""

    default: str | None
    meaning: str


SETTINGS = {
    "CERTIFICATES_TABLE": Setting(None, "Table of the issued certificates."),
    "REQUESTS_TABLE": Setting(None, "Table of the requests, kept 24 hours."),
    "PEOPLE_TABLE": Setting(None, "Replica of the people registry (Reniec)."),
    "SCHOOL_RECORDS_TABLE": Setting(None, "Replica of the school records (Siagie)."),
    "ATTEMPTS_TABLE": Setting(None, "Counters of failed attempts, used proofs, and the key they are made with."),
    "EVENTS_TABLE": Setting(None, "The event log."),
    "INBOX_BUCKET": Setting(None, "Bucket of the files to load."),
    "REPORTS_BUCKET": Setting(None, "Bucket of the reports and of the summaries of loads."),
    "PDFS_BUCKET": Setting(None, "Bucket of the PDFs."),
    "PORTAL_URL": Setting(None, "Address of the portal, without a final slash; the QR and the e-mails lead there."),
    "DOWNLOADS_URL": Setting(
        "", "Where the links to PDFs lead; empty for the bucket itself, which is right everywhere but on one machine."
    ),
    "ORIGIN_SECRET": Setting(
        "", "What CloudFront adds to each request, so that the viewer's address it tells is believed; empty without it."
    ),
    "HUMAN_PROOF": Setting("altcha", "Which proof of a human is asked for: `altcha` or `recaptcha`."),
    "ALTCHA_COST": Setting("5000", "Iterations of PBKDF2 for each number a browser tries."),
    "ALTCHA_NUMBERS": Setting("200", "How many numbers there are to try; a browser tries half of them on average."),
    "RECAPTCHA_SECRET": Setting("", "The secret of the reCAPTCHA site, if that is the proof."),
    "RECAPTCHA_SITE_KEY": Setting("", "The public key of the reCAPTCHA site."),
    "RECAPTCHA_HOST": Setting("", "The host name that reCAPTCHA must report."),
    "RECAPTCHA_URL": Setting("https://www.google.com/recaptcha/api/siteverify", "Where reCAPTCHA answers are checked."),
    "IDENTITY_FAILURES_HERE": Setting("15", "Failed identity checks a day at one student from one network."),
    "IDENTITY_FAILURES_TARGET": Setting("60", "Failed identity checks a day at one student from all networks."),
    "IDENTITY_FAILURES_NETWORK": Setting("600", "Failed identity checks an hour from one network."),
    "VERIFICATION_FAILURES_HERE": Setting("15", "Failed verifications a day of one student or code from one network."),
    "VERIFICATION_FAILURES_TARGET": Setting("60", "Failed verifications a day of one student or code, from anywhere."),
    "VERIFICATION_FAILURES_NETWORK": Setting("600", "Failed verifications an hour from one network."),
    "TELL_CORRECTIONS": Setting(
        "yes", "Whether a verification says that the school records changed since: `yes` or `no`."
    ),
    "MAIL_SENDER": Setting(None, "The address from which e-mails are sent."),
    "OPERATORS_MAIL": Setting(
        "", "Where summaries of loads and reports are sent, addresses parted by commas; or none."
    ),
    "REPORTS_URL": Setting(
        "", "Where the links to reports lead, without the key; empty for the bucket's page in the AWS console."
    ),
}


def text(name: str) -> str:
    """A setting's value.

    Raises:
        KeyError: the setting is not in the table, or has no default and is not given.
    """
    default = SETTINGS[name].default
    return os.environ[name] if default is None else os.environ.get(name, default)


def number(name: str) -> int:
    """A setting's value as a whole number.

    Raises:
        KeyError: as for `text`.
        ValueError: it is not a number.
    """
    return int(text(name))
