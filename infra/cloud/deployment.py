"""Which deployment this is: its stage, its domain, whom it tells, and the names that its parts get."""

from dataclasses import dataclass

from aws_cdk import Aws, RemovalPolicy
from constructs import Node

from infra import wiring

REGION = "us-east-1"
"""Lima reaches it in about 90 ms; certificates and firewall of CloudFront must be here. See docs/decisions/020."""
PRODUCTION = "prod"


@dataclass(frozen=True)
class Deployment:
    """The choices of one deployment, from the context of the CDK."""

    stage: str
    domain: str
    """The portal's host name; e-mails come from it too."""
    operators: str
    """The e-mail address that alarms and the budget are told to."""
    budget: int
    """US dollars a month."""
    origin_secret: str
    """Another word draws another secret between CloudFront and the functions."""
    restored: dict[str, str]
    """Tables that a restored one stands in for: the table's name here, and the restored one's in AWS."""

    @classmethod
    def of(cls, node: Node) -> "Deployment":
        """What the context says; `cdk.json` has the defaults.

        Raises:
            ValueError: something is missing.
        """

        def told(key: str) -> str:
            value = node.try_get_context(key)
            if value is None:
                raise ValueError(f"the context says no {key}: give it with -c {key}=…")
            return str(value)

        restored = {table.name: node.try_get_context(f"restored_{table.name}") for table in wiring.TABLES}
        return cls(
            stage=told("stage"),
            domain=told("domain"),
            operators=told("operators"),
            budget=int(told("budget")),
            origin_secret=told("origin_secret"),
            restored={table: name for table, name in restored.items() if name},
        )

    @property
    def in_production(self) -> bool:
        """Production keeps its data whatever happens, and reserves its functions' concurrency."""
        return self.stage == PRODUCTION

    @property
    def on_removal(self) -> RemovalPolicy:
        """What becomes of data when its stack goes."""
        return RemovalPolicy.RETAIN if self.in_production else RemovalPolicy.DESTROY

    @property
    def url(self) -> str:
        """The portal's address, without a final slash."""
        return f"https://{self.domain}"

    @property
    def sender(self) -> str:
        """The address that e-mails come from."""
        return f"constancia@{self.domain}"

    def name(self, part: str) -> str:
        """The name of a part in AWS."""
        return f"constancia-{self.stage}-{part.replace('_', '-')}"

    def bucket_name(self, bucket: str) -> str:
        """The name of a bucket; all accounts of the world share these names, so ours is in it."""
        return f"{self.name(bucket)}-{Aws.ACCOUNT_ID}"

    def table_name(self, table: str) -> str:
        """The name of the table that the functions use."""
        return self.restored.get(table, self.name(table))

    def settings(self) -> dict[str, str]:
        """All settings of the functions that a deployment decides, but for the secrets."""
        return {
            **{table.setting: self.table_name(table.name) for table in wiring.TABLES},
            **{bucket.setting: self.bucket_name(bucket.name) for bucket in wiring.BUCKETS},
            "PORTAL_URL": self.url,
            "MAIL_SENDER": self.sender,
            "OPERATORS_MAIL": self.operators,
        }


def construct_id(name: str) -> str:
    """A name as CloudFormation's logical ids are written: `school_records` as `SchoolRecords`."""
    return "".join(word.capitalize() for word in name.replace("-", "_").split("_"))
