"""Loading: every line is stored or refused, once, whatever the order, the repetition and the failures."""

import gzip
import io
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain, pairwise, permutations
from typing import Any

import pytest
from constancia import wording
from constancia.errors import InvalidFields, LoadEnded, LoadNotFound, TemporarilyUnavailable
from constancia.json_text import decode_object
from constancia.lima import LIMA
from constancia.loading import lines
from constancia.loading.items import ReplicaItem, read_item
from constancia.loading.lines import Batch, Line
from constancia.loading.load import Change, Load, StoredItem
from constancia.loading.workflow import Loader

from tests import nation

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=LIMA)


class Killed(BaseException):
    """The process died here."""


class Fate:
    """Lets the process die at a moment: before a step takes effect or after."""

    def __init__(self) -> None:
        self.steps = 0
        self.dies_at: int | None = None

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            self.dies_at = None
            raise Killed


class Bucket:
    """A bucket in memory."""

    def __init__(self, fate: Fate) -> None:
        self.objects: dict[str, bytes] = {}
        self.json: dict[str, Any] = {}
        self.arrivals: dict[str, datetime] = {}
        self.fate = fate

    def drop(self, key: str, content: bytes, moment: datetime = NOON) -> str:
        self.objects[key], self.arrivals[key] = content, moment
        return key

    def arrival(self, key: str) -> tuple[datetime, str]:
        return self.arrivals.get(key, NOON), str(hash(self.objects[key]))

    def read(self, key: str, tag: str | None = None, start: int = 0, size: int | None = None) -> Iterator[bytes]:
        self.fate.step()
        if tag and tag != self.arrival(key)[1]:
            raise OSError("precondition failed")
        content = io.BytesIO(self.objects[key][start : None if size is None else start + size])
        while chunk := content.read(10_007):
            yield chunk

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        content = b"".join(chunks)
        self.fate.step()
        self.objects[key] = content
        self.fate.step()

    def get(self, key: str) -> Any:
        return self.json.get(key)

    def put(self, key: str, value: Any, *, once: bool = False) -> bool:
        self.fate.step()
        if once and key in self.json:
            return False
        self.json[key] = value
        self.fate.step()
        return True

    def under(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in (*self.json, *self.objects) if key.startswith(prefix)))


class Replicas:
    """The two tables in memory; counts its writes."""

    def __init__(self, fate: Fate) -> None:
        self.items: dict[tuple[str, ...], StoredItem] = {}
        self.fate = fate
        self.written = 0

    def stored(self, items: list[ReplicaItem]) -> list[StoredItem | None]:
        return [self.items.get(item.key) for item in items]

    def store(self, changes: list[Change]) -> list[Change]:
        self.fate.step()
        refused = [change for change in changes if self.items.get(change.item.key) != change.before]
        for change in changes:
            if change not in refused:
                self.items[change.item.key] = change.after
                self.written += 1
        self.fate.step()
        return refused


class Ministry:
    """An inbox, a ledger, the tables, and the workflow that the cloud runs."""

    def __init__(self) -> None:
        self.fate = Fate()
        self.inbox = Bucket(self.fate)
        self.ledger = Bucket(self.fate)
        self.replicas = Replicas(self.fate)
        self.loader = Loader(self.inbox, self.ledger, self.replicas)

    def drop(self, content: bytes, name: str = "file.jsonl", moment: datetime = NOON) -> str:
        return self.inbox.drop(f"incoming/{name}", content, moment)

    def load(self, key: str, moment: datetime = NOON) -> dict[str, Any]:
        planned = self.loader.plan(key, moment)
        for batch in self.inbox.json[planned["plan"]]:
            self.loader.batch(Load.from_json(planned["load"]), Batch(**batch), TODAY)
        return self.loader.finish(planned, moment)

    def rejects(self, name: str = "file.jsonl") -> list[dict[str, Any]]:
        return [decode_object(line) for line in self.inbox.objects[f"rejects/{name}-rechazadas.jsonl"].splitlines()]


@pytest.fixture
def ministry() -> Ministry:
    return Ministry()


def counts(summary: dict[str, Any]) -> tuple[int, ...]:
    return tuple(summary[name] for name in ("read", "loaded", "replaced", "unchanged", "outdated", "rejected"))


def marked(mark: str, number: int = 0) -> bytes:
    record = nation.school_record(number)
    return nation.as_line({**record, "marks": [{"group": "area", "name": "MATEMÁTICA", "mark": mark}]})


