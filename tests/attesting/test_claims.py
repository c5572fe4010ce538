"""The payload of an attestation says everything that the certificate says, in one form, and in few bytes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import cbor2
import pytest
from constancia.asking.assembly import alphabetical_in_spanish
from constancia.attesting import claims, words
from constancia.attesting.cbor import NotCbor, Tagged, decode, encode
from constancia.attesting.claims import InvalidClaims, NotAttested, pack, unpack
from constancia.document import Document
from constancia.lima import LIMA
from constancia.school_records import MARK
from constancia.transcript import Column, Group, Row, Student, Transcript
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rendering import shapes

MOMENT = datetime(2026, 11, 23, 10, 51, 7, tzinfo=LIMA)
LETTERS = ("AD", "A", "B", "C")
AREAS = (
    *("ARTE Y CULTURA", "CIENCIA Y TECNOLOGÍA", "COMUNICACIÓN", "EDUCACIÓN FÍSICA", "EDUCACIÓN RELIGIOSA"),
    *("INGLÉS COMO LENGUA EXTRANJERA", "MATEMÁTICA", "PERSONAL SOCIAL"),
)
SIX_YEARS = Transcript(
    Student("71705600", "ROSA CECILIA DEL ROSAL ÑAUPARI"),
    "EBR",
    "primary",
    tuple(Column(2019 + n, 1 + n, "0110101", "0", "I.E. 1101 SAN JOSÉ", "PROMOVIDO") for n in range(6)),
    (
        Group("area", tuple(Row(name, tuple(LETTERS[(n + k) % 4] for n in range(6))) for k, name in enumerate(AREAS))),
        Group("transversal", tuple(Row(name, ("A", "A", "A", "B", "B", None)) for name in words.COMPETENCES)),
    ),
    ("2019 - R.D. 0123-2019 - Convalidación de estudios",),
    earlier_years=False,
)
"""Sixty marks."""


def packed(document: Document) -> bytes:
    return pack(document.virtual_code, document.serial_number, document.issued_at, document.transcript)


def says(found: claims.Claims, document: Document) -> bool:
    """Whether claims say what the certificate says, the texts and, in a short one, the marks by their digest."""
    transcript = document.transcript
    return found == claims.Claims(
        document.virtual_code,
        document.serial_number,
        document.issued_at,
        transcript.student,
        transcript.modality,
        transcript.level,
        transcript.earlier_years,
        tuple(column._replace(school_name="") for column in transcript.columns),
        claims.digest_of_texts(transcript),
        None if found.groups is None else transcript.groups,
        claims.digest_of_groups(transcript) if found.groups is None else b"",
    )


def texts(most: int) -> st.SearchStrategy[str]:
    ordinary = st.lists(st.sampled_from((*words.WORDS, "X", "N°", "ÑANDÚ", "", "12")), max_size=6).map(" ".join)
    return ordinary | st.text(st.characters(codec="utf-8"), max_size=most)


MARKS = st.none() | st.from_regex(MARK, fullmatch=True)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Whatever may come out of school records, well beyond what schools write."""
    columns = tuple(
        draw(
            st.lists(
                st.builds(
                    Column,
                    st.integers(2013, 2100),
                    st.integers(0, 6),
                    st.from_regex(r"[0-9]{7}", fullmatch=True),
                    st.from_regex(r"[0-9]", fullmatch=True),
                    texts(20),
                    st.sampled_from(words.STATUSES) | texts(20),
                ),
                min_size=1,
                max_size=9,
            )
        )
    )
    marks = st.tuples(*[MARKS] * len(columns))
    names = st.sampled_from([name for _, name in words.ROWS]) | texts(20)
    groups = tuple(
        Group(group, tuple(draw(st.lists(st.builds(Row, names, marks), min_size=1, max_size=12))))
        for group in ("area", "transversal", "workshop")
        if draw(st.booleans())
    )
    return Transcript(
        Student(draw(st.from_regex(r"[0-9]{8}", fullmatch=True)), draw(texts(60))),
        draw(st.sampled_from(("EBR", "EBA", "EBE"))),
        draw(st.sampled_from(("initial", "primary", "secondary"))),
        columns,
        groups,
        tuple(draw(st.lists(texts(40), max_size=3))),
        draw(st.booleans()),
    )


@given(transcripts(), st.integers(0, 99_999_999))
@settings(max_examples=300)
def test_whatever_is_packed_is_unpacked_to_the_same(transcript: Transcript, serial_number: int) -> None:
    document = Document("7K9WQ4ZT", serial_number, MOMENT, "", transcript)
    assert says(unpack(packed(document)), document)
    assert packed(document) == packed(document)


def test_certificates_of_every_shape_are_unpacked_to_the_same_and_95_of_100_with_all_their_marks() -> None:
    drawn = list(shapes.certificates(2000))
    whole = 0
    for document in drawn:
        found = unpack(packed(document))
        assert says(found, document)
        whole += found.groups is not None
    assert whole >= 0.95 * len(drawn)


