"""The service in AWS as its operators reach it."""

import json
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra import wiring
from infra.console.services import PATIENCE, Unreachable


class Cloud:
    """A stage of the service in AWS, called with the credentials of the environment; see `Service`."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.session = boto3.Session()
        # One try: after a broken connection it is unknown what the call did.
        once = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1})
        self.functions = self.session.client("lambda", config=once)

    def operator(self) -> str:
        """The ARN of the identity behind the credentials, as AWS STS knows it."""
        return str(self.session.client("sts").get_caller_identity()["Arn"])

    def call(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """See `Service.call`."""
        name = f"constancia-{self.stage}-{function.replace('_', '-')}"
        try:
            answer = self.functions.invoke(FunctionName=name, Qualifier=wiring.LIVE, Payload=json.dumps(event))
        except (BotoCoreError, ClientError) as error:
            raise Unreachable(f"AWS no deja llamar a {name}: {error}") from error
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Unreachable(f"{name} falló: {body.get('errorType')}; su registro dice dónde")
        return body

    def upload(self, file: Path, name: str) -> None:
        """See `Service.upload`."""
        place = self.call("watch_loads", {"command": "address", "name": name})
        self.session.client("s3").upload_file(str(file), place["bucket"], place["key"])

    def fetch(self, bucket: str, key: str) -> bytes:
        """See `Service.fetch`."""
        content: bytes = self.session.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content
