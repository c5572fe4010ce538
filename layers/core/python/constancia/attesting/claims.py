"""The payload of an attestation: a CWT (RFC 8392) with the moment of issue and, packed, all that the certificate says.

The same certificate always packs to the same bytes, so whoever has the certificate packs it and compares. Who has the
payload alone, from the QR, unpacks it. docs/attestation.md describes the form for everybody else.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from constancia.attesting.cbor import NotCbor, decode, encode
from constancia.attesting.words import MARKS, ROWS, STATUSES, WORDS
from constancia.curriculum import FIRST_YEAR, GROUPS, LEVELS, MODALITIES
from constancia.document import LARGEST_ATTESTATION
from constancia.json_text import encode as encode_json
from constancia.lima import LIMA
from constancia.transcript import Column, Group, Row, Student, Transcript

ISSUED_AT = 6
"""The claim of CWT with the moment of issue, in Unix seconds."""
CERTIFICATE = -65537
"""The private claim with everything else."""

VERSION_AT = 13
"""Where the version stands in a payload: all moments until 2106 take the same four bytes."""
WHOLE, SHORT = 1, 2
"""The versions: with all marks, and with a digest in place of rows and marks."""
ENVELOPE = 86
"""Bytes of a COSE_Sign1 around a payload of more than 255 bytes."""
LARGEST = LARGEST_ATTESTATION - ENVELOPE
"""The most bytes of a payload with all marks."""
DIGEST = 16
"""Bytes of a digest: to find another text with the same one takes 2^128 tries."""

YEARS = range(FIRST_YEAR, FIRST_YEAR + 256)
SPELLED = 31
"""The place of a final status that is spelled out, because it is none of those known in advance."""
STATUS_PLACES = {status: place for place, status in enumerate(STATUSES)}
ROW_PLACES = {row: place for place, row in enumerate(ROWS)}
MARK_PLACES = {mark: place for place, mark in enumerate(MARKS)}
WORD_BYTES = {word: bytes((0x80 + place,)) for place, word in enumerate(WORDS)}
"""UTF-8 begins no character with a byte from 0x80 to 0xBF."""


class InvalidClaims(ValueError):
    """A certificate that the form has no place for; no certificate of this service is one."""


class NotAttested(ValueError):
    """Bytes that are no attestation of this service, or not of that certificate."""


class Claims(NamedTuple):
    """What the payload of an attestation says."""

    virtual_code: str
    serial_number: int
    issued_at: datetime
    """Lima time, to the second."""
    student: Student
    modality: str
    level: str
    earlier_years: bool
    columns: tuple[Column, ...]
    """With empty school names; the digest stands for them."""
    texts_digest: bytes
    """See `digest_of_texts`."""
    groups: tuple[Group, ...] | None
    """None in a short payload."""
    groups_digest: bytes
    """See `digest_of_groups`; empty unless the payload is short."""


def digest_of_texts(transcript: Transcript) -> bytes:
    """The beginning of the SHA-256 of the JSON `[observations, school names by column]` without spaces, in UTF-8."""
    return _digest([list(transcript.observations), [column.school_name for column in transcript.columns]])


def digest_of_groups(transcript: Transcript) -> bytes:
    """The beginning of the SHA-256 of `groups` as the API answers them, as JSON without spaces, in UTF-8."""
    return _digest(transcript.as_json()["groups"])


def _digest(value: Any) -> bytes:
    return hashlib.sha256(encode_json(value).encode()).digest()[:DIGEST]


def pack(virtual_code: str, serial_number: int, issued_at: datetime, transcript: Transcript) -> bytes:
    """The payload of a certificate's attestation: short where it would else be larger than `LARGEST`.

    Raises:
        InvalidClaims: something in it has no place in the form.
    """
    try:
        head = _head(
            Claims(
                virtual_code,
                serial_number,
                issued_at,
                transcript.student,
                transcript.modality,
                transcript.level,
                transcript.earlier_years,
                transcript.columns,
                digest_of_texts(transcript),
                None,
                b"",
            )
        )
        moment = _seconds(issued_at)
        rows = _pack_rows(transcript.columns, transcript.groups)
        payload = encode({ISSUED_AT: moment, CERTIFICATE: [WHOLE, *head, *rows]})
        if len(payload) <= LARGEST:
            return payload
        return encode({ISSUED_AT: moment, CERTIFICATE: [SHORT, *head, digest_of_groups(transcript)]})
    except (KeyError, ValueError, OverflowError, TypeError) as error:
        raise InvalidClaims(virtual_code) from error


def _seconds(moment: datetime) -> int:
    if moment.microsecond or moment.utcoffset() != LIMA.utcoffset(None):
        raise ValueError("not Lima time to the second")
    return int(moment.timestamp())


def _head(claims: Claims) -> list[Any]:
    """What both versions have: who, what, and the columns."""
    if claims.serial_number < 0:
        raise ValueError("no serial number")
    packed = bytearray()
    spelled = []
    for column in claims.columns:
        status = STATUS_PLACES.get(column.final_status, SPELLED)
        if status == SPELLED:
            spelled.append(column.final_status)
        if column.year not in YEARS or not 0 <= column.grade < 8:
            raise ValueError("no year or grade")
        packed += ((column.year - FIRST_YEAR) << 8 | column.grade << 5 | status).to_bytes(2, "big")
    kind = MODALITIES.index(claims.modality) * len(LEVELS) + LEVELS.index(claims.level)
    return [
        claims.virtual_code,
        claims.serial_number,
        claims.student.document_number,
        claims.student.full_name,
        kind * 2 + claims.earlier_years,
        bytes(packed),
        spelled,
        _pack_schools(claims.columns),
        claims.texts_digest,
    ]


def _pack_schools(columns: tuple[Column, ...]) -> list[int]:
    """Code and annex of each column's school as one number and one more; 0 where it is that of the column before."""
    packed: list[int] = []
    before = ""
    for column in columns:
        school = column.school_code + column.school_annex
        if len(school) != 8 or not (school.isascii() and school.isdigit()):
            raise ValueError("no school code")
        packed.append(0 if school == before else int(school) + 1)
        before = school
    return packed


