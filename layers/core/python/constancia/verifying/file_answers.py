"""Answering a file of questions (rule 13) in three steps, each repeatable: the workflow of a load calls them.

*Plan* reads the file once, cuts it into parts and charges all of its questions to the institution's day; every *part*,
in any order and side by side, answers its questions a hundred at a time; *finish* puts the answers together, only when
all are there. Whatever fails in between and is done again: a question is charged, counted and logged once.
"""

import hashlib
from codecs import BOM_UTF8
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from constancia.errors import FileRefused, InstitutionUnknown, QuotaExceeded, TemporarilyUnavailable
from constancia.guarding.attempts import DAY, Counter, Limit, counter_of
from constancia.json_text import decode_object, encode
from constancia.loading.lines import HEAD, NOT_TEXT, Batch, BatchCutter, Line, is_gzip, numbered
from constancia.loading.workflow import FileStore
from constancia.verifying.institutions import Institution, InstitutionReader
from constancia.verifying.question_files import INCOMING, QuestionFile, part_key, parts_of
from constancia.verifying.question_lists import MOST, ListAnswer, ListedQuestion, read_question

AnswerQuestions = Callable[[tuple[ListedQuestion, ...], Institution, datetime, str], tuple[ListAnswer, ...]]
"""Answers a hundred questions of an institution: see `constancia.verifying.list_answers.answer_questions`."""


class FileQuotaRepository(Protocol):
    """The counters of institutions' days, as a file is charged to them."""

    def charge(self, counter: Counter, name: str, number: int) -> None:
        """Charges so many questions to a day under a name of their own, once, however often it is called.

        Raises:
            QuotaExceeded: the day has not so many left; nothing is charged.
        """
        ...


