"""What people are told before their data are taken (Ley 29733, article 18) is there, is true, and is on record."""

import hashlib
from datetime import date

import pytest
from constancia import lima, privacy_notice

from infra.delivery import PORTAL
from tests.notice import NOTICE
from tests.trust.audit import items_of
from tests.trust.journey import Journey
from tests.trust.world import World


def test_a_notice_whose_words_change_is_a_new_version() -> None:
    """Whoever changes a word adds a row to `VERSIONS`; the rows of words that people were once told stay."""
    assert privacy_notice.VERSIONS[privacy_notice.IN_FORCE] == hashlib.sha256(NOTICE.encode()).hexdigest()
    assert list(privacy_notice.VERSIONS) == sorted(privacy_notice.VERSIONS)
    day = date.fromisoformat(privacy_notice.IN_FORCE)
    assert f"Versión del {lima.written_day(day)} " in NOTICE


@pytest.mark.parametrize(
    "page", ["index.html", "solicitar/index.html", "verificar/index.html", "instituciones/index.html"]
)
def test_every_page_leads_to_the_notice(page: str) -> None:
    footer = (PORTAL / page).read_text().partition("<footer>")[2]
    assert '<a href="/privacidad/">' in footer


def test_the_notice_is_offered_before_the_declaration() -> None:
    page = (PORTAL / "solicitar" / "index.html").read_text()
    assert page.index('<a href="/privacidad/">cómo los cuidamos') < page.index('id="declaration"')


def test_the_notice_says_everything_that_the_law_asks() -> None:
    """Article 18: who keeps the data, what for, who gets them, where, whether they must be given, how long, rights."""
    for said in (
        "El Ministerio de Educación. Está en Calle Del Comercio 193, San Borja, Lima.",
        "Usamos tus datos para una sola cosa",
        "Quien tiene el código virtual y el DNI del estudiante puede verla.",
        "Amazon Web Services, en Estados Unidos",
        "Si no das los datos obligatorios, no podemos darte la constancia por internet.",
        "el teléfono puedes dejarlo en blanco",
        "Ver tus datos.",
        "Corregirlos.",
        "Que borremos tu correo.",
        "Oponerte",
        "Autoridad Nacional de Protección de Datos Personales",
    ):
        assert said in NOTICE, said


def test_what_the_notice_says_that_others_see_is_what_a_verification_shows(world: World) -> None:
    """Who knows code and document number sees this and no more; each part of the answer has its words in the notice."""
    journey = Journey(world)
    journey.obtain()
    told = {
        "status": "Si la constancia es válida, fue reemplazada o está anulada",
        "superseded_on": "fue reemplazada",
        "successor_status": "fue reemplazada",
        "newer_copy_on": "fue reemplazada",
        "annulled_on": "desde cuándo",
        "annulment_reason": "por qué",
        "records_changed_on": "si las notas cambiaron después",
        "certificate": "la constancia",
        "transcript": "El nombre y el DNI del estudiante. Sus notas, años, grados, colegios, situación final",
        "pdf_url": "El PDF, que puede descargar.",
        "log": "Con qué número consta en el registro público",
        "state_log": "Con qué número consta en el registro público",
    }
    shown = journey.verify().json
    assert set(shown) == set(told)
    assert [words for words in told.values() if words not in NOTICE] == []
    (looked,) = journey.look_back().json["verifications"]
    assert (set(looked), looked["institution"]) == ({"on", "outcome", "institution"}, None)
    assert "Los días en que se verificó" in NOTICE
    assert date.fromisoformat(looked["on"])


def test_the_version_in_force_is_kept_with_the_request_and_with_the_certificate(world: World) -> None:
    """A request ends after a day; that its applicant was told can be shown for as long as the certificate is kept."""
    certificate = Journey(world).obtain()
    (request,) = items_of("REQUESTS_TABLE")
    kept = next(item for item in items_of("CERTIFICATES_TABLE") if item["virtual_code"] == certificate["virtual_code"])
    assert (request["privacy_notice"], kept["privacy_notice"]) == (privacy_notice.IN_FORCE,) * 2
    shown = world.invoke("show_certificate", {"virtual_code": certificate["virtual_code"]})
    assert shown["privacy_notice"] == privacy_notice.IN_FORCE
