"""Copies of tables that nobody who administers them can delete: AWS Backup, into a vault with a lock.

A table's restorable history belongs to the table; whoever deletes the table for good deletes it too. See decision 081.
"""

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra import wiring
from infra.cloud.deployment import REGION, RETAINED, Deployment

KEPT_DAILY, KEPT_WEEKLY = Duration.days(7), Duration.days(35)
COPIES = 12
"""Copies that there are at a time: seven of the last days, and five of the last weeks."""
NIGHT_HOUR, NIGHT_MINUTE = "7", "30"
"""UTC; half past two in Lima, where nobody enrols."""
THROUGH = tuple(f"{service}.{REGION}.amazonaws.com" for service in ("dynamodb", "backup"))
"""The services through which the key is used for copies."""
CHANGEABLE_FOR = Duration.days(3)
"""How long a lock that nobody can lift may still be taken back after its deployment (the least that AWS allows)."""


class Copies(Construct):
    """The vault and its plan."""

    def __init__(self, scope: Construct, deployment: Deployment, key: kms.IKey) -> None:
        super().__init__(scope, "Copies")
        # The tables in use, which may be restored ones.
        table = f"arn:aws:dynamodb:{Stack.of(self).region}:{Aws.ACCOUNT_ID}:table"
        arns = [f"{table}/{deployment.table_name(row.name)}" for row in wiring.TABLES if row.copied]
        self.vault = backup.BackupVault(
            self,
            "Vault",
            backup_vault_name=deployment.name("copies"),
            encryption_key=key,
            lock_configuration=backup.LockConfiguration(
                min_retention=KEPT_DAILY,
                # Without it, who may delete the vault's lock may lift it; with it nobody can, AWS included.
                changeable_for=CHANGEABLE_FOR if deployment.copies_locked else None,
            ),
            # A vault with copies cannot be deleted, in no stage: its lock keeps them for days.
            removal_policy=RETAINED,
        )
        plan = backup.BackupPlan(self, "Plan", backup_plan_name=deployment.name("copies"), backup_vault=self.vault)
        for name, weekday, kept in (("daily", None, KEPT_DAILY), ("weekly", "SUN", KEPT_WEEKLY)):
            plan.add_rule(
                backup.BackupPlanRule(
                    rule_name=name,
                    schedule_expression=events.Schedule.cron(hour=NIGHT_HOUR, minute=NIGHT_MINUTE, week_day=weekday),
                    delete_after=kept,
                )
            )
        role = iam.Role(
            self,
            "Role",
            role_name=deployment.name("copies"),
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            inline_policies={"copy": iam.PolicyDocument(statements=_statements(key, arns))},
        )
        plan.add_selection(
            "Tables",
            backup_selection_name=deployment.name("copies"),
            resources=[backup.BackupResource.from_arn(arn) for arn in arns],
            role=role.without_policy_updates(),
            disable_default_backup_policy=True,
        )


def _statements(key: kms.IKey, arns: list[str]) -> list[iam.PolicyStatement]:
    """What AWS Backup needs for copies of DynamoDB tables (its developer guide, "Service roles"), for these alone."""
    return [
        iam.PolicyStatement(
            actions=[
                "dynamodb:DescribeTable",
                "dynamodb:CreateBackup",
                "dynamodb:StartAwsBackupJob",
                "dynamodb:ListTagsOfResource",
            ],
            resources=arns,
        ),
        iam.PolicyStatement(
            actions=["dynamodb:DescribeBackup", "dynamodb:DeleteBackup"], resources=[f"{arn}/backup/*" for arn in arns]
        ),
        # A copy bears the tags of its table, and has no name before it is made.
        iam.PolicyStatement(
            actions=["backup:TagResource"],
            resources=[f"arn:aws:backup:{REGION}:{Aws.ACCOUNT_ID}:recovery-point:*"],
        ),
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": list(THROUGH)}},
        ),
        iam.PolicyStatement(
            actions=["kms:CreateGrant"],
            resources=[key.key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": list(THROUGH)},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
    ]
