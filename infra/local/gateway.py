"""The HTTP server of this machine: the portal's files, the API as API Gateway calls it, and what `/_local/` shows."""

import gzip
import hashlib
import json
import logging
import mimetypes
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote

from infra import parts, portal_headers, portal_libraries, wiring
from infra.local import bus, events, outbox
from infra.local.runtime import Invoke
from infra.local.views import Views

PORTAL = Path(__file__).parents[2] / "portal"
LARGEST_BODY = 10 * 1024 * 1024
"""Bytes of a request's body; API Gateway refuses more by itself."""
COMPRESSED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".webmanifest")

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """An HTTP answer: status, headers and body."""

    status: int
    headers: dict[str, str]
    body: bytes


def message(status: HTTPStatus, text: str) -> Answer:
    """An answer in the form that API Gateway gives its own refusals."""
    return Answer(status, {"Content-Type": "application/json"}, json.dumps({"message": text}).encode())


NOT_FOUND = message(HTTPStatus.NOT_FOUND, "Not Found")


class Gateway:
    """A WSGI application (PEP 3333) in front of the functions of the wiring."""

    def __init__(self, invoke: Invoke, views: Views) -> None:
        self.invoke = invoke
        self.views = views
        self.libraries = portal_libraries.found()
        self.files: dict[Path, tuple[float, bytes, bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one HTTP request, logs it, and adds the headers that every answer carries."""
        started = time.perf_counter()
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        try:
            answer = self.answer(method, path, environ)
        except Exception:
            logger.exception("the gateway failed")
            answer = message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        headers = {**portal_headers.PORTAL_HEADERS, **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        logger.info("%s %s %s %d ms", answer.status, method, path, (time.perf_counter() - started) * 1000)
        return [b"" if method == "HEAD" else answer.body]

    def answer(self, method: str, path: str, environ: dict[str, Any]) -> Answer:
        """The answer to a request, without the common headers. `environ` is that of WSGI."""
        if path.startswith("/_local/"):
            if method in ("POST", "PUT"):
                return self.operate(path, environ) if method == "POST" else self.upload(path, environ)
            wants_page = "text/html" in environ.get("HTTP_ACCEPT", "")
            return self.local(method, path, environ.get("QUERY_STRING", ""), wants_page=wants_page)
        for function in wiring.FUNCTIONS:
            for route in function.routes:
                parameters = events.match(route, method, path)
                if parameters is not None:
                    return self.call(function, route, path, parameters, environ)
        if method not in ("GET", "HEAD"):
            return NOT_FOUND
        try:
            return self.public(path) or self.file(path, environ)
        except (OSError, ValueError):
            # The system refuses even to look for it: too long a name, or one with the character 0.
            return NOT_FOUND

    def call(
        self,
        function: parts.Function,
        route: parts.Route,
        path: str,
        parameters: dict[str, str],
        environ: dict[str, Any],
    ) -> Answer:
        """The answer of a function to a request for one of its routes."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > LARGEST_BODY:
            return message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
        body = environ["wsgi.input"].read(length) if length else b""
        event = events.http_event(
            route, path, parameters, environ.get("QUERY_STRING", ""), _headers(environ), body, environ["REMOTE_ADDR"]
        )
        try:
            answer = self.invoke(function.name, event)
        except Exception:
            logger.exception("%s failed", function.name)
            return message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        return Answer(answer["statusCode"], answer.get("headers", {}), (answer.get("body") or "").encode())

    def local(self, method: str, path: str, query: str, *, wants_page: bool = False) -> Answer:
        """What this machine alone shows: the outbox (for a browser a page), the event log, and objects of buckets."""
        if method not in ("GET", "HEAD"):
            return NOT_FOUND
        if path == "/_local/outbox":
            return _page(outbox.page(self.views.outbox())) if wants_page else _json(self.views.outbox())
        if path == "/_local/events":
            return _json(self.views.event_log())
        name, _, key = path.removeprefix("/_local/").partition("/")
        if any(bucket.by_link or "X-Amz-Signature=" in query for bucket in wiring.BUCKETS if bucket.name == name):
            return self.download(name, key, query)
        if any(name == bucket and key.startswith(prefix) for bucket, prefix in wiring.OPERATORS_READ):
            return self.stored(name, key)
        return NOT_FOUND

    def operate(self, path: str, environ: dict[str, Any]) -> Answer:
        """A request of the operators' console: to call an operators' function, or to put a file into an inbox."""
        # A page of another origin cannot send this header without a preflight request, which is refused here.
        if environ.get("HTTP_X_CONSTANCIA_CONSOLE") != "1":
            return message(HTTPStatus.FORBIDDEN, "Forbidden")
        place, _, name = path.removeprefix("/_local/").partition("/")
        for function in wiring.FUNCTIONS:
            if function.files and function.files.bucket == place and not function.files.by_link:
                self.views.put(place, function.files.prefix + name, environ["wsgi.input"])
                return _json({})
            if function.operators and (place, name) == ("invoke", function.name):
                command = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                return _json(self.invoke(name, json.loads(command)))
        return NOT_FOUND

    def public(self, path: str) -> Answer | None:
        """An object that everybody reads, or None for the path of something else."""
        for bucket in wiring.BUCKETS:
            if bucket.public_folder and path.startswith(f"/{bucket.public_folder}"):
                return self.stored(bucket.name, path[1:])
        return None

    def stored(self, bucket: str, key: str) -> Answer:
        """An object of a bucket, by the bucket's name in the wiring."""
        found = self.views.stored(bucket, key)
        if found is None:
            return NOT_FOUND
        caching = found[2] or "no-store"
        return Answer(HTTPStatus.OK, {"Content-Type": found[0], "Cache-Control": caching}, found[1])

    def download(self, bucket: str, key: str, query: str) -> Answer:
        """An object by its signed link, as S3 answers it; the read is published on the event bus.

        A link with a wrong signature, an expired one, and one to an absent object are answered 403.
        """
        refused = self.views.refuse_link(bucket, key, query)
        found = None if refused else self.views.stored(bucket, key)
        if found is None:
            return _denied(HTTPStatus.FORBIDDEN, "AccessDenied", refused or "Access Denied")
        bus.publish(events.download_event(bucket, key), self.invoke)
        disposition = parse_qs(query).get("response-content-disposition", ["attachment"])[0]
        headers = {"Content-Type": found[0], "Content-Disposition": disposition, "Cache-Control": "no-store"}
        return Answer(HTTPStatus.OK, headers, found[1])

    def upload(self, path: str, environ: dict[str, Any]) -> Answer:
        """An object put by a signed link, as S3 takes it: with the headers that were signed, the first one alone."""
        bucket, _, key = path.removeprefix("/_local/").partition("/")
        refused = self.views.refuse_link(bucket, key, environ.get("QUERY_STRING", ""), "PUT", _headers(environ))
        if bucket not in {each.name for each in wiring.BUCKETS} or refused:
            return _denied(HTTPStatus.FORBIDDEN, "AccessDenied", refused or "Access Denied")
        content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if not self.views.put_once(bucket, key, content):
            return _denied(HTTPStatus.PRECONDITION_FAILED, "PreconditionFailed", "At least one condition failed")
        return Answer(HTTPStatus.OK, {"Cache-Control": "no-store"}, b"")

    def file(self, path: str, environ: dict[str, Any]) -> Answer:
        """A file of the portal or of a library that it loads; a folder's file is its `index.html`."""
        if path in self.libraries:
            return self._sent(self.libraries[path], environ, caching=portal_headers.FOR_GOOD)
        wanted = (PORTAL / unquote(path).lstrip("/")).resolve()
        if not wanted.is_relative_to(PORTAL):
            return NOT_FOUND
        if (wanted / "index.html").is_file() and not path.endswith("/"):
            return Answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": quote(path) + "/"}, b"")
        status = HTTPStatus.OK
        if wanted.is_dir():
            wanted /= "index.html"
        if not wanted.is_file():
            if f"{path}/".startswith("/api/"):
                return NOT_FOUND
            wanted, status = PORTAL / "404.html", HTTPStatus.NOT_FOUND
        more = portal_headers.SCANNING_HEADERS if wanted.parent == PORTAL / portal_headers.SCANNING else {}
        return self._sent(wanted, environ, status, more)

    def _sent(
        self,
        file: Path,
        environ: dict[str, Any],
        status: HTTPStatus = HTTPStatus.OK,
        more: dict[str, str] | None = None,
        caching: str = portal_headers.PORTAL_CACHING,
    ) -> Answer:
        """A file, compressed where the browser accepts gzip; `more` are headers of its own."""
        plain, packed = self._read(file)
        tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'
        headers = {
            "Content-Type": _content_type(file),
            "Cache-Control": caching,
            "ETag": tag,
            "Vary": "Accept-Encoding",
            **(more or {}),
        }
        if environ.get("HTTP_IF_NONE_MATCH") == tag and status == HTTPStatus.OK:
            return Answer(HTTPStatus.NOT_MODIFIED, headers, b"")
        if file.suffix in COMPRESSED and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Answer(status, {**headers, "Content-Encoding": "gzip"}, packed)
        return Answer(status, headers, plain)

    def _read(self, file: Path) -> tuple[bytes, bytes]:
        changed = file.stat().st_mtime
        cached = self.files.get(file)
        if cached is None or cached[0] != changed:
            plain = file.read_bytes()
            cached = self.files[file] = (changed, plain, gzip.compress(plain, 9, mtime=0))
        return cached[1:]


def _denied(status: HTTPStatus, code: str, text: str) -> Answer:
    """A refusal in the form of S3."""
    body = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode()
    return Answer(status, {"Content-Type": "application/xml", "Cache-Control": "no-store"}, body)


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """The client's headers in lower case."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers


def _content_type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return (
        f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")) else kind
    )


def _page(text: str) -> Answer:
    return Answer(
        HTTPStatus.OK, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}, text.encode()
    )


def _json(body: Any) -> Answer:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Answer(
        HTTPStatus.OK, {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}, text.encode()
    )