def mark_of(ministry: Ministry) -> str:
    (kept,) = ministry.replicas.items.values()
    return str(decode_object(kept.content)["marks"][0]["mark"])


@pytest.mark.parametrize("kind", nation.BAD)
def test_a_wrong_line_is_refused_with_field_code_and_reason(kind: str) -> None:
    make, field, code = nation.BAD[kind]
    (line,) = lines.numbered([make(3)], 7)
    with pytest.raises(InvalidFields) as refused:
        read_item(line, TODAY)
    assert (field, code) in refused.value.errors
    assert wording.line_fault(refused.value.errors[0]).endswith(".")


def test_of_a_hundred_thousand_lines_with_a_thousand_bad_ones_of_all_kinds_each_has_its_outcome(
    ministry: Ministry,
) -> None:
    content, bad = nation.mixed(100_000, 1_000)
    assert len(nation.BAD) >= 25
    key = ministry.drop(content)
    summary = ministry.load(key)
    assert counts(summary) == (100_000, 99_000, 0, 0, 0, 1_000)
    assert len(ministry.replicas.items) == 99_000
    assert [(reject["line"], reject["errors"][0]["code"]) for reject in ministry.rejects()] == bad
    assert all(error["reason"] for reject in ministry.rejects() for error in reject["errors"])
    survivor = Ministry()
    survivor.drop(content)
    dice = random.Random(7)  # noqa: S311 repeatable
    for death in range(5):
        survivor.fate.dies_at = survivor.fate.steps + dice.randrange(2, 400)
        with pytest.raises(Killed):
            survivor.load(key, NOON + timedelta(hours=death))
    assert counts(survivor.load(key, NOON + timedelta(days=1))) == counts(summary)
    assert survivor.replicas.items == ministry.replicas.items
    assert survivor.rejects() == ministry.rejects()


def test_loading_the_same_file_again_changes_nothing_and_writes_nothing(ministry: Ministry) -> None:
    content = b"".join(nation.school_records(5_000))
    ministry.load(ministry.drop(content))
    before, written = dict(ministry.replicas.items), ministry.replicas.written
    tomorrow = NOON + timedelta(days=1)
    summary = ministry.load(ministry.drop(content, "under-another-name.jsonl", tomorrow), tomorrow)
    assert counts(summary) == (5_000, 0, 0, 5_000, 0, 0)
    assert summary["loaded_before"]
    assert (ministry.replicas.items, ministry.replicas.written) == (before, written)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("marks", ["ABA", "ABC", "AAB", "BAA"])
def test_the_last_line_wins_whatever_the_order_of_the_batches(marks: str, order: tuple[int, ...]) -> None:
    ministry = Ministry()
    ministry.load(ministry.drop(marked("A"), "before.jsonl", NOON - timedelta(days=1)))
    filler = b"".join(nation.school_records(lines.LINES_A_BATCH, start=10))
    content = filler.join([*(marked(mark) for mark in marks)])
    planned = ministry.loader.plan(ministry.drop(content), NOON)
    plan = ministry.inbox.json[planned["plan"]]
    assert len(plan) == 3
    for place in order:
        ministry.loader.batch(Load.from_json(planned["load"]), Batch(**plan[place]), TODAY)
    kept = ministry.replicas.items["70000000", "primary", "2013"]
    assert decode_object(kept.content)["marks"][0]["mark"] == marks[-1]


def test_an_older_file_that_comes_through_late_does_not_win_over_a_newer_one(ministry: Ministry) -> None:
    older = ministry.loader.plan(ministry.drop(marked("A"), "older.jsonl"), NOON)
    ministry.load(ministry.drop(marked("B"), "newer.jsonl", NOON + timedelta(seconds=1)))
    (batch,) = ministry.inbox.json[older["plan"]]
    ministry.loader.batch(Load.from_json(older["load"]), Batch(**batch), TODAY)
    assert mark_of(ministry) == "B"
    assert ministry.loader.finish(older, NOON)["outdated"] == 1


def test_a_change_is_told_apart_from_a_repetition(ministry: Ministry) -> None:
    ministry.load(ministry.drop(marked("A") + marked("A", 1), "one.jsonl"))
    later = NOON + timedelta(days=1)
    summary = ministry.load(ministry.drop(marked("B") + marked("A", 1) + marked("C", 2), "two.jsonl", later), later)
    assert counts(summary) == (3, 1, 1, 1, 0, 0)
    changed = {key: kept.changed_by is not None for key, kept in ministry.replicas.items.items()}
    assert list(changed.values()) == [True, False, False]


