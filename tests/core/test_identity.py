"""Rule 2: names as people write them, and one answer for every cause."""

import unicodedata
from datetime import date

import pytest
from constancia.asking.identity import Claim, confirm_guardian, confirm_student, is_confirmed, names_match
from constancia.errors import IdentityNotConfirmed
from constancia.people import Parent, Person
from hypothesis import given
from hypothesis import strategies as st

LETTERS = "ABCDEFGHIJKLMNÑOPQRSTUVWXYZÁÉÍÓÚÜÀÈÌÒÙÂÊÎÔÛÄËÏÖÇÃÕ"
names = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)

MOTHER = Person(
    "40000001", "ANA", "QUISPE", "HUAMÁN", date(1980, 5, 17), False, Parent("PEDRO", None), Parent("LUZ", None), ()
)
STUDENT = Person(
    "71705600",
    "ROSA",
    "DEL ROSAL",
    "",
    date(2010, 2, 28),
    False,
    None,
    Parent("ANA", "40000001"),
    ("40000003",),
)
OF_MOTHER = Claim("40000001", date(1980, 5, 17), "Pedro", "Luz")
OF_STUDENT = Claim("71705600", date(2010, 2, 28), None, "ana")
REGISTRY = {person.document_number: person for person in (MOTHER, STUDENT)}


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        ("juan carlos", "JUAN CARLOS"),
        ("  Juan   Carlos ", "JUAN CARLOS"),
        ("JOSE MARIA", "JOSÉ MARÍA"),
        ("Nunez", "ÑÚÑEZ"),
        ("ZOE", "ZOË"),
        ("Dangelo", "D'ANGELO"),
        ("D Angelo", "D’ANGELO"),
        ("Ana Maria", "ANA-MARÍA"),
        ("AnaMaria", "ANA-MARÍA"),
        ("O'Higgins Ana Maria", "OHIGGINS ANA-MARIA"),
        ("Jose\u0301", "JOSÉ"),
        (None, None),
    ],
)
def test_the_same_name_written_otherwise_matches(claimed: str | None, registered: str | None) -> None:
    assert names_match(claimed, registered)
    assert names_match(registered, claimed)


@pytest.mark.parametrize(
    ("claimed", "registered"),
    [
        ("JUAN", "JUAN CARLOS"),
        ("JUANCARLOS", "JUAN CARLOS"),
        ("CARLOS JUAN", "JUAN CARLOS"),
        ("", "JUAN"),
        (None, "JUAN"),
        ("JUAN", None),
        ("None", None),
        ("JU4N", "JUAN"),
    ],
)
def test_another_name_does_not_match(claimed: str | None, registered: str | None) -> None:
    assert not names_match(claimed, registered)


@given(names)
def test_case_accents_and_spaces_never_matter(name: str) -> None:
    without_accents = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    for written in (name.lower(), name.upper(), f"  {name} ", name.replace(" ", "   "), without_accents):
        assert names_match(written, name)


@given(names, names)
def test_matching_is_symmetric(one: str, other: str) -> None:
    assert names_match(one, other) == names_match(other, one)


def test_everything_must_agree() -> None:
    assert is_confirmed(OF_STUDENT, STUDENT)
    for wrong in (
        Claim("71705601", date(2010, 2, 28), None, "ANA"),
        Claim("71705600", date(2010, 2, 27), None, "ANA"),
        Claim("71705600", date(2010, 2, 28), "JUAN", "ANA"),
        Claim("71705600", date(2010, 2, 28), None, None),
    ):
        assert not is_confirmed(wrong, STUDENT)


def test_nobody_confirms_nobody() -> None:
    assert not is_confirmed(Claim("", date.min, None, None), None)


def test_a_registered_mother_is_confirmed_for_her_child() -> None:
    assert confirm_guardian(OF_MOTHER, OF_STUDENT, REGISTRY) == STUDENT
    assert confirm_student(OF_STUDENT, REGISTRY) == STUDENT


def test_a_legal_guardian_is_confirmed_and_a_stranger_is_not() -> None:
    guardian = Person("40000003", "LUZ", "RÍOS", "", date(1975, 1, 1), False, None, None, ())
    stranger = Person("40000004", "EVA", "RÍOS", "", date(1975, 1, 1), False, None, None, ())
    registry = {**REGISTRY, "40000003": guardian, "40000004": stranger}
    assert confirm_guardian(Claim("40000003", date(1975, 1, 1), None, None), OF_STUDENT, registry) == STUDENT
    with pytest.raises(IdentityNotConfirmed):
        confirm_guardian(Claim("40000004", date(1975, 1, 1), None, None), OF_STUDENT, registry)


@pytest.mark.parametrize("missing", ["40000001", "71705600"])
def test_whoever_the_registry_does_not_hold_is_not_confirmed(missing: str) -> None:
    registry = {number: person for number, person in REGISTRY.items() if number != missing}
    with pytest.raises(IdentityNotConfirmed):
        confirm_guardian(OF_MOTHER, OF_STUDENT, registry)


def test_the_deceased_are_not_confirmed() -> None:
    gone = Person("71705600", "ROSA", "DEL ROSAL", "", date(2010, 2, 28), True, None, Parent("ANA", "40000001"), ())
    with pytest.raises(IdentityNotConfirmed):
        confirm_student(OF_STUDENT, {"71705600": gone})


def test_a_father_without_a_document_number_makes_nobody_a_guardian() -> None:
    child = Person("71705600", "ROSA", "DEL ROSAL", "", date(2010, 2, 28), False, Parent("ANA", None), None, ())
    assert child.guardians == frozenset()


def test_a_full_name_has_no_double_spaces_where_a_surname_is_missing() -> None:
    assert STUDENT.full_name == "ROSA DEL ROSAL"