def _pack_rows(columns: tuple[Column, ...], groups: tuple[Group, ...]) -> list[Any]:
    """Which known rows there are, all others with place, group and name, which marks occur, and the marks."""
    known, last, place, order = 0, -1, 0, -1
    others: list[int | str | bytes] = []
    marks: list[str | None] = []
    for group in groups:
        number = GROUPS.index(group.group)
        if number <= order or not group.rows:
            raise ValueError("groups out of order")
        order = number
        for row in group.rows:
            found = ROW_PLACES.get((group.group, row.name), -1)
            if found > last:
                known |= 1 << found
                last = found
            else:
                others += (place * len(GROUPS) + number, _pack_name(row.name))
            if len(row.marks) != len(columns):
                raise ValueError("a row of another length")
            marks += row.marks
            place += 1
    places = sorted({MARK_PLACES[mark] for mark in marks})
    digits = {MARKS[mark]: digit for digit, mark in enumerate(places)}
    packed = 0
    for mark in marks:
        packed = packed * len(places) + digits[mark]
    return [_bytes(known), others, sum(1 << mark for mark in places), _bytes(packed)]


@lru_cache(maxsize=2048)
def _pack_name(name: str) -> str | bytes:
    """A name in which words of `WORDS` are one byte each, without the spaces beside them; as it is if it has none."""
    words = name.split(" ")
    if "" in words or not WORD_BYTES.keys() & words:
        return name
    packed, spelled = b"", False
    for word in words:
        known = WORD_BYTES.get(word)
        packed += known or (b" " + word.encode() if spelled else word.encode())
        spelled = known is None
    return packed


def _unpack_name(packed: str | bytes) -> str:
    if isinstance(packed, str):
        return packed
    words, spelled, at = [], b"", 0
    while at < len(packed):
        size = 1 + sum(packed[at] >= least for least in (0xC0, 0xE0, 0xF0))
        character = packed[at : at + size]
        at += size
        if character == b" " or 0x80 <= character[0] < 0xC0:
            words += [spelled.decode()] if spelled else []
            words += [WORDS[character[0] - 0x80]] if character != b" " else []
            spelled = b""
        else:
            spelled += character
    return " ".join([*words, spelled.decode()] if spelled else words)


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def is_short(payload: bytes) -> bool:
    """Whether a payload that `pack` wrote has a digest in place of rows and marks."""
    return payload[VERSION_AT] == SHORT


