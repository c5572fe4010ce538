"""People as the registry (Reniec) holds them, and as the ministry's files write them, one JSON object a line."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from constancia.contact import EMAIL, LONGEST_EMAIL, MOBILE, Contact, Destination
from constancia.fields import INVALID, Fields

DOCUMENT_NUMBER = re.compile(r"[0-9]{8}")
"""The form of a DNI."""
LONGEST_NAME = 120
"""Characters of given names, or of one surname."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A mother or father as the registry holds them; their document number may be unknown."""

    given_names: str
    document_number: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the people registry."""

    document_number: str
    given_names: str
    paternal_surname: str
    maternal_surname: str
    birth_date: date
    deceased: bool
    father: Parent | None
    mother: Parent | None
    legal_guardians: tuple[str, ...]
    contact: Contact | None = None
    """The contact on record; None where there is neither an e-mail address nor a telephone number."""

    @property
    def full_name(self) -> str:
        """Given names and surnames, as the certificate prints them."""
        return " ".join(part for part in (self.given_names, self.paternal_surname, self.maternal_surname) if part)

    @property
    def destination(self) -> Destination | None:
        """Where a confirmation code for this person goes, or None."""
        return self.contact.destination if self.contact else None

    @property
    def guardians(self) -> frozenset[str]:
        """The document numbers of those who may ask for this person: mother, father, legal guardians."""
        parents = {parent.document_number for parent in (self.father, self.mother) if parent}
        return frozenset(number for number in parents | set(self.legal_guardians) if number)


def _read_parent(fields: Fields, name: str) -> Parent | None:
    if name in fields.values and fields.values[name] is None:
        return None
    parent = fields.object(name)
    number = parent.matching("document_number", DOCUMENT_NUMBER) if parent.has("document_number") else None
    return Parent(parent.text("given_names", LONGEST_NAME), number)


def _read_contact(fields: Fields) -> Contact | None:
    """The contact on record. Read in as many steps where there is one as where there is none: the time tells nobody."""
    contact = fields.object("contact")
    email, phone = contact.values.get("email"), contact.values.get("phone")
    if email is not None and not (isinstance(email, str) and len(email) <= LONGEST_EMAIL and EMAIL.fullmatch(email)):
        contact.fault("email", INVALID)
    phone = phone.replace(" ", "") if isinstance(phone, str) else phone
    if phone is not None and not (isinstance(phone, str) and MOBILE.fullmatch(phone)):
        contact.fault("phone", INVALID)
    return Contact(email, phone) if email or phone else None


def read_person(values: dict[str, Any], today: date) -> Person:
    """A person of the registry from their JSON object.

    Raises:
        InvalidFields: with every field that is missing or wrong.
    """
    fields = Fields(values)
    person = Person(
        document_number=fields.matching("document_number", DOCUMENT_NUMBER),
        given_names=fields.text("given_names", LONGEST_NAME),
        paternal_surname=fields.optional_text("paternal_surname", LONGEST_NAME) or "",
        maternal_surname=fields.optional_text("maternal_surname", LONGEST_NAME) or "",
        birth_date=fields.birth_date("birth_date", today),
        deceased=fields.flag("deceased"),
        father=_read_parent(fields, "father"),
        mother=_read_parent(fields, "mother"),
        legal_guardians=fields.texts("legal_guardians", len("71705600"), DOCUMENT_NUMBER),
        contact=_read_contact(fields),
    )
    fields.check()
    return person


def person_json(person: Person) -> dict[str, Any]:
    """A person as their JSON object: what `read_person` reads, always in the same order."""

    def parent_json(parent: Parent | None) -> dict[str, Any] | None:
        return {"given_names": parent.given_names, "document_number": parent.document_number} if parent else None

    # Without a contact the object is the one that earlier loads kept: loading their file again changes nothing.
    contact = {"contact": person.contact._asdict()} if person.contact else {}
    return {
        "document_number": person.document_number,
        "given_names": person.given_names,
        "paternal_surname": person.paternal_surname,
        "maternal_surname": person.maternal_surname,
        "birth_date": person.birth_date.isoformat(),
        "deceased": person.deceased,
        "father": parent_json(person.father),
        "mother": parent_json(person.mother),
        "legal_guardians": list(person.legal_guardians),
        **contact,
    }
