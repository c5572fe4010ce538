"""One HTTP origin on this machine: the portal's files, the API as API Gateway would call it, and a few local views."""

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

from infra import wiring
from infra.local import events
from infra.local.runtime import Invoke
from infra.local.views import Views

PORTAL = Path(__file__).parents[2] / "portal"
READABLE = {"/_local/reports/": ("REPORTS_BUCKET", ""), "/_local/inbox/rejects/": ("INBOX_BUCKET", "rejects/")}
"""What operators read themselves: where it is here, in which bucket and under which keys."""
LARGEST_BODY = 10 * 1024 * 1024
"""Bytes; API Gateway refuses more by itself."""
COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".webmanifest")

logger = logging.getLogger(__name__)


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def message(status: HTTPStatus, text: str) -> Answer:
    """An answer of API Gateway's own."""
    return Answer(status, {"Content-Type": "application/json"}, json.dumps({"message": text}).encode())


NOT_FOUND = message(HTTPStatus.NOT_FOUND, "Not Found")


class Gateway:
    """A WSGI application."""

    def __init__(self, invoke: Invoke, views: Views) -> None:
        self.invoke = invoke
        self.views = views
        self.files: dict[Path, tuple[float, bytes, bytes]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one HTTP request."""
        started = time.perf_counter()
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        try:
            answer = self.answer(method, path, environ)
        except Exception:
            logger.exception("the gateway failed")
            answer = message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
        headers = {**wiring.PORTAL_HEADERS, **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        logger.info("%s %s %s %d ms", answer.status, method, path, (time.perf_counter() - started) * 1000)
        return [b"" if method == "HEAD" else answer.body]

    def answer(self, method: str, path: str, environ: dict[str, Any]) -> Answer:
        """What there is to say to this request."""
        if path.startswith("/_local/"):
            if method == "POST":
                return self.operate(path, environ)
            return self.local(method, path, environ.get("QUERY_STRING", ""))
        for function in wiring.FUNCTIONS:
            for route in function.routes:
                parameters = events.match(route, method, path)
                if parameters is not None:
                    return self.call(function, route, path, parameters, environ)
        if method not in ("GET", "HEAD"):
            return NOT_FOUND
        try:
            return self.file(path, environ)
        except (OSError, ValueError):
            # The system refuses even to look for it: too long a name, or one with the character 0.
            return NOT_FOUND

    def call(
        self,
        function: wiring.Function,
        route: wiring.Route,
        path: str,
        parameters: dict[str, str],
        environ: dict[str, Any],
    ) -> Answer:
        """Has a function answer."""
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

    def local(self, method: str, path: str, query: str) -> Answer:
        """What exists on this machine only: the mail, the event log, stored files, and the PDFs behind their links."""
        if method not in ("GET", "HEAD"):
            return NOT_FOUND
        if path == "/_local/outbox":
            return _json(self.views.outbox())
        if path == "/_local/events":
            return _json(self.views.event_log())
        for place, (bucket, prefix) in READABLE.items():
            if path.startswith(place):
                return self.stored(bucket, prefix + path.removeprefix(place))
        if path.startswith("/_local/pdfs/"):
            return self.download(path.removeprefix("/_local/pdfs/"), query)
        return NOT_FOUND

    def operate(self, path: str, environ: dict[str, Any]) -> Answer:
        """What the operator's console asks of a service that runs here, as its AWS role would let it."""
        # No page of another origin can send this header without asking, and nobody here would say yes.
        if environ.get("HTTP_X_CONSTANCIA_CONSOLE") != "1":
            return message(HTTPStatus.FORBIDDEN, "Forbidden")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if path.startswith("/_local/inbox/"):
            self.views.drop(path.removeprefix("/_local/inbox/"), environ["wsgi.input"])
            return _json({})
        name = path.removeprefix("/_local/invoke/")
        if name not in {function.name for function in wiring.FUNCTIONS if function.operators}:
            return NOT_FOUND
        return _json(self.invoke(name, json.loads(environ["wsgi.input"].read(length))))

    def stored(self, bucket: str, key: str) -> Answer:
        """What a bucket holds, as its operators may read it."""
        found = self.views.stored(bucket, key)
        if found is None:
            return NOT_FOUND
        return Answer(HTTPStatus.OK, {"Content-Type": found[0], "Cache-Control": "no-store"}, found[1])

    def download(self, key: str, query: str) -> Answer:
        """A PDF by its link, if the link is ours and not older than it says; the bucket would check the same."""
        refused = self.views.refuse_link(key, query)
        pdf = None if refused else self.views.pdf(key)
        if pdf is None:
            return Answer(
                HTTPStatus.FORBIDDEN,
                {"Content-Type": "application/xml", "Cache-Control": "no-store"},
                f"<Error><Code>AccessDenied</Code><Message>{refused or 'Access Denied'}</Message></Error>".encode(),
            )
        self.invoke("count_download", events.download_event("pdfs", key))
        disposition = parse_qs(query).get("response-content-disposition", ["attachment"])[0]
        return Answer(
            HTTPStatus.OK,
            {"Content-Type": "application/pdf", "Content-Disposition": disposition, "Cache-Control": "no-store"},
            pdf,
        )

    def file(self, path: str, environ: dict[str, Any]) -> Answer:
        """A file of the portal, compressed where the browser takes that."""
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
        plain, packed = self._read(wanted)
        tag = f'"{hashlib.sha256(plain).hexdigest()[:16]}"'
        headers = {
            "Content-Type": _content_type(wanted),
            "Cache-Control": wiring.PORTAL_CACHING,
            "ETag": tag,
            "Vary": "Accept-Encoding",
        }
        if environ.get("HTTP_IF_NONE_MATCH") == tag and status == HTTPStatus.OK:
            return Answer(HTTPStatus.NOT_MODIFIED, headers, b"")
        if wanted.suffix in COMPRESSED and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", ""):
            return Answer(status, {**headers, "Content-Encoding": "gzip"}, packed)
        return Answer(status, headers, plain)

    def _read(self, file: Path) -> tuple[bytes, bytes]:
        changed = file.stat().st_mtime
        kept = self.files.get(file)
        if kept is None or kept[0] != changed:
            plain = file.read_bytes()
            kept = self.files[file] = (changed, plain, gzip.compress(plain, 9, mtime=0))
        return kept[1:]


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


def _json(body: Any) -> Answer:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Answer(
        HTTPStatus.OK, {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}, text.encode()
    )
