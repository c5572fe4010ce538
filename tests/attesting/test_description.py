"""docs/attestation.md lets a stranger read an attestation: its lists, its reader and its example are tried here."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from constancia.attesting import claims, cose, words
from constancia.attesting.keys import from_base64url, keys_by_id
from constancia.transcript import Transcript

from tests.attesting.signing import WORKED_EXAMPLE, SigningKey

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "attestation.md").read_text()
PUBLISHED = json.loads((DOCS / "attestation-vectors.json").read_text())
VECTORS = PUBLISHED["vectors"]


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)\n```", PAGE, re.DOTALL)
    assert found, kind
    return found[1]


def listed(kind: str) -> list[str]:
    """The entries of a list of the page, each at the place that it says."""
    entries = [entry.partition(" ") for entry in re.split(r"\n| · ", block(kind))]
    assert [int(number) for number, _, _ in entries] == list(range(len(entries)))
    return [text for _, _, text in entries]


def lists() -> dict[str, Any]:
    return {
        "rows": [(entry.partition(" ")[0], entry.partition(" ")[2]) for entry in listed("rows")],
        "statuses": ["" if entry == "(empty)" else entry for entry in listed("statuses")],
        "marks": [None if entry == "(none)" else entry for entry in listed("marks")],
        "words": listed("words"),
    }


def test_the_page_has_the_lists_that_attestations_are_written_with() -> None:
    assert lists() == {
        "rows": list(words.ROWS),
        "statuses": list(words.STATUSES),
        "marks": list(words.MARKS),
        "words": list(words.WORDS),
    }
    assert f"larger than {claims.LARGEST} bytes" in PAGE


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_stranger_reads_each_vector_with_the_page_alone(vector: dict[str, Any]) -> None:
    """The reader that the page prints is run as it stands, with two public libraries and the lists of the page."""
    reader: dict[str, Any] = {}
    exec(block("python"), reader)  # noqa: S102 it is our own page
    found = reader["read_attestation"](from_base64url(vector["attestation"]), PUBLISHED["jwks"], lists())
    transcript = Transcript.from_json(vector["transcript"])
    assert {name: found[name] for name in ("virtual_code", "serial_number")} == {
        name: vector["certificate"][name] for name in ("virtual_code", "serial_number")
    }
    assert found["issued_at"] == datetime.fromisoformat(vector["certificate"]["issued_at"]).timestamp()
    assert {name: found[name] for name in ("student", "modality", "level", "earlier_years")} == {
        name: vector["transcript"][name] for name in ("student", "modality", "level", "earlier_years")
    }
    assert found["columns"] == [
        (column.year, column.grade, column.school_code, column.school_annex, column.final_status)
        for column in transcript.columns
    ]
    assert found["digest_of_texts"] == claims.digest_of_texts(transcript)
    if "rows" in found:
        assert found["rows"] == [
            (group.group, row.name, list(row.marks)) for group in transcript.groups for row in group.rows
        ]
    else:
        assert found["digest_of_groups"] == claims.digest_of_groups(transcript)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_vector_is_what_we_write_to_the_byte(vector: dict[str, Any]) -> None:
    certificate, key = vector["certificate"], SigningKey(WORKED_EXAMPLE)
    payload = claims.pack(
        certificate["virtual_code"],
        int(certificate["serial_number"]),
        datetime.fromisoformat(certificate["issued_at"]),
        Transcript.from_json(vector["transcript"]),
    )
    attestation = cose.attest(key.kid, payload, key.sign)
    assert payload.hex() == vector["payload"]
    assert attestation == from_base64url(vector["attestation"])
    assert int(vector["number"]) == int.from_bytes(b"\x01" + attestation, "big")
    assert cose.check(attestation, keys_by_id([key.info])) == cose.payload_of(attestation) == payload
    assert claims.is_short(payload) == (claims.unpack(payload).groups is None)


def test_the_vectors_show_both_versions_and_all_levels() -> None:
    found = [claims.unpack(bytes.fromhex(vector["payload"])) for vector in VECTORS]
    assert {each.groups is None for each in found} == {True, False}
    assert {each.level for each in found} == {"initial", "primary", "secondary"}


def test_the_worked_example_is_the_first_vector_part_by_part() -> None:
    example = PAGE.partition("## A worked example")[2]
    whole = from_base64url(VECTORS[0]["attestation"]).hex()
    printed = re.search(r"```\n([0-9a-f\n]+)\n```", example)
    assert printed
    assert printed[1].replace("\n", "") == whole
    at = 0
    for cell in re.findall(r"^\| (`[0-9a-f].*?) \|", example, re.MULTILINE):
        for part in re.findall(r"`([^`]+)`", cell):
            begin, _, end = part.replace(" ", "").partition("…")
            assert whole.startswith(begin, at), part
            at = whole.index(end, at + len(begin)) + len(end) if end else at + len(begin)
    assert at == len(whole)