def test_sixty_marks_six_years_and_the_name_take_few_bytes() -> None:
    assert len(pack("7K9WQ4ZT", 12_345_678, MOMENT, SIX_YEARS)) <= 140, "225 with the envelope"


def test_another_cbor_library_reads_the_payload() -> None:
    """The standard claim, the texts and the number stand where the design says."""
    read = cbor2.loads(pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS))
    assert set(read) == {6, claims.CERTIFICATE}
    assert claims.CERTIFICATE < -65536
    assert read[6] == int(MOMENT.timestamp())
    assert read[claims.CERTIFICATE][:5] == [1, "7K9WQ4ZT", 16, "71705600", "ROSA CECILIA DEL ROSAL ÑAUPARI"]


@given(transcripts())
def test_the_payload_is_deterministic_cbor_as_another_library_writes_it(transcript: Transcript) -> None:
    payload = pack("7K9WQ4ZT", 16, MOMENT, transcript)
    assert cbor2.dumps(cbor2.loads(payload), canonical=True) == payload


ALTERATIONS = {
    "the name": SIX_YEARS._replace(student=Student("71705600", "ROSA CECILIA DEL ROSAL NAUPARI")),
    "the document number": SIX_YEARS._replace(student=SIX_YEARS.student._replace(document_number="71705601")),
    "the level": SIX_YEARS._replace(level="secondary"),
    "the modality": SIX_YEARS._replace(modality="EBA"),
    "earlier years": SIX_YEARS._replace(earlier_years=True),
    "an observation": SIX_YEARS._replace(observations=("2019 - R.D. 0123-2019 - Convalidacion de estudios",)),
    "no observation": SIX_YEARS._replace(observations=()),
    "a school's name": SIX_YEARS._replace(
        columns=(*SIX_YEARS.columns[:5], SIX_YEARS.columns[5]._replace(school_name="I.E. 1101 SAN JOSE"))
    ),
    "a school": SIX_YEARS._replace(columns=(*SIX_YEARS.columns[:5], SIX_YEARS.columns[5]._replace(school_annex="1"))),
    "a final status": SIX_YEARS._replace(
        columns=(SIX_YEARS.columns[0]._replace(final_status="APROBADO"), *SIX_YEARS.columns[1:])
    ),
    "a mark": SIX_YEARS._replace(
        groups=(
            SIX_YEARS.groups[0],
            Group(
                "transversal", (Row(words.COMPETENCES[0], ("A", "A", "A", "B", "B", "A")), SIX_YEARS.groups[1].rows[1])
            ),
        )
    ),
    "a row's name": SIX_YEARS._replace(
        groups=(SIX_YEARS.groups[0], Group("transversal", (Row("X", ("A",) * 6), SIX_YEARS.groups[1].rows[1])))
    ),
    "a row's group": SIX_YEARS._replace(groups=(SIX_YEARS.groups[0], Group("workshop", SIX_YEARS.groups[1].rows))),
    "a row fewer": SIX_YEARS._replace(groups=SIX_YEARS.groups[:1]),
}


@pytest.mark.parametrize("altered", ALTERATIONS.values(), ids=ALTERATIONS.keys())
@pytest.mark.parametrize("largest", [claims.LARGEST, 0], ids=["whole", "short"])
def test_nothing_of_a_certificate_can_change_without_its_payload(
    altered: Transcript, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LARGEST", largest)
    assert pack("7K9WQ4ZT", 16, MOMENT, altered) != pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS)


def test_a_certificate_with_too_many_marks_for_the_qr_has_their_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "LARGEST", 100)
    found = unpack(pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS))
    groups = json.dumps(SIX_YEARS.as_json()["groups"], ensure_ascii=False, separators=(",", ":"))
    assert (found.groups, found.groups_digest) == (None, hashlib.sha256(groups.encode()).digest()[:16])
    assert found.columns[0].year == 2019


UNFIT = {
    "a moment with microseconds": MOMENT.replace(microsecond=1),
    "a moment of another zone": MOMENT.astimezone(UTC),
}


@pytest.mark.parametrize("moment", UNFIT.values(), ids=UNFIT.keys())
def test_a_moment_that_would_be_printed_otherwise_is_not_attested(moment: datetime) -> None:
    with pytest.raises(InvalidClaims):
        pack("7K9WQ4ZT", 16, moment, SIX_YEARS)


@pytest.mark.parametrize(
    "wrong",
    [
        SIX_YEARS._replace(level="tertiary"),
        SIX_YEARS._replace(groups=SIX_YEARS.groups[::-1]),
        SIX_YEARS._replace(groups=(Group("area", ()),)),
        SIX_YEARS._replace(groups=(Group("area", (Row("ARTE", ("A",)),)),)),
        SIX_YEARS._replace(groups=(Group("area", (Row("ARTE", ("D",) * 6),)),)),
        SIX_YEARS._replace(columns=(SIX_YEARS.columns[0]._replace(school_code="١٢٣٤٥٦٧"), *SIX_YEARS.columns[1:])),
        SIX_YEARS._replace(columns=(SIX_YEARS.columns[0]._replace(year=2012), *SIX_YEARS.columns[1:])),
        SIX_YEARS._replace(columns=(SIX_YEARS.columns[0]._replace(grade=8), *SIX_YEARS.columns[1:])),
    ],
)
def test_what_no_certificate_says_is_not_attested(wrong: Transcript) -> None:
    with pytest.raises(InvalidClaims):
        pack("7K9WQ4ZT", 16, MOMENT, wrong)


