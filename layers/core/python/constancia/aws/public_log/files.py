"""The bucket of the public log, which everybody reads: tiles and bundles are written once, the checkpoint grows."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from constancia import settings
from constancia.aws.s3 import EXISTS, client, find
from constancia.errors import LogForked, TemporarilyUnavailable

FOLDER = "log/"
"""Where the objects' keys begin, as their addresses do."""
CHECKPOINT = f"{FOLDER}checkpoint"
TILE_CACHING, CHECKPOINT_CACHING = "public, max-age=31536000, immutable", "public, max-age=5"
READERS = 10
"""Files read at once: as many connections as the client keeps."""
TRIES = 10
"""Writes of a checkpoint that keep meeting another sequencer's."""


class LogBucket:
    """The files of the public log: see `constancia.public_log.sequencer.LogFiles`."""

    def __init__(self) -> None:
        self.bucket = settings.text("PUBLIC_LOG_BUCKET")

    def store(self, path: str, content: bytes) -> None:
        """Stores a tile or bundle, once.

        Raises:
            LogForked: another one is stored under that path.
            TemporarilyUnavailable: another call stores something there at this moment.
        """
        try:
            client().put_object(
                Bucket=self.bucket,
                Key=FOLDER + path,
                Body=content,
                ContentType="application/octet-stream",
                CacheControl=TILE_CACHING,
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in EXISTS:
                raise
            stored = self.read(path)
            if stored is None:
                raise TemporarilyUnavailable from error
            if stored != content:
                raise LogForked(path) from error

    def published(self) -> int:
        """The entries of the tree whose checkpoint everybody reads; 0 before the first."""
        found = self._get(CHECKPOINT)
        return _size_of(found[0]) if found else 0

    def publish(self, size: int, note: str) -> None:
        """Makes a signed note the checkpoint, unless there is one of a larger tree, or the same cosigned."""
        for _ in range(TRIES):
            found = self._get(CHECKPOINT)
            if found and (_size_of(found[0]) > size or found[0].startswith(note.encode())):
                return
            unchanged = {"IfMatch": found[1]} if found else {"IfNoneMatch": "*"}
            try:
                client().put_object(
                    Bucket=self.bucket,
                    Key=CHECKPOINT,
                    Body=note.encode(),
                    ContentType="text/plain; charset=utf-8",
                    CacheControl=CHECKPOINT_CACHING,
                    **unchanged,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] not in EXISTS:
                    raise
            else:
                return
        raise TemporarilyUnavailable

    def read(self, path: str) -> bytes | None:
        """A tile or bundle, or None."""
        found = self._get(FOLDER + path)
        return found[0] if found else None

    def read_all(self, paths: Sequence[str]) -> Iterator[bytes | None]:
        """Tiles and bundles, in the order of their paths, several at once; None for each that is not there."""
        with ThreadPoolExecutor(READERS) as readers:
            yield from readers.map(self.read, paths)

    def checkpoint(self) -> str | None:
        """The signed note of the checkpoint, or None before the first."""
        found = self._get(CHECKPOINT)
        return found[0].decode() if found else None

    def _get(self, key: str) -> tuple[bytes, str] | None:
        """The content of an object and its version tag, or None."""
        found = find(self.bucket, key)
        return (found["Body"].read(), found["ETag"]) if found else None


def _size_of(note: bytes) -> int:
    """The size of the tree in a checkpoint: its second line."""
    return int(note.split(b"\n")[1])
