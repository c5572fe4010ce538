"""Secrets are read from Secrets Manager at run time, kept for minutes, and change without a deployment."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from constancia.aws import secrets


@pytest.fixture
def arn(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A secret whose name is in the environment."""
    secrets.client.cache_clear()
    monkeypatch.setattr(secrets, "_kept", {})
    made = boto3.client("secretsmanager").create_secret(Name="origin", SecretString="FIRST")["ARN"]
    monkeypatch.setenv("ORIGIN_SECRET", made)
    yield str(made)
    secrets.client.cache_clear()


def test_a_setting_that_is_no_name_is_the_secret_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIGIN_SECRET", "")
    assert secrets.values("ORIGIN_SECRET") == ()
    monkeypatch.setenv("ORIGIN_SECRET", "NEW OLD")
    assert secrets.values("ORIGIN_SECRET") == ("NEW", "OLD")


def test_a_secret_is_read_once_in_minutes_and_a_new_one_is_seen_after_them(
    arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: moment)
    assert secrets.values("ORIGIN_SECRET") == ("FIRST",)
    boto3.client("secretsmanager").put_secret_value(SecretId=arn, SecretString="SECOND FIRST")
    assert secrets.values("ORIGIN_SECRET") == ("FIRST",)
    moment += secrets.FRESH
    assert secrets.values("ORIGIN_SECRET") == ("SECOND", "FIRST")


def test_several_secrets_are_all_good(arn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    other = boto3.client("secretsmanager").create_secret(Name="before", SecretString="BEFORE")["ARN"]
    monkeypatch.setenv("ORIGIN_SECRET", f"{arn} {other}")
    assert secrets.values("ORIGIN_SECRET") == ("FIRST", "BEFORE")


def test_a_secret_that_may_not_be_read_any_more_does_no_harm_to_who_gives_the_one_in_use(
    arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment takes a role's right to read the earlier secret before it takes away the version that reads it."""
    gone = f"{secrets.ARN}us-east-1:123456789012:secret:gone"
    monkeypatch.setenv("ORIGIN_SECRET", f"{arn} {gone}")
    assert secrets.admits("ORIGIN_SECRET", "FIRST")
    with pytest.raises(ClientError):
        secrets.admits("ORIGIN_SECRET", "BEFORE")
    monkeypatch.setenv("ORIGIN_SECRET", "")
    assert secrets.admits("ORIGIN_SECRET", "anything")


def test_a_secret_that_was_read_stays_good_while_secrets_manager_is_silent(
    arn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com")

    with monkeypatch.context() as broken:
        broken.setattr(secrets.client(), "get_secret_value", silent)
        with pytest.raises(EndpointConnectionError):
            secrets.values("ORIGIN_SECRET")
    assert secrets.values("ORIGIN_SECRET") == ("FIRST",)
    monkeypatch.setattr(secrets.client(), "get_secret_value", silent)
    monkeypatch.setattr(secrets, "FRESH", 0.0)
    assert secrets.values("ORIGIN_SECRET") == ("FIRST",)
