"""What is said of how long data are kept is what the templates do."""

import re
from datetime import timedelta

from constancia.asking.request import LIFETIME
from constancia.correction import CLOSED_KEPT, OPEN_KEPT
from constancia.verifying import question_files

from infra import wiring
from tests.infra.cloud.assembly import ACCOUNT, REGION, ROOT, STAGE, Assembly
from tests.notice import NOTICE

DATA_MAP = (ROOT / "docs" / "data-map.md").read_text()
BACKUPS = 35
"""Days that point-in-time recovery reaches back where no other period is set (Amazon DynamoDB developer guide)."""


def days_of_bucket(assembly: Assembly, name: str) -> dict[str, int]:
    """The days of the rules that delete a bucket's objects and their old versions."""
    found: dict[str, int] = {}
    for bucket in assembly.all_of("AWS::S3::Bucket").values():
        if str(bucket.get("BucketName", "")).endswith(f"-{name}-{ACCOUNT}"):
            for rule in bucket["LifecycleConfiguration"]["Rules"]:
                found |= {"objects": rule["ExpirationInDays"]} if "ExpirationInDays" in rule else {}
                old = rule.get("NoncurrentVersionExpiration")
                found |= {"versions": old["NoncurrentDays"]} if old else {}
    return found


def test_what_the_privacy_notice_says_of_time_and_place_is_what_the_service_does(assembly: Assembly) -> None:
    inbox = days_of_bucket(assembly, "inbox")
    (blocked,) = (
        group["RetentionInDays"]
        for group in assembly.all_of("AWS::Logs::LogGroup").values()
        if str(group.get("LogGroupName", "")).startswith("aws-waf-logs")
    )
    for said in (
        f"La solicitud Vale {LIFETIME.total_seconds() / 3600:.0f} horas.",
        f"se borra a los {inbox['objects']} días, y su última copia {inbox['versions']} días después",
        f"quien descarga un PDF {days_of_bucket(assembly, 'logs')['objects']} días.",
        f"La de quien ataca el servicio, {blocked} días.",
        f"Las copias de seguridad {BACKUPS} días.",
    ):
        assert said in NOTICE, said
    assert REGION == "us-east-1", "the notice says that the data are in the United States"
    assert [table.name for table in wiring.TABLES if not table.restorable] == ["requests", "attempts"]
    assert wiring.bucket("pdfs").written_once


def test_lists_of_corrections_end_with_their_time_and_nothing_else_in_their_bucket_does(assembly: Assembly) -> None:
    (rules,) = (
        bucket["LifecycleConfiguration"]["Rules"]
        for bucket in assembly.all_of("AWS::S3::Bucket").values()
        if str(bucket.get("BucketName", "")).endswith(f"-reports-{ACCOUNT}")
    )
    ending = {rule.get("Prefix"): rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert ending == {"corrections/": 30}
    versions = {rule.get("Prefix"): rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules}
    assert versions == {"corrections/": 1, None: wiring.bucket("reports").old_versions_days}
    assert "deleted after its 30 days | 1 day more |" in DATA_MAP
    (row,) = (line for line in DATA_MAP.splitlines() if line.startswith("| `corrections` "))
    assert f"at most {OPEN_KEPT.days} days; {CLOSED_KEPT.days} days after it closed" in row
    for said in (
        f"Hasta que el colegio la corrija, {OPEN_KEPT.days} días como máximo, y {CLOSED_KEPT.days} días después",
        "La lista que recibe el colegio, 30 días, y su última copia un día más.",
    ):
        assert said in NOTICE, said


def test_the_files_of_institutions_end_with_their_day_and_nothing_else_in_the_inbox_does(assembly: Assembly) -> None:
    (rules,) = (
        bucket["LifecycleConfiguration"]["Rules"]
        for bucket in assembly.all_of("AWS::S3::Bucket").values()
        if str(bucket.get("BucketName", "")).endswith(f"-inbox-{ACCOUNT}")
    )
    ending = {rule.get("Prefix"): rule["ExpirationInDays"] for rule in rules}
    versions = {rule.get("Prefix"): rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules}
    assert ending == {question_files.FOLDER: 1, None: 30}
    assert versions == {question_files.FOLDER: 1, None: 7}
    # S3 counts whole days from the midnight after: no object of a file is gone before its answers are given no more.
    assert timedelta(days=ending[question_files.FOLDER]) >= question_files.ANSWERS_KEPT
    assert "files of institutions in `inbox`: what was replaced, or deleted after their day | 1 day more |" in DATA_MAP
    said = "La lista que una institución registrada envía como archivo Con sus respuestas, 1 día, y su última copia un"
    assert said in NOTICE


def test_what_the_data_map_says_of_copies_is_what_the_templates_do(assembly: Assembly) -> None:
    rows = [line.split("|")[1:-1] for line in DATA_MAP.splitlines() if "|" in line]
    told = [tuple(cell.strip() for cell in row) for row in rows if len(row) == 3]

    def days(of: str) -> int:
        """The days that the page says of a copy."""
        (found,) = {re.sub(r"\D.*", "", period) for _, what, period in told if what.startswith(of)}
        return int(found)

    tables = assembly.all_of("AWS::DynamoDB::Table").values()
    restorable = {
        table["TableName"].removeprefix(f"constancia-{STAGE}-").replace("-", "_")
        for table in tables
        if table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    }
    assert not any("RecoveryPeriodInDays" in table["PointInTimeRecoverySpecification"] for table in tables)
    (kept,) = (what for copy, what, _ in told if copy == "restoration to any moment")
    restored, _, never = kept.partition("; not ")
    assert set(re.findall(r"`(\w+)`", restored)) == restorable
    assert set(re.findall(r"`(\w+)`", never)) == {table.name for table in wiring.TABLES} - restorable
    assert days("`certificates`, `people`") == BACKUPS
    assert days("`inbox`") == days_of_bucket(assembly, "inbox")["versions"]
    for bucket in ("reports", "portal"):
        assert days("`reports` and `portal`") == days_of_bucket(assembly, bucket)["versions"]
    streamed = {table.name for table in wiring.TABLES if table.stream}
    assert streamed == {"certificates"}
    groups = [
        group["RetentionInDays"]
        for group in assembly.all_of("AWS::Logs::LogGroup").values()
        if not str(group.get("LogGroupName", "")).startswith("aws-waf-logs")
    ]
    assert set(groups) == {90}, "the three months of the page, the evidence's log included"


def test_an_expiring_item_is_deleted_where_the_data_map_says_so(assembly: Assembly) -> None:
    expiring = {
        table["TableName"]: table["TimeToLiveSpecification"]["AttributeName"]
        for table in assembly.all_of("AWS::DynamoDB::Table").values()
        if table.get("TimeToLiveSpecification", {}).get("Enabled")
    }
    page = DATA_MAP.splitlines()
    for table in wiring.TABLES:
        (row,) = (line for line in page if line.startswith(f"| `{table.name}` "))
        assert expiring.get(f"constancia-{STAGE}-{table.name.replace('_', '-')}") == table.expiry
        assert (f"`{table.expiry}`" in row) == bool(table.expiry)
