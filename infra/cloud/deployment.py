"""The choices of one deployment (stage, domain, operators, budget) and the names of its parts."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Aws, RemovalPolicy
from constancia import settings
from constructs import Node

from infra import parts, wiring

REGION = wiring.REGION
PRODUCTION = "prod"
RETAINED = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Outlives its stack, except for a creation that CloudFormation rolls back. What `RETAIN` leaves behind then keeps its
name, and the second attempt at a first deployment fails because of it."""
RESERVED = 900
"""Concurrent copies that production reserves in all: an account's usual 1,000, of which Lambda keeps 100 unreserved."""
FIRST_KEY = "first"
LABEL = re.compile(r"[a-z][a-z0-9]*")
"""The label of a pair of keys."""
STAGE = re.compile(r"[a-z][a-z0-9]{0,19}")
"""A stage's name. Buckets have it in theirs, which are in small letters and of at most 63 characters; with a hyphen the
names of one stage could begin like those of another."""
STAGES = Path(__file__).parents[1] / "stages"
STAGE_KEYS = {
    "domain",
    "operators",
    "budget",
    "origin_secret",
    "origin_secret_before",
    "second_channel",
    "permission_set",
    "boundary",
    "concurrency",
    "copies_locked",
    "settings",
    "restored",
    "keys",
}
"""What a stage's file may have; what it has not is read from the context."""


ORIGIN_LABEL = ("[a-zA-Z0-9]+", "a label of letters and digits")
FORMS = {
    "domain": (r"([a-z0-9-]+\.)+[a-z]{2,}", "a host name in small letters"),
    "operators": (r"[^@\s,]+@[^@\s,]+(\s*,\s*[^@\s,]+@[^@\s,]+)*", "e-mail addresses, parted by commas"),
    "budget": ("[1-9][0-9]*", "whole US dollars"),
    "concurrency": ("[0-9]+", "a number of copies"),
    "second_channel": (r"\+[0-9]{8,15}|https://\S+", "a telephone number with its plus, or an https:// address"),
    "origin_secret": ORIGIN_LABEL,
    "origin_secret_before": ORIGIN_LABEL,
}
"""The form of values that AWS would otherwise refuse in the middle of a deployment, in words too."""


