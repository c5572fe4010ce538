"""Identity: what people say of themselves against the people registry (rule 2)."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from constancia.errors import IdentityNotConfirmed

APOSTROPHES = "'’‘ʼ`´"
HYPHENS = "-‐‑‒–—−"


@dataclass(frozen=True, slots=True)
class Parent:
    """A mother or father as the registry holds them; the number may be unknown."""

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

    @property
    def full_name(self) -> str:
        """Given names and surnames, as the certificate prints them."""
        return " ".join(part for part in (self.given_names, self.paternal_surname, self.maternal_surname) if part)

    @property
    def guardians(self) -> frozenset[str]:
        """The document numbers of those who may ask for this person: mother, father, legal guardians."""
        parents = {parent.document_number for parent in (self.father, self.mother) if parent}
        return frozenset(number for number in parents | set(self.legal_guardians) if number)


@dataclass(frozen=True, slots=True)
class Claim:
    """What someone says of a person. `None` for a parent says "the registry holds none"."""

    document_number: str
    birth_date: date
    father_given_names: str | None
    mother_given_names: str | None


NOBODY = Person("", "", "", "", date.min, True, None, None, ())
"""Stands in for an unknown document, so that it costs as much to refuse as a wrong name."""


NO_NAME = "JUAN CARLOS"
"""Stands in for a name that is not given or not registered, for the same reason; it never counts."""


def fold(name: str, apostrophe: str = "", hyphen: str = "") -> str:
    """The name without case, accents, ñ and repeated spaces, its apostrophes and hyphens read as given."""
    for sign in APOSTROPHES:
        name = name.replace(sign, apostrophe)
    for sign in HYPHENS:
        name = name.replace(sign, hyphen)
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def names_match(claimed: str | None, registered: str | None) -> bool:
    """Whether two given names are the same, whole (rule 2); no name matches only no name.

    Hyphens and apostrophes count for nothing: `ANA-MARÍA` is `Ana Maria` as well as `AnaMaria`.
    """
    given, held = claimed or NO_NAME, registered or NO_NAME
    readings = [(apostrophe, hyphen) for apostrophe in ("", " ") for hyphen in ("", " ")]
    same = any([fold(given, *reading) == fold(held, *reading) for reading in readings])  # noqa: C419 same cost
    return claimed is registered if claimed is None or registered is None else same


def is_confirmed(claim: Claim, person: Person | None) -> bool:
    """Whether the claim agrees with the registry in everything. Every comparison is made, whatever the others say."""
    held = person or NOBODY
    return all(
        [
            claim.document_number == held.document_number,
            claim.birth_date == held.birth_date,
            names_match(claim.father_given_names, held.father.given_names if held.father else None),
            names_match(claim.mother_given_names, held.mother.given_names if held.mother else None),
            not held.deceased,
        ]
    )


def confirm_student(claim: Claim, registry: dict[str, Person]) -> Person:
    """The student who asks alone, as registered.

    Raises:
        IdentityNotConfirmed: for every cause alike.
    """
    person = registry.get(claim.document_number)
    if not is_confirmed(claim, person) or person is None:
        raise IdentityNotConfirmed
    return person


def confirm_guardian(guardian: Claim, student: Claim, registry: dict[str, Person]) -> Person:
    """The student for whom a registered mother, father or legal guardian asks, as registered.

    Raises:
        IdentityNotConfirmed: for every cause alike, not being the guardian included.
    """
    person = registry.get(student.document_number)
    confirmed = [
        is_confirmed(guardian, registry.get(guardian.document_number)),
        is_confirmed(student, person),
        guardian.document_number in (person or NOBODY).guardians,
    ]
    if not all(confirmed) or person is None:
        raise IdentityNotConfirmed
    return person