def unpack(payload: bytes) -> Claims:
    """What a payload says: the inverse of `pack`, but for what it holds by digest.

    Raises:
        NotAttested: it is none, or not in the form that `pack` writes.
    """
    try:
        claims, parts = _unpack(decode(payload))
        if _pack_again(claims) != parts:
            raise NotAttested("not in the form that is written")
    except (NotCbor, InvalidClaims, ValueError, TypeError, KeyError, IndexError, ArithmeticError, OSError) as error:
        raise NotAttested("no payload of an attestation") from error
    return claims


def _unpack(decoded: Any) -> tuple[Claims, list[Any]]:
    if list(decoded) != [ISSUED_AT, CERTIFICATE]:
        raise NotAttested("other claims")
    parts = decoded[CERTIFICATE]
    version, code, serial, document_number, full_name, kind, packed, spelled, schools, texts_digest, *rest = parts
    if version not in (WHOLE, SHORT) or not all(isinstance(text, str) for text in (code, document_number, full_name)):
        raise NotAttested("a version of another time, or no names")
    kind, earlier = divmod(kind, 2)
    columns = tuple(_unpack_columns(packed, spelled, schools))
    claims = Claims(
        virtual_code=code,
        serial_number=serial,
        issued_at=datetime.fromtimestamp(decoded[ISSUED_AT], LIMA),
        student=Student(document_number, full_name),
        modality=MODALITIES[kind // len(LEVELS)],
        level=LEVELS[kind % len(LEVELS)],
        earlier_years=bool(earlier),
        columns=columns,
        texts_digest=bytes(texts_digest),
        groups=_unpack_groups(len(columns), *rest) if version == WHOLE else None,
        groups_digest=b"" if version == WHOLE else bytes(rest[0]),
    )
    return claims, parts


def _pack_again(claims: Claims) -> list[Any]:
    """The parts that `pack` writes for this: of two payloads that say the same, only one is written so."""
    rest = [claims.groups_digest]
    if claims.groups is not None:
        rest = _pack_rows(claims.columns, claims.groups)
    if len(claims.texts_digest) != DIGEST or (claims.groups is None and len(claims.groups_digest) != DIGEST):
        raise NotAttested("a digest of another length")
    return [WHOLE if claims.groups is not None else SHORT, *_head(claims), *rest]


def _unpack_columns(packed: bytes, spelled: list[str], schools: list[int]) -> Iterator[Column]:
    statuses = iter(spelled)
    school = ""
    for place, number in enumerate(schools):
        word = int.from_bytes(packed[2 * place : 2 * place + 2], "big")
        status = word & 0x1F
        school = f"{number - 1:08d}" if number else school
        yield Column(
            year=FIRST_YEAR + (word >> 8),
            grade=word >> 5 & 7,
            school_code=school[:7],
            school_annex=school[7:],
            school_name="",
            final_status=_next(statuses) if status == SPELLED else STATUSES[status],
        )


def _next(statuses: Iterator[str]) -> str:
    for status in statuses:
        return status
    raise NotAttested("a final status is missing")


def _unpack_groups(columns: int, known: bytes, others: list[Any], occurring: int, packed: bytes) -> tuple[Group, ...]:
    rows = _unpack_rows(int.from_bytes(known, "big"), others)
    alphabet = [mark for place, mark in enumerate(MARKS) if occurring >> place & 1]
    number = int.from_bytes(packed, "big")
    marks: list[str | None] = []
    for _ in range(len(rows) * columns):
        number, digit = divmod(number, len(alphabet))
        marks.append(alphabet[digit])
    marks.reverse()
    named = [(group, Row(name, tuple(marks[n * columns :][:columns]))) for n, (group, name) in enumerate(rows)]
    return tuple(
        Group(group, tuple(row for of, row in named if of == group))
        for group in GROUPS
        if any(of == group for of, _ in named)
    )


def _unpack_rows(known: int, others: list[Any]) -> list[tuple[str, str]]:
    """The groups and names of the rows: those known in advance in their order, the others at their places."""
    rows = [row for place, row in enumerate(ROWS) if known >> place & 1]
    for number, name in zip(others[::2], others[1::2], strict=True):
        place, group = divmod(number, len(GROUPS))
        rows.insert(place, (GROUPS[group], _unpack_name(name)))
    return rows
