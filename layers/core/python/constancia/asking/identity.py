"""Identity: what an applicant says of a person, compared with the people registry (rule 2)."""

import unicodedata
from dataclasses import dataclass
from datetime import date

from constancia.errors import IdentityNotConfirmed
from constancia.people import Person

APOSTROPHES = "'’‘ʼ`´"
HYPHENS = "-‐‑‒–—−"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an applicant says of a person. None for a parent says that the registry holds none ("no registra")."""

    document_number: str
    birth_date: date
    father_given_names: str | None
    mother_given_names: str | None


NOBODY = Person("", "", "", "", date.min, True, None, None, ())
"""Compared in place of a person whom the registry does not hold, so that refusing costs as much as a wrong name."""

NO_NAME = "JUAN CARLOS"
"""Compared in place of a name that is not given or not registered, for the same reason; it never matches."""


def fold(name: str, apostrophe: str = "", hyphen: str = "") -> str:
    """A name without case, accents, tildes and repeated spaces, its apostrophes and hyphens replaced as given."""
    for sign in APOSTROPHES:
        name = name.replace(sign, apostrophe)
    for sign in HYPHENS:
        name = name.replace(sign, hyphen)
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def names_match(claimed: str | None, registered: str | None) -> bool:
    """Whether two given names are the same as a whole (rule 2). No name matches only no name.

    Hyphens and apostrophes count for nothing: `ANA-MARÍA` is `Ana Maria` as well as `AnaMaria`.
    """
    given, held = claimed or NO_NAME, registered or NO_NAME
    readings = [(apostrophe, hyphen) for apostrophe in ("", " ") for hyphen in ("", " ")]
    same = any([fold(given, *reading) == fold(held, *reading) for reading in readings])  # noqa: C419 same cost
    return claimed is registered if claimed is None or registered is None else same


def is_confirmed(claim: Claim, person: Person | None) -> bool:
    """Whether a claim agrees with the registry in everything. All comparisons are made, whatever each gives."""
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

    Args:
        claim: what the student says of themselves.
        registry: the registered people among those of the claim, by document number.

    Raises:
        IdentityNotConfirmed: the claim does not agree with the registry, whatever the cause.
    """
    person = registry.get(claim.document_number)
    if not is_confirmed(claim, person) or person is None:
        raise IdentityNotConfirmed
    return person


def confirm_guardian(guardian: Claim, student: Claim, registry: dict[str, Person]) -> Person:
    """The student for whom a registered mother, father or legal guardian asks, as registered.

    Args:
        guardian: what the guardian says of themselves.
        student: what the guardian says of the student.
        registry: the registered people among those of both claims, by document number.

    Raises:
        IdentityNotConfirmed: a claim does not agree with the registry, or the guardian is not the student's.
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
