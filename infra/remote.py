"""The two ways to a service for its operators: one that runs on this machine, and one in AWS. Same words for both."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from infra import wiring

PATIENCE = 900
"""Seconds; a report of a month counts days that were never counted."""


class Unreachable(Exception):
    """Nobody answers, or the answer is an error of the service; the message says what to do."""


class Service(Protocol):
    """A service as its operators reach it."""

    def operator(self) -> str:
        """Who calls, as far as this side knows."""
        ...

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """The answer of a function."""
        ...

    def drop(self, file: Path, name: str) -> None:
        """Puts a file into the inbox under that name."""
        ...

    def fetch(self, bucket: str, key: str) -> bytes:
        """A stored report, or the rejects of a load."""
        ...


class Local:
    """A service that runs on this machine."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def operator(self) -> str:
        """Whoever is logged in here."""
        import getpass  # noqa: PLC0415

        return getpass.getuser()

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """The answer of a function."""
        answer: dict[str, Any] = json.loads(self._ask(f"/_local/invoke/{function}", json.dumps(event).encode()))
        return answer

    def drop(self, file: Path, name: str) -> None:
        """Puts a file into the inbox under that name."""
        with file.open("rb") as content:
            self._ask(f"/_local/inbox/{quote(name)}", content, length=file.stat().st_size)

    def fetch(self, bucket: str, key: str) -> bytes:
        """A stored report, or the rejects of a load."""
        return self._ask(f"/_local/{bucket.rpartition('-')[2]}/{quote(key)}")

    def _ask(self, path: str, body: Any = None, length: int | None = None) -> bytes:
        headers = {"X-Constancia-Console": "1", "Content-Type": "application/json"}
        if length is not None:
            headers["Content-Length"] = str(length)
        try:
            request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 the operator's own address
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                content: bytes = answer.read()
        except urllib.error.HTTPError as error:
            raise Unreachable(f"{self.url} respondió {error.code}; mira lo que dice donde corre") from error
        except ValueError as error:
            raise Unreachable(f"{self.url} no es una dirección; va como http://127.0.0.1:8000") from error
        except OSError as error:
            raise Unreachable(
                f"no responde {self.url}. Ponlo en marcha con «make serve», o usa --aws con la etapa"
            ) from error
        return content


class Cloud:
    """A service in AWS, with the credentials of the environment."""

    def __init__(self, stage: str) -> None:
        import boto3  # noqa: PLC0415 a third of a second that `--help` does without
        from botocore.config import Config  # noqa: PLC0415

        self.stage = stage
        self.session = boto3.Session()
        # One try: what a call did before its connection broke is not known here.
        once = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1})
        self.functions = self.session.client("lambda", config=once)

    def operator(self) -> str:
        """The identity behind the credentials, as AWS knows it."""
        return str(self.session.client("sts").get_caller_identity()["Arn"])

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """The answer of a function."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        name = f"constancia-{self.stage}-{function.replace('_', '-')}"
        try:
            answer = self.functions.invoke(FunctionName=name, Qualifier=wiring.LIVE, Payload=json.dumps(event))
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(f"AWS no deja llamar a {name}: {error}") from error
        told: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Unreachable(f"{name} falló: {told.get('errorType')}; su registro dice dónde")
        return told

    def drop(self, file: Path, name: str) -> None:
        """Puts a file into the inbox under that name."""
        place = self.call("ingest_records", {"step": "address", "name": name})
        self.session.client("s3").upload_file(str(file), place["bucket"], place["key"])

    def fetch(self, bucket: str, key: str) -> bytes:
        """A stored report, or the rejects of a load."""
        content: bytes = self.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content