def rewritten(change: dict[int, object]) -> bytes:
    parts = decode(pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS))
    for place, value in change.items():
        parts[claims.CERTIFICATE][place] = value
    return encode(parts)


FORGED = {
    "another version": {0: 3},
    "a code that is no text": {1: b"7K9WQ4ZT"},
    "a negative number": {2: -1},
    "a level that is none": {5: 40},
    "a column more": {6: bytes(14)},
    "a status too many": {7: ["X"]},
    "the same school spelled again": {8: [1101011] * 6},
    "a school beyond eight digits": {8: [10**9, 0, 0, 0, 0, 0]},
    "a digest cut short": {9: bytes(15)},
    "a row that is not known": {10: bytes.fromhex("ffffffff")},
    "a known row spelled": {11: [0, "ARTE"]},
    "a row beyond the end": {11: [300, "X"]},
    "a row without a name": {11: [0]},
    "no marks": {12: 0},
    "marks that do not occur": {12: 2**20 - 1},
    "more marks than cells": {13: b"\xff" * 60},
    "marks with a zero before them": {13: bytes(40)},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED.keys())
def test_a_payload_that_is_not_in_the_written_form_says_nothing(change: dict[int, object]) -> None:
    assert says(unpack(rewritten({})), Document("7K9WQ4ZT", 16, MOMENT, "", SIX_YEARS))
    with pytest.raises(NotAttested):
        unpack(rewritten(change))


@given(st.binary(max_size=80))
def test_bytes_without_meaning_are_refused_and_never_an_error_of_the_program(data: bytes) -> None:
    with pytest.raises(NotAttested):
        unpack(data)


@given(st.data())
def test_a_payload_with_any_byte_changed_is_refused_or_says_something_else(data: st.DataObject) -> None:
    payload = bytearray(pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(payload))
    except NotAttested:
        return
    assert not says(found, Document("7K9WQ4ZT", 16, MOMENT, "", SIX_YEARS))


ITEMS = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=30),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.integers(0, 2**64 - 1), children, max_size=3)
        | st.builds(Tagged, st.integers(0, 2**64 - 1), children)
    ),
    max_leaves=8,
)


@given(ITEMS)
def test_our_cbor_is_what_another_library_writes_and_reads(value: object) -> None:
    assert decode(encode(value)) == value

    def foreign(of: object) -> object:
        if isinstance(of, Tagged):
            # A tag that the library knows by itself would be read as what it means.
            return cbor2.CBORTag(of.tag, foreign(of.item))
        if isinstance(of, list):
            return [foreign(item) for item in of]
        return {key: foreign(item) for key, item in of.items()} if isinstance(of, dict) else of

    assert encode(value) == cbor2.dumps(foreign(value), canonical=True)


@pytest.mark.parametrize(
    "written",
    [
        *("1817", "190017", "1a00000017", "1b0000000000000017", "3800", "5801aa", "780161"),
        *("9fff", "bf0102ff", "5f41aaff", "a201020102", "a203010201", "f6", "f4", "f93c00", "1c", "ff"),
        *("", "18", "42aa", "82aa", "61ff", "0000", "c0", "9b7fffffffffffffff", "a1f600"),
    ],
)
def test_every_other_way_to_write_is_refused(written: str) -> None:
    with pytest.raises(NotCbor):
        decode(bytes.fromhex(written))


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(NotCbor):
        decode(b"\x81" * 10_000 + b"\x00")


def test_the_known_rows_stand_in_the_order_of_transcripts() -> None:
    for names in (words.AREAS, words.COMPETENCES):
        assert list(names) == sorted(names, key=lambda name: (alphabetical_in_spanish(name), name))


def test_every_mark_that_a_record_may_have_is_known_and_so_are_all_words() -> None:
    assert sorted(mark for mark in words.MARKS if mark) == sorted(
        {"AD", "A", "B", "C", "EXO"} | {str(number) for number in range(21)} | {f"0{digit}" for digit in range(10)}
    )
    assert all(MARK.fullmatch(mark) for mark in words.MARKS if mark)
    assert len(words.WORDS) == len(set(words.WORDS)) == 64
    assert not any(" " in word for word in words.WORDS)
    assert len(words.STATUSES) < claims.SPELLED


def test_a_later_second_is_another_payload() -> None:
    assert pack("7K9WQ4ZT", 16, MOMENT, SIX_YEARS) != pack("7K9WQ4ZT", 16, MOMENT + timedelta(seconds=1), SIX_YEARS)
