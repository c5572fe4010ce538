"""The service in AWS as its operators reach it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import wiring
from infra.console.services import PATIENCE, Unreachable


class Cloud:
    """A stage of the service in AWS, called with the credentials of the environment; see `Service`."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        # One try: after a broken connection it is unknown what the call did.
        once = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1})
        with _reaching("usar tus credenciales"):
            # boto3 reads a region from elsewhere than the command `aws` does; the service has one.
            self.session = boto3.Session(region_name=wiring.REGION)
            self.functions = self.session.client("lambda", config=once)

    def operator(self) -> str:
        """The ARN of the identity behind the credentials, as AWS STS knows it."""
        with _reaching("saber quién eres"):
            return str(self.session.client("sts").get_caller_identity()["Arn"])

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """See `Service.call`."""
        name = f"constancia-{self.stage}-{function.replace('_', '-')}"
        with _reaching(f"llamar a {name}"):
            answer = self.functions.invoke(FunctionName=name, Qualifier=wiring.LIVE, Payload=json.dumps(event))
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Unreachable(f"{name} falló: {body.get('errorType')}; su registro dice dónde")
        return body

    def upload(self, file: Path, name: str) -> None:
        """See `Service.upload`."""
        place = self.call("watch_loads", {"command": "address", "name": name})
        with _reaching(f"subir {name}"):
            self.session.client("s3").upload_file(str(file), place["bucket"], place["key"])

    def fetch(self, bucket: str, key: str) -> bytes:
        """See `Service.fetch`."""
        with _reaching(f"leer {key}"):
            content: bytes = self.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content


@contextmanager
def _reaching(what: str) -> Iterator[None]:
    """Says in Spanish what AWS did not let the operator do, where credentials, rights or the network fail."""
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise Unreachable(f"AWS no deja {what}: {error}") from error