def test_a_file_that_is_replaced_while_it_is_loaded_is_not_read_on(ministry: Ministry) -> None:
    planned = ministry.loader.plan(ministry.drop(marked("A")), NOON)
    (batch,) = ministry.inbox.json[planned["plan"]]
    ministry.drop(marked("B"))
    with pytest.raises(OSError, match="precondition"):
        ministry.loader.batch(Load.from_json(planned["load"]), Batch(**batch), TODAY)


def test_a_load_is_not_told_as_whole_while_a_batch_is_missing(ministry: Ministry) -> None:
    planned = ministry.loader.plan(ministry.drop(b"".join(nation.school_records(3_000))), NOON)
    first, _ = ministry.inbox.json[planned["plan"]]
    ministry.loader.batch(Load.from_json(planned["load"]), Batch(**first), TODAY)
    with pytest.raises(TemporarilyUnavailable):
        ministry.loader.finish(planned, NOON)
    progress = ministry.loader.progress("file.jsonl")
    assert (progress["lines"], progress["lines_done"], progress["summary"]) == (3_000, 2_000, None)


def steps_of(ministry: Ministry, key: str, moment: datetime = NOON) -> tuple[dict[str, Any], list[Callable[[], Any]]]:
    """The plan of a file, and its batches to call."""
    planned = ministry.loader.plan(key, moment)
    load = Load.from_json(planned["load"])
    places = [Batch(**batch) for batch in ministry.inbox.json[planned["plan"]]]
    return planned, [partial(ministry.loader.batch, load, place, TODAY) for place in places]


def test_a_cancelled_load_keeps_and_tells_what_was_stored_and_is_never_told_as_whole(ministry: Ministry) -> None:
    key = ministry.drop(b"".join(nation.school_records(4_500)) + b"{}\n")
    planned, (first, second, third) = steps_of(ministry, key)
    third()
    assert ministry.loader.cancel("file.jsonl")["lines_done"] == 501
    assert (first(), second()) == ({}, {})
    summary = ministry.loader.finish(planned, NOON)
    assert summary["cancelled"]
    assert counts(summary) == (501, 500, 0, 0, 0, 1)
    assert (len(ministry.replicas.items), len(ministry.rejects())) == (500, 1)
    assert ministry.loader.progress("file.jsonl")["summary"] == summary
    with pytest.raises(LoadEnded):
        ministry.loader.cancel("file.jsonl")
    whole = ministry.load(ministry.drop(b"".join(nation.school_records(4_500)) + b"{}\n", "again.jsonl"))
    assert (whole["cancelled"], whole["loaded_before"]) == (False, False)
    assert counts(whole) == (4_501, 4_500, 0, 0, 0, 1)


def test_a_load_is_cancelled_before_it_is_planned_too(ministry: Ministry) -> None:
    key = ministry.drop(b"".join(nation.school_records(10)))
    assert ministry.loader.cancel("file.jsonl")["lines"] is None
    summary = ministry.load(key)
    assert (summary["cancelled"], summary["read"], ministry.replicas.items) == (True, 0, {})


def test_a_cancellation_that_comes_after_the_last_batch_leaves_the_load_whole(ministry: Ministry) -> None:
    planned, (only,) = steps_of(ministry, ministry.drop(b"".join(nation.school_records(10))))
    only()
    ministry.loader.cancel("file.jsonl")
    assert ministry.loader.finish(planned, NOON)["cancelled"] is False


def test_a_later_file_of_the_same_name_is_not_cancelled_with_the_earlier_one(ministry: Ministry) -> None:
    content = b"".join(nation.school_records(10))
    ministry.load(ministry.drop(content))
    with pytest.raises(LoadEnded):
        ministry.loader.cancel("file.jsonl")
    ministry.drop(content + b"\n", moment=NOON + timedelta(minutes=1))
    ministry.loader.cancel("file.jsonl")
    assert ministry.load("incoming/file.jsonl")["cancelled"]
    assert not ministry.load(ministry.drop(content + b"\n", moment=NOON + timedelta(minutes=2)))["cancelled"]


@pytest.mark.parametrize("name", ["", "fil", "file.json", "../file.jsonl"])
def test_only_a_file_that_is_in_the_inbox_can_be_cancelled(ministry: Ministry, name: str) -> None:
    ministry.drop(b"{}\n")
    with pytest.raises(LoadNotFound):
        ministry.loader.cancel(name)
    assert ministry.inbox.json == {}


