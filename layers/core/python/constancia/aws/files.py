"""Buckets as files: read in parts, written chunk by chunk, and small JSON objects."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from constancia import lima, settings
from constancia.aws.s3 import EXISTS, client, find

CHUNK = 1024 * 1024
"""Bytes read at once."""
PART = 8 * 1024 * 1024
"""Bytes of one part of an upload; S3 takes ten thousand parts."""


class BucketFiles:
    """The objects of one bucket, by the setting that names it: see `constancia.loading.workflow.FileStore`."""

    def __init__(self, setting: str) -> None:
        self.name = settings.text(setting)

    def arrival(self, key: str) -> tuple[datetime, str]:
        """When an object was put there (Lima time, to the second) and the tag of its content."""
        head = client().head_object(Bucket=self.name, Key=key)
        return head["LastModified"].astimezone(lima.LIMA), head["ETag"].strip('"')

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        """An object or `size` bytes of it, chunk by chunk; it fails if the content has not that tag any more."""
        if size == 0:
            return
        wanted = {"Range": f"bytes={start}-{'' if size is None else start + size - 1}"} if start or size else {}
        if tag:
            wanted["IfMatch"] = tag
        try:
            body = client().get_object(Bucket=self.name, Key=key, **wanted)["Body"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":
                return
            raise
        yield from body.iter_chunks(CHUNK)

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Puts an object there chunk by chunk, in constant memory; it appears whole or not at all."""
        place = {"Bucket": self.name, "Key": key}
        upload = None
        parts: list[dict[str, Any]] = []
        waiting = bytearray()

        def send() -> None:
            sent = client().upload_part(**place, UploadId=upload, PartNumber=len(parts) + 1, Body=bytes(waiting))
            parts.append({"PartNumber": len(parts) + 1, "ETag": sent["ETag"]})
            waiting.clear()

        try:
            for chunk in chunks:
                waiting += chunk
                if len(waiting) >= PART:
                    upload = upload or client().create_multipart_upload(**place)["UploadId"]
                    send()
            if upload is None:
                client().put_object(**place, Body=bytes(waiting))
                return
            if waiting:
                send()
            client().complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            if upload is not None:
                client().abort_multipart_upload(**place, UploadId=upload)
            raise

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        found = find(self.name, key)
        return json.loads(found["Body"].read()) if found else None

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Puts a JSON object there; with `once` only if there is none, and False if there is one."""
        condition = {"IfNoneMatch": "*"} if once else {}
        body = json.dumps(value, ensure_ascii=False).encode()
        try:
            client().put_object(
                Bucket=self.name, Key=key, Body=body, ContentType="application/json; charset=utf-8", **condition
            )
        except ClientError as error:
            if once and error.response["Error"]["Code"] in EXISTS:
                return False
            raise
        return True

    def put_file(self, key: str, content: bytes, content_type: str) -> None:
        """Puts a small file there in place of an earlier one."""
        client().put_object(Bucket=self.name, Key=key, Body=content, ContentType=content_type)

    def under(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        for page in client().get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
            yield from (found["Key"] for found in page.get("Contents", []))
