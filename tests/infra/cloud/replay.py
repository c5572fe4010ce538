"""A run of a function once more, in a fresh interpreter that has nothing but its package, its layers and the runtime.

AWS is played by the replies of the first run, given back over HTTP in the order in which they were asked for.
"""

import base64
import json
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3

from infra.cloud import layers
from infra.local import service
from tests.infra.cloud.ledger import Exchange, Reply

IN_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "urllib3", "dateutil", "six.py", "jmespath")
"""What Lambda's Python brings along."""

ALONE = """
import importlib, importlib.util, json, sys
name, paths, event = json.load(sys.stdin)
sys.path[:0] = paths
from types import SimpleNamespace
context = SimpleNamespace(
    function_name=name, memory_limit_in_mb=128, invoked_function_arn="arn:aws:lambda:us-east-1:0:function:" + name,
    aws_request_id="1", get_remaining_time_in_millis=lambda: 10_000,
)
answer = importlib.import_module(name).handler(event, context)
libraries = [library for library in ("fpdf", "constancia_pdf") if importlib.util.find_spec(library)]
json.dump([answer, libraries], sys.stdout)
"""


DRAWN = {"challenge", "parameters", "signature", "nonce", "salt", "request_id", "virtual_code", "attestation"}
DRAWN |= {"institution_id", "key"}
TIMED = {
    "started_at",
    "expires_at",
    "issued_at",
    "email_erased_at",
    "pdf_url",
    "verify_url",
    "sha256",
    "links",
    "seconds",
    "key_since",
    "moment",
    "since",
}
"""Fields of answers that are drawn at random, and those that depend on them or on the moment."""


def steady(answer: Any) -> Any:
    """An answer without the values that differ from run to run; of these only the names are left."""
    if isinstance(answer, list):
        return [steady(part) for part in answer]
    if not isinstance(answer, dict):
        return answer
    read = {name: json.loads(value) if name == "body" else value for name, value in answer.items()}
    return {name: "" if name in DRAWN | TIMED else steady(value) for name, value in read.items()}


class _Server(ThreadingHTTPServer):
    def __init__(self, replies: Iterable[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.waiting = list(replies)
        self.lock = threading.Lock()

    def next(self, operation: str) -> Reply:
        """The next reply to that operation."""
        with self.lock:
            place = next(place for place, reply in enumerate(self.waiting) if reply.operation == operation)
            return self.waiting.pop(place)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.headers.get("X-Amz-Target")
        if target:
            self._send_json(self.server.next(target.rpartition(".")[2]))
        elif self.path.startswith("/v2/email"):
            self._send_json(self.server.next("SendEmail"))
        else:
            listing = self.command == "GET" and "list-type=2" in self.path
            by_method = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject"}
            self._send_object(self.server.next("ListObjectsV2" if listing else by_method[self.command]))

    def _send_json(self, reply: Reply) -> None:
        fields = {name: value for name, value in (reply.answer or {}).items() if name != "ResponseMetadata"}
        if reply.error:
            fields = {"__type": f"com.amazonaws.dynamodb.v20120810#{reply.error}"}
        written = json.dumps(fields, default=lambda data: base64.b64encode(data).decode())
        self._send(400 if reply.error else 200, {"Content-Type": "application/x-amz-json-1.0"}, written.encode())

    def _send_object(self, reply: Reply) -> None:
        if reply.error:
            status = {"NoSuchKey": 404, "404": 404, "PreconditionFailed": 412}[reply.error]
            self._send(status, {}, f"<Error><Code>{reply.error}</Code></Error>".encode())
            return
        fields = reply.answer or {}
        if reply.operation == "ListObjectsV2":
            found = "".join(f"<Contents><Key>{item['Key']}</Key></Contents>" for item in fields.get("Contents", []))
            self._send(200, {}, f"<ListBucketResult>{found}</ListBucketResult>".encode())
            return
        headers = {"ETag": fields.get("ETag", '""')}
        if "LastModified" in fields:
            headers["Last-Modified"] = format_datetime(fields["LastModified"].astimezone(UTC), usegmt=True)
        self._send(200, headers, reply.body)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_GET = do_HEAD = _answer  # noqa: N815 the names that http.server looks for

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Says nothing."""


@contextmanager
def replaying(replies: Iterable[Reply]) -> Iterator[str]:
    """An address at which AWS gives these replies."""
    server = _Server(replies)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


_PROCESSOR = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
THIS_MACHINE = f"{_PROCESSOR}-{'apple-darwin' if sys.platform == 'darwin' else 'manylinux_2_34'}"
"""As uv names it; a layer with machine code has to be built for the one that runs it."""


def runtime_folder(folder: Path) -> Path:
    """The folder with what Lambda's Python brings along, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    installed = Path(boto3.__file__).parents[1]
    for name in IN_THE_RUNTIME:
        if not (folder / name).exists():
            (folder / name).symlink_to(installed / name)
    return folder


def interpreter() -> str:
    """Lambda's Python where this machine has it, else the one that runs this."""
    return layers.interpreter() or sys.executable


def environment(endpoint: str) -> dict[str, str]:
    """The environment of a function here, AWS at an address."""
    values = {**service.ENVIRONMENT, **service.settings("https://constancia.example"), "AWS_ENDPOINT_URL": endpoint}
    return {**values, "PATH": os.environ["PATH"], "AWS_CONFIG_FILE": os.devnull}


def run_alone(exchange: Exchange, paths: list[Path], python: tuple[str, ...] | None = None) -> tuple[Any, list[str]]:
    """The function's answer to the same event, and the PDF libraries that it could have imported.

    Args:
        exchange: the run to repeat.
        paths: the function's folder, its layers', and the runtime's.
        python: the command of another Python than `interpreter`'s.
    """
    with replaying(exchange.replies) as endpoint:
        sent = json.dumps([exchange.function, [str(path) for path in paths], exchange.event])
        command = [*(python or (interpreter(),)), "-I", "-S", "-B", "-c", ALONE]
        run = subprocess.run(
            command, input=sent, env=environment(endpoint), capture_output=True, text=True, check=False, cwd="/"
        )
    assert run.returncode == 0, run.stderr[-3000:]
    answer, libraries = json.loads(run.stdout.splitlines()[-1])
    return answer, libraries