def test_lines_that_others_change_meanwhile_are_judged_anew(ministry: Ministry) -> None:
    planned = ministry.loader.plan(ministry.drop(marked("A")), NOON)
    stored = ministry.replicas.stored

    def stale(items: list[ReplicaItem]) -> list[StoredItem | None]:
        ministry.replicas.stored = stored  # type: ignore[method-assign]
        found = stored(items)
        newer = NOON + timedelta(days=1)
        ministry.load(ministry.drop(marked("B"), "newer.jsonl", newer), newer)
        return found

    ministry.replicas.stored = stale  # type: ignore[method-assign]
    (batch,) = ministry.inbox.json[planned["plan"]]
    assert ministry.loader.batch(Load.from_json(planned["load"]), Batch(**batch), TODAY) == {"outdated": 1}
    assert mark_of(ministry) == "B"


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"\xef\xbb\xbf" + marked("A"), 1),
        (marked("A").replace(b"\n", b"\r\n") + marked("B", 1), 2),
        (b"\n\n" + marked("A") + b"  \n", 1),
        (marked("A").rstrip(), 1),
        (gzip.compress(marked("A")), 1),
        (gzip.compress(marked("A")) + gzip.compress(marked("B", 1)), 2),
    ],
    ids=["BOM", "CRLF", "blank lines", "no last line end", "gzip", "gzip of two members"],
)
def test_what_editors_and_tools_do_to_text_is_no_fault(ministry: Ministry, content: bytes, read: int) -> None:
    assert counts(ministry.load(ministry.drop(content))) == (read, read, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (gzip.compress(b"".join(nation.school_records(50)))[:-20], "truncated"),
        (gzip.compress(marked("A")).replace(b"\x00", b"\x01", 3), "truncated"),
        (marked("A").decode().encode("utf-16"), "not_text"),
        (b"PK\x03\x04 a workbook", "not_text"),
    ],
    ids=["empty", "blank", "cut gzip", "damaged gzip", "UTF-16", "a workbook"],
)
def test_a_file_that_is_no_text_or_cut_off_is_refused_whole(ministry: Ministry, content: bytes, code: str) -> None:
    summary = ministry.load(ministry.drop(content))
    assert summary["refused"] == code
    assert summary["reason"] == wording.FILE_FAULTS[code]
    assert ministry.replicas.items == {}


def test_a_line_of_ten_megabytes_is_refused_and_the_next_one_loaded(ministry: Ministry) -> None:
    content = marked("A") + b"x" * 10_000_000 + b"\n" + marked("B", 1)
    assert counts(ministry.load(ministry.drop(content))) == (3, 2, 0, 0, 0, 1)
    assert [reject["line"] for reject in ministry.rejects()] == [2]


def test_a_rejects_file_says_where_and_why_and_never_what(ministry: Ministry) -> None:
    ministry.load(ministry.drop(nation.as_line({**nation.person(1), "given_names": "SECRETA", "deceased": 1})))
    assert b"SECRETA" not in ministry.inbox.objects["rejects/file.jsonl-rechazadas.jsonl"]
    (reject,) = ministry.rejects()
    assert reject["errors"][0]["field"] == "deceased"


RECORD_SHEET = (
    "student;year;modality;level;grade;school_code;school_annex;school_name;status;final_status;observations;"
    "area:MATEMÁTICA;area:COMUNICACIÓN;transversal:GESTIONA SU APRENDIZAJE\r\n"
    '71705600;2019;EBR;primary;4;0110101;0;"I.E. 1101 ""SAN JOSÉ""; anexo";closed;PROMOVIDO;'
    "2019 - R.D. 0123 | otra;A;-;\r\n"
    "71705600;2020;EBR;primary;5;110101;0;I.E. 1101;closed;;;A;B;C\r\n"
)
PERSON_SHEET = (
    "document_number,given_names,paternal_surname,maternal_surname,birth_date,deceased,father_given_names,"
    "father_document_number,mother_given_names,mother_document_number,legal_guardians\n"
    "71705600,ROSA CECILIA,DEL ROSAL,ÑAUPARI,2010-02-28,no,JUAN CARLOS,40000001,-,,40000003 40000004\n"
    "71705601,ROSA,DEL ROSAL,,2010-02-28,no,,,-,-,\n"
)


