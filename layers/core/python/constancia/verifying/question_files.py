"""Files of questions (rule 13): how an institution hands one in, what becomes of it, and where its answers are.

A file has a question on each line, as JSON, and is put into the inbox by a link. How it is answered stands in
`constancia.verifying.file_answers`. Whatever is stored of it lies under `institutions/`, by institution and file, and
is deleted a day after it was written.
"""

import re
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from constancia import wording
from constancia.errors import QuestionFileNotFound
from constancia.fields import read_body
from constancia.verifying.institutions import Institution
from constancia.verifying.question_lists import ANSWERS

FOLDER = "institutions/"
INCOMING = f"{FOLDER}incoming/"
"""Where files of questions arrive in the inbox."""
OPENED = f"{FOLDER}opened/"
"""Where it stands what a file asks for, from before it arrives."""
ANSWERED = f"{FOLDER}answers/"
"""Where all is that becomes of a file, its answers at last."""

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a file: more than the largest quota of questions, each with the longest reference."""
TIME_TO_SEND = timedelta(hours=1)
"""For how long a file may be put into the inbox."""
ANSWERS_KEPT = timedelta(hours=24)
"""For how long answers are given, after the last one is there."""
FILE_ID = re.compile("[0-9a-f]{16}")

WAITING, RECEIVED, ANSWERING, DONE, REFUSED = "waiting", "received", "answering", "answered", "refused"
"""What becomes of a file: it has not arrived, it has, it is being answered, it is answered, or none of it is."""


class QuestionFile(NamedTuple):
    """A file of questions, by whose it is."""

    institution_id: str
    file_id: str

    @property
    def incoming(self) -> str:
        """The key of its questions in the inbox."""
        return f"{INCOMING}{self.institution_id}/{self.file_id}"

    @property
    def opened(self) -> str:
        """The key of what it asks for."""
        return f"{OPENED}{self.institution_id}/{self.file_id}.json"

    def kept(self, name: str) -> str:
        """The key of something that became of it."""
        return f"{ANSWERED}{self.institution_id}/{self.file_id}/{name}"

    @property
    def planned(self) -> str:
        """The key of what its plan found, and of how it ended."""
        return self.kept("file.json")

    @property
    def answers(self) -> str:
        """The key of its answers, a line for each line of the file."""
        return self.kept("respuestas.jsonl")


class FileStateStore(Protocol):
    """The inbox, as far as the progress of a file is in it."""

    def get(self, key: str) -> Any:
        """A JSON object, or None."""
        ...

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        """Puts a JSON object there; with `once` only if there is none, and False if there is one."""
        ...

    def under(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        ...


class FileLinks(Protocol):
    """Signed links to objects of the inbox."""

    def to_send(self, key: str, headers: dict[str, str], lifetime: timedelta) -> str:
        """A link by which an object is put there, with these headers and no others in their place."""
        ...

    def to_fetch(self, key: str, filename: str, lifetime: timedelta) -> str:
        """A link that downloads an object under a name."""
        ...


def open_file(
    body: bytes, institution: Institution, moment: datetime, *, inbox: FileStateStore, links: FileLinks
) -> dict[str, Any]:
    """Opens a file for an institution: the answer to `POST /api/verifications/files`.

    Args:
        body: the JSON, with `answer` and the number of `bytes` of the file.
        institution: who asks, recognised by its key.
        moment: Lima time.
        inbox: where files arrive.
        links: the links to it.

    Raises:
        MalformedRequest, InvalidFields: the body cannot be read.
    """
    fields = read_body(body)
    answer = fields.choice("answer", ANSWERS)
    size = fields.number("bytes", 1, LARGEST_FILE)
    fields.check()
    file = QuestionFile(institution.institution_id, secrets.token_hex(8))
    inbox.put(file.opened, {"answer": answer, "key_since": institution.key_since})
    # The first one counts: what is worked off cannot be replaced meanwhile.
    headers = {"Content-Length": str(size), "If-None-Match": "*"}
    return {
        "file_id": file.file_id,
        "upload_url": links.to_send(file.incoming, headers, TIME_TO_SEND),
        "upload_headers": headers,
        "upload_until": (moment + TIME_TO_SEND).isoformat(timespec="seconds"),
    }


def describe_file(
    file_id: str, institution: Institution, moment: datetime, *, inbox: FileStateStore, links: FileLinks
) -> dict[str, Any]:
    """What becomes of a file: the answer to `GET /api/verifications/files/{file_id}`.

    Args:
        file_id: the file.
        institution: who asks, recognised by its key; it knows its own files only.
        moment: Lima time.
        inbox: where files arrive.
        links: the links to it.

    Raises:
        QuestionFileNotFound: the institution opened no such file, or its answers are not given any more.
    """
    if not FILE_ID.fullmatch(file_id):
        raise QuestionFileNotFound
    file = QuestionFile(institution.institution_id, file_id)
    planned = inbox.get(file.planned)
    opened = planned or inbox.get(file.opened)
    if opened is None:
        raise QuestionFileNotFound
    told: dict[str, Any] = {
        "file_id": file_id,
        "answer": opened["answer"],
        "state": ANSWERING,
        "questions": None,
        "answered": 0,
        "refused": None,
        "answers_url": None,
        "answers_until": None,
    }
    if planned is None:
        arrived = file.incoming in inbox.under(file.incoming)
        return {**told, "state": RECEIVED if arrived else WAITING}
    told["questions"] = planned["questions"]
    told["answered"] = sum(map(_answers_of, inbox.under(file.kept("parts/"))))
    if "ended_at" not in planned:
        return told
    until = datetime.fromisoformat(planned["ended_at"]) + ANSWERS_KEPT
    if moment >= until:
        raise QuestionFileNotFound
    if planned["refused"]:
        return {**told, "state": REFUSED, "refused": _refused(**planned["refused"])}
    link = links.to_fetch(file.answers, f"respuestas-{file_id}.jsonl", until - moment)
    return {
        **told,
        "state": DONE,
        "answers_url": link,
        "answers_until": until.isoformat(timespec="seconds"),
    }


def part_key(file: QuestionFile, first_line: int, answers: int) -> str:
    """The key of the answers to a part of a file, which says how many they are: so progress is a list of keys."""
    return f"{parts_of(file, first_line)}{answers}.jsonl"


def parts_of(file: QuestionFile, first_line: int) -> str:
    """How the key of the part begins whose first line this is."""
    return file.kept(f"parts/{first_line:012d}-")


def _answers_of(key: str) -> int:
    return int(key.rpartition("-")[2].removesuffix(".jsonl"))


def _refused(code: str, facts: dict[str, Any]) -> dict[str, Any]:
    detail = wording.FILE_FAULTS.get(code) or wording.detail(code, facts)
    return {"code": code, "detail": detail, **facts}