class QuestionFileWorkflow:
    """The steps, over the inbox, the institutions and their days."""

    def __init__(
        self, inbox: FileStore, institutions: InstitutionReader, quotas: FileQuotaRepository, answer: AnswerQuestions
    ) -> None:
        self.inbox = inbox
        self.institutions = institutions
        self.quotas = quotas
        self.answer = answer

    def plan(self, key: str) -> dict[str, Any]:
        """Reads a file once and charges it, unless an earlier try did.

        Args:
            key: the key of the file, under `institutions/incoming/`.

        Returns:
            What the next steps need: `load` for each of them, `batches`, how many there are, and `plan`, the key of
            their list. A file of which nothing is answered has no batches, and a code with its facts in `refused`.
        """
        file = QuestionFile(*key.removeprefix(INCOMING).split("/"))
        if planned := self.inbox.get(file.planned):
            return dict(planned)
        opened = self.inbox.get(file.opened)
        arrived_at, tag = self.inbox.arrival(key)
        batches: list[Batch] = []
        refused: dict[str, Any] | None = None
        questions = 0
        try:
            batches, questions = self._cut(key, tag)
            self._charge(self._institution(file, opened["key_since"]), file, questions, arrived_at)
        except (FileRefused, InstitutionUnknown) as refusal:
            refused = {"code": refusal.code, "facts": {}}
        except QuotaExceeded as refusal:
            refused = {"code": refusal.code, "facts": {"quota_left": refusal.quota_left}}
        if refused:
            batches = []
        plan = file.kept("plan.json")
        self.inbox.put(plan, [batch._asdict() for batch in batches])
        found = {
            "load": {**file._asdict(), **opened, "tag": tag},
            "answer": opened["answer"],
            "plan": plan,
            "batches": len(batches),
            "questions": questions,
            "refused": refused,
        }
        # Another run for the same arrival may have been faster: EventBridge tells of it at least once.
        return self._first(file.planned, found)

    def batch(self, load: dict[str, Any], batch: Batch, moment: datetime) -> int:
        """Answers one part of a file, unless an earlier try did; gives how many questions it answered now.

        A part of an institution whose key ended is not answered, from the next hundred questions on.
        """
        file = QuestionFile(load["institution_id"], load["file_id"])
        if next(iter(self.inbox.under(parts_of(file, batch.first_line))), None):
            return 0
        chunks = self.inbox.read(file.incoming, load["tag"], batch.offset, batch.size)
        # Read to the end first: S3 does not wait while a hundred are answered.
        lines = iter([*numbered(chunks, batch.first_line)])
        begun = self._begun(file, batch, moment)
        written: list[bytes] = []
        while hundred := list(islice(lines, MOST)):
            try:
                institution = self._institution(file, load["key_since"])
            except InstitutionUnknown:
                return len(written)
            questions = tuple(map(_question_of, hundred))
            answers = self.answer(questions, institution, begun, _call(file, hundred[0].number))
            written += [encode(answer.as_json(load["answer"])).encode() + b"\n" for answer in answers]
        self.inbox.write(part_key(file, batch.first_line, len(written)), written)
        return len(written)

    def finish(self, planned: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """Puts the answers together, unless an earlier try did; gives `planned` with the moment of the end.

        Raises:
            TemporarilyUnavailable: the answers to a part are missing; a file is never given half.
        """
        load = planned["load"]
        file = QuestionFile(load["institution_id"], load["file_id"])
        ended: dict[str, Any] = self.inbox.get(file.planned)
        if "ended_at" in ended:
            return ended
        if not ended["refused"]:
            ended["refused"] = self._put_together(file, planned)
        ended["ended_at"] = moment.isoformat(timespec="seconds")
        self.inbox.put(file.planned, ended)
        return ended

    def _put_together(self, file: QuestionFile, planned: dict[str, Any]) -> dict[str, Any] | None:
        """Writes the answers of all parts in the order of the file; gives why it does not, where the key ended."""
        try:
            self._institution(file, planned["load"]["key_since"])
        except InstitutionUnknown as refusal:
            return {"code": refusal.code, "facts": {}}
        parts = list(self.inbox.under(file.kept("parts/")))
        if len(parts) != planned["batches"]:
            raise TemporarilyUnavailable
        self.inbox.write(file.answers, (chunk for part in parts for chunk in self.inbox.read(part)))
        return None

    def _institution(self, file: QuestionFile, key_since: str) -> Institution:
        """The institution of a file, while the key is good that opened it.

        Raises:
            InstitutionUnknown: it was revoked, or has another key by now.
        """
        found = self.institutions.institution(file.institution_id)
        if found is None or found.revoked_at or found.key_since != key_since:
            raise InstitutionUnknown
        return found

    def _cut(self, key: str, tag: str) -> tuple[list[Batch], int]:
        """The parts of a file, and how many questions it has.

        Raises:
            FileRefused: it is not text, or empty.
        """
        if is_gzip(next(self.inbox.read(key, tag, size=HEAD), b"")):
            raise FileRefused(NOT_TEXT)
        cutter = BatchCutter()
        for chunk in self.inbox.read(key, tag):
            cutter.add(chunk)
        return cutter.finish(), cutter.lines

    def _charge(self, institution: Institution, file: QuestionFile, questions: int, arrived_at: datetime) -> None:
        """Charges the questions to the day on which the file arrived, which is the same however late this is done."""
        limit = Limit(institution.quota, DAY)
        day = counter_of(f"quota#{institution.institution_id}", limit, int(arrived_at.timestamp()))
        self.quotas.charge(day, file.file_id, questions)

    def _begun(self, file: QuestionFile, batch: Batch, moment: datetime) -> datetime:
        """When a part was begun first: its counters and events are those of that moment, however often it is done."""
        kept = self._first(file.kept(f"begun/{batch.first_line:012d}.json"), {"begun_at": moment.isoformat()})
        return datetime.fromisoformat(kept["begun_at"])

    def _first(self, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Keeps a value under a key, or gives the one that an earlier try kept there.

        Raises:
            TemporarilyUnavailable: another one is being kept at this moment.
        """
        if self.inbox.put(key, value, once=True):
            return value
        kept: dict[str, Any] | None = self.inbox.get(key)
        if kept is None:
            raise TemporarilyUnavailable
        return kept


def _question_of(line: Line) -> ListedQuestion:
    """The question on a line; a line that is no JSON object is a bad question."""
    text = line.text or b""
    try:
        return read_question(decode_object(text.removeprefix(BOM_UTF8) if line.number == 1 else text))
    except ValueError:
        return read_question(None)


def _call(file: QuestionFile, line: int) -> str:
    """A text that the hundred questions from this line on have for themselves."""
    return hashlib.sha256(f"{file.institution_id}/{file.file_id}#{line}".encode()).hexdigest()
