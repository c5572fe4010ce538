"""Contacts and names in the files of people: what is kept, what is refused, and what old files still load as."""

import json
from datetime import date
from typing import Any

import pytest
from constancia import wording
from constancia.contact import Contact
from constancia.errors import FileRefused, InvalidFields
from constancia.loading.items import read_item
from constancia.loading.lines import Line
from constancia.loading.spreadsheet import read_header
from constancia.people import read_person

TODAY = date(2026, 11, 23)
PERSON: dict[str, Any] = {
    "document_number": "71705600",
    "given_names": "ROSA CECILIA",
    "paternal_surname": "DEL ROSAL",
    "maternal_surname": "",
    "birth_date": "2010-02-28",
    "deceased": False,
    "father": {"given_names": "JUAN CARLOS", "document_number": None},
    "mother": None,
    "legal_guardians": [],
}
HEADER = (
    "document_number,given_names,paternal_surname,maternal_surname,birth_date,deceased,father_given_names,"
    "father_document_number,mother_given_names,mother_document_number,legal_guardians"
)
ROW = "71705600,ROSA CECILIA,DEL ROSAL,-,2010-02-28,no,JUAN CARLOS,-,-,,"


def kept(values: dict[str, Any]) -> str:
    """What the replica keeps of a line."""
    item = read_item(Line(2, json.dumps(values).encode()), TODAY)
    assert item
    return item.content


def faults(values: dict[str, Any]) -> dict[str, str]:
    """Why a line is refused, by field, in the words that the file's author reads."""
    with pytest.raises(InvalidFields) as refused:
        kept(values)
    return {error.field: wording.line_fault(error) for error in refused.value.errors}


@pytest.mark.parametrize(
    ("contact", "read"),
    [
        ({"email": "rosa@example.com", "phone": None}, Contact("rosa@example.com", None)),
        ({"email": None, "phone": "987 654 321"}, Contact(None, "987654321")),
        ({"phone": "+34600111222"}, Contact(None, "+34600111222")),
        ({"email": "rosa@example.com", "phone": "51987654321"}, Contact("rosa@example.com", "51987654321")),
        ({"email": None, "phone": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_contact_may_be_whole_or_half_or_missing(contact: Any, read: Contact | None) -> None:
    content = kept({**PERSON, "contact": contact})
    assert read_person(json.loads(content), TODAY).contact == read


def test_without_a_contact_a_person_is_kept_as_before_so_that_old_files_change_nothing() -> None:
    assert (
        kept(PERSON)
        == kept({**PERSON, "contact": None})
        == json.dumps(PERSON, ensure_ascii=False, separators=(",", ":"))
    )


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        ({"email": "rosa", "phone": None}, "contact.email"),
        ({"email": "a" * 250 + "@b.pe"}, "contact.email"),
        ({"email": "rosa@example.com\n"}, "contact.email"),
        ({"phone": "016155800"}, "contact.phone"),
        ({"phone": "+0123456789"}, "contact.phone"),
        ({"phone": 987654321}, "contact.phone"),
        ({"mail": "rosa@example.com"}, "contact.mail"),
        ("rosa@example.com", "contact"),
    ],
)
def test_a_contact_to_which_no_code_could_go_is_refused_with_its_line(contact: Any, field: str) -> None:
    assert set(faults({**PERSON, "contact": contact})) == {field}


@pytest.mark.parametrize("name", ["-", ".", "—", "123", "' '", "- -"])
def test_names_without_a_letter_are_refused(name: str) -> None:
    wrong = {
        **PERSON,
        "given_names": name,
        "paternal_surname": name,
        "father": {"given_names": name, "document_number": None},
        "mother": {"given_names": name, "document_number": None},
    }
    found = faults(wrong)
    assert set(found) == {"given_names", "paternal_surname", "father.given_names", "mother.given_names"}
    assert all("ninguna letra" in reason for reason in found.values())


def test_a_sheet_may_have_contacts_and_one_without_them_loads_as_before() -> None:
    old = read_item(Line(2, ROW.encode()), TODAY, read_header(HEADER.encode()))
    assert old
    assert old.content == kept(PERSON), "a hyphen for a surname is none"
    with_both = read_header(f"{HEADER},contact_email,contact_phone".encode())
    for cells, contact in (
        ("rosa@example.com,-", Contact("rosa@example.com", None)),
        (",987654321", Contact(None, "987654321")),
        ("-,", None),
    ):
        item = read_item(Line(2, f"{ROW},{cells}".encode()), TODAY, with_both)
        assert item
        assert read_person(json.loads(item.content), TODAY).contact == contact
    only_email = read_header(f"{HEADER},contact_email".encode())
    item = read_item(Line(2, f"{ROW},rosa@example.com".encode()), TODAY, only_email)
    assert item
    assert "rosa@example.com" in item.content
    with pytest.raises(FileRefused):
        read_header(f"{HEADER},contact_fax".encode())