def test_a_sheet_of_school_records_is_read_by_the_same_rules(ministry: Ministry) -> None:
    summary = ministry.load(ministry.drop(b"\xef\xbb\xbf" + RECORD_SHEET.encode(), "actas.csv"))
    assert counts(summary) == (2, 1, 0, 0, 0, 1)
    (kept,) = ministry.replicas.items.values()
    record = decode_object(kept.content)
    assert record["school_name"] == 'I.E. 1101 "SAN JOSÉ"; anexo'
    assert record["observations"] == ["2019 - R.D. 0123", "otra"]
    assert [(mark["name"], mark["mark"]) for mark in record["marks"]] == [("MATEMÁTICA", "A"), ("COMUNICACIÓN", None)]
    (reject,) = ministry.rejects("actas.csv")
    assert reject["line"] == 3
    assert "ceros a la izquierda" in reject["errors"][0]["reason"]


def test_a_sheet_of_people_tells_none_from_not_filled_in(ministry: Ministry) -> None:
    summary = ministry.load(ministry.drop(gzip.compress(PERSON_SHEET.encode()), "personas.csv.gz"))
    assert counts(summary) == (2, 1, 0, 0, 0, 1)
    (kept,) = ministry.replicas.items.values()
    person = decode_object(kept.content)
    assert person["mother"] is None
    assert person["father"] == {"given_names": "JUAN CARLOS", "document_number": "40000001"}
    assert person["legal_guardians"] == ["40000003", "40000004"]
    (reject,) = ministry.rejects("personas.csv.gz")
    assert (reject["line"], reject["errors"][0]["field"]) == (3, "father.given_names")


def test_a_row_parted_by_tabs_may_begin_and_end_with_empty_cells(ministry: Ministry) -> None:
    header, _, row = PERSON_SHEET.replace(",", "\t").partition("\n")
    surname_first = [
        "\t".join([cells[3], *cells[:3], *cells[4:]])
        for cells in (header.split("\t"), ["71705602", "ROSA", "DEL ROSAL", "", *row.split("\n")[0].split("\t")[4:]])
    ]
    content = "\r\n".join([*surname_first, "\t" * 10, ""])
    assert counts(ministry.load(ministry.drop(content.encode(), "personas.csv"))) == (1, 1, 0, 0, 0, 0)
    (kept,) = ministry.replicas.items.values()
    assert (decode_object(kept.content)["document_number"], decode_object(kept.content)["maternal_surname"]) == (
        "71705602",
        "",
    )


@pytest.mark.parametrize(
    "header",
    ["student;year\n", RECORD_SHEET.partition("\r")[0].replace("grade", "grado"), "a,b,c", '"', "ñ".encode("cp1252")],
)
def test_a_sheet_with_other_columns_is_refused_whole(ministry: Ministry, header: str | bytes) -> None:
    content = header if isinstance(header, bytes) else header.encode()
    assert ministry.load(ministry.drop(content, "actas.csv"))["refused"] == "bad_columns"


@pytest.mark.parametrize("row", ['71705600;"2019', "x;" * 30], ids=["open quotes", "cells to spare"])
def test_a_row_that_does_not_fit_its_columns_is_refused(ministry: Ministry, row: str) -> None:
    header = RECORD_SHEET.partition("\r")[0]
    ministry.load(ministry.drop(f"{header}\n{row}\n".encode(), "actas.csv"))
    assert [reject["errors"][0]["code"] for reject in ministry.rejects("actas.csv")] == ["bad_row"]


def test_batches_are_whole_lines_and_all_of_the_file() -> None:
    content = b"".join(chain(nation.school_records(4_500), [b"x" * 5_000_000]))
    cutter = lines.BatchCutter()
    for start in range(0, len(content), 9_973):
        cutter.add(content[start : start + 9_973])
    batches = cutter.finish()
    assert [batch.first_line for batch in batches] == [1, 2001, 4001]
    assert batches[0].offset == 0
    for batch, following in pairwise(batches):
        assert batch.offset + batch.size == following.offset
        assert content[following.offset - 1 : following.offset] == b"\n"
    assert batches[-1].offset + batches[-1].size == len(content)


def test_what_is_stored_reads_back_as_what_was_meant() -> None:
    entry = read_item(Line(1, nation.as_line(nation.school_record(3))), TODAY)
    assert entry is not None
    again = read_item(Line(1, entry.content.encode()), TODAY)
    assert again == entry