@dataclass(frozen=True)
class Deployment:
    """The choices of one deployment, read from the context of the CDK."""

    stage: str
    domain: str
    """The host name of the portal; e-mails are sent from it too."""
    operators: str
    """The e-mail addresses that receive alarms and budget notifications, parted by commas; see `OPERATORS_MAIL`."""
    budget: int
    """US dollars a month."""
    origin_secret: str
    """A label of the secret between CloudFront and the functions; another label generates another secret."""
    second_channel: str | None
    """Where alarms go besides the operators' e-mail: a telephone number (`+51…`, by SMS) or an `https://` address."""
    permission_set: str | None
    """The permission set of IAM Identity Center whose sessions may be operators; None for IAM users."""
    boundary: str | None
    """The name of a policy of the account's owner that bounds every role of the stacks, or None."""
    concurrency: int
    """Concurrent copies that are reserved in all; 0 reserves none, and all functions share what the account has."""
    restored: dict[str, str]
    """Restored tables in use: the name in the wiring, and the name of the restored table in AWS."""
    chosen: dict[str, str]
    """The settings that the stage's file chooses, checked."""
    restored_streams: dict[str, str]
    """The streams of restored tables that have one, by the table's name in the wiring."""
    keys: dict[str, list[str]]
    """The labels of the pairs of keys in KMS by their name in the wiring: the one that signs, then all others that stay
    good. Another label makes another pair."""
    copies_locked: bool = False
    """Whether the lock of the vault of copies can never be lifted again, see `infra.cloud.copies`."""
    origin_secret_before: str | None = None
    """The label of the secret before a rotation, which is accepted until the label is taken away."""

    @classmethod
    def of(cls, node: Node) -> "Deployment":
        """The deployment that the stage's file describes; `cdk.json` has what all stages share.

        Raises:
            ValueError: a value is missing, or the file of the stage chooses something that is not possible.
        """
        stage = str(node.try_get_context("stage"))
        own = read_stage(stage, Path(node.try_get_context("stages") or STAGES))

        def find(key: str) -> Any:
            return own.get(key, node.try_get_context(key))

        if wrong := [
            f"{key} is {form[1]}, and not {find(key)!r}"
            for key, form in FORMS.items()
            if find(key) is not None and not re.fullmatch(form[0], str(find(key)))
        ]:
            raise ValueError(f"stage {stage}: " + "; ".join(wrong))

        def read(key: str) -> str:
            value = find(key)
            if value is None:
                raise ValueError(f"neither infra/stages/{stage}.json nor the context has {key}")
            return str(value)

        reserved = find("concurrency")
        if reserved is None:
            reserved = RESERVED if stage == PRODUCTION else 0
        return cls(
            stage=stage,
            domain=read("domain"),
            operators=read("operators"),
            budget=int(read("budget")),
            origin_secret=read("origin_secret"),
            second_channel=find("second_channel"),
            permission_set=find("permission_set"),
            boundary=find("boundary"),
            concurrency=int(reserved),
            restored={table: names["table"] for table, names in own["restored"].items()},
            restored_streams={table: names["stream"] for table, names in own["restored"].items() if "stream" in names},
            chosen=own["settings"],
            copies_locked=own.get("copies_locked") is True,
            keys={key.name: own["keys"].get(key.name, [FIRST_KEY]) for key in wiring.KEYS},
            origin_secret_before=str(own["origin_secret_before"]) if "origin_secret_before" in own else None,
        )

    @property
    def in_production(self) -> bool:
        """Whether this is production, which keeps its data."""
        return self.stage == PRODUCTION

    @property
    def on_removal(self) -> RemovalPolicy:
        """What happens to a store of data when its stack is deleted."""
        return RETAINED if self.in_production else RemovalPolicy.DESTROY

    @property
    def url(self) -> str:
        """The address of the portal, without a final slash."""
        return f"https://{self.domain}"

    @property
    def operators_addresses(self) -> list[str]:
        """The operators' e-mail addresses, one by one."""
        return [address.strip() for address in self.operators.split(",") if address.strip()]

    @property
    def sender(self) -> str:
        """The sender's address of e-mails."""
        return f"constancia@{self.domain}"

    @property
    def metrics(self) -> str:
        """The name space of the stage's own metrics, see `constancia.aws.log`."""
        return f"Constancia/{self.stage}"

    def name(self, part: str) -> str:
        """The name in AWS of a part with that name in the wiring."""
        return f"constancia-{self.stage}-{part.replace('_', '-')}"

    def bucket_name(self, bucket: str) -> str:
        """The name of a bucket in AWS. It contains the account, because all accounts share one name space."""
        return f"{self.name(bucket)}-{Aws.ACCOUNT_ID}"

    def name_of_source(self, trigger: parts.BusTrigger) -> str:
        """The name in AWS of the bucket or configuration set that a trigger's events are about."""
        return self.name(parts.MAIL) if trigger.about == parts.MAIL else self.bucket_name(trigger.about)

    @property
    def downloads(self) -> str:
        """The origin of the links to the PDFs, see `constancia.aws.pdfs.PdfLinks`."""
        return f"https://{self.bucket_name('pdfs')}.s3.{REGION}.amazonaws.com"

    def table_name(self, table: str) -> str:
        """The name in AWS of the table that the functions use, which may be a restored one."""
        return self.restored.get(table, self.name(table))

    def copies_of(self, function: parts.Function) -> int | None:
        """The concurrent copies that are reserved for a function: its row's share of `concurrency`, or None."""
        if not function.concurrency or not self.concurrency:
            return None
        shares = sum(other.concurrency or 0 for other in wiring.FUNCTIONS)
        return self.concurrency * function.concurrency // shares

    def queue_url(self, queue: str) -> str:
        """The URL of a queue."""
        return f"https://sqs.{REGION}.amazonaws.com/{Aws.ACCOUNT_ID}/{self.name(queue)}"

    def settings(self) -> dict[str, str]:
        """The settings of the functions that a deployment determines, without the secrets."""
        return {
            **{table.setting: self.table_name(table.name) for table in wiring.TABLES},
            **{bucket.setting: self.bucket_name(bucket.name) for bucket in wiring.BUCKETS},
            **{queue.setting: self.queue_url(queue.name) for queue in wiring.QUEUES},
            "PORTAL_URL": self.url,
            "MAIL_SENDER": self.sender,
            "OPERATORS_MAIL": self.operators,
            **self.chosen,
        }


def read_stage(stage: str, folder: Path = STAGES) -> dict[str, Any]:
    """The file of a stage: what is chosen for it, with `settings`, `restored` and `keys` always there.

    Raises:
        ValueError: there is no such file, or something in it is not possible; the message names all of it.
    """
    if not STAGE.fullmatch(stage):
        raise ValueError(f"{stage}: the name of a stage is of small letters and digits, at most 20")
    try:
        own: dict[str, Any] = {
            "settings": {},
            "restored": {},
            "keys": {},
            **json.loads((folder / f"{stage}.json").read_text()),
        }
    except OSError as error:
        raise ValueError(f"there is no file infra/stages/{stage}.json") from error
    own = {"settings": {}, "restored": {}, "keys": {}, **own}
    wrong = [f"{key} is nothing that a stage chooses" for key in sorted(own.keys() - STAGE_KEYS)]
    wrong += settings.faults(own["settings"])
    for table, names in own["restored"].items():
        found = next((row for row in wiring.TABLES if row.name == table), None)
        needed = {"table", "stream"} if found and found.stream else {"table"}
        if found is None or set(names) != needed:
            wrong.append(f"restored.{table}: a table of the wiring, with {' and '.join(sorted(needed))}")
    for name, labels in own["keys"].items():
        known = any(row.name == name for row in wiring.KEYS)
        if not known or not labels or len(set(labels)) < len(labels) or not all(map(LABEL.fullmatch, labels)):
            wrong.append(f"keys.{name}: the labels of a pair of keys, each once, in small letters and digits")
    if wrong:
        raise ValueError(f"infra/stages/{stage}.json: " + "; ".join(wrong))
    return own


def construct_id(name: str) -> str:
    """A name in the form of CloudFormation's logical ids: `school_records` as `SchoolRecords`."""
    return "".join(word.capitalize() for word in name.replace("-", "_").split("_"))
