"""`constancia verify`: a PDF and the keys are enough to know whether it is true, and where it is not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from constancia.attesting.keys import jwks, keys_by_id
from constancia.document import Document
from constancia.transcript import Column, Group, Row, Student, Transcript
from constancia_pdf import reference
from cryptography.hazmat.primitives.serialization import Encoding

from infra.console import main
from infra.console.answers import REFUSED
from tests.rendering import tampering
from tests.rendering.samples import sample
from tests.rendering.sealing import ATTESTATION_KEY, attested, chain_of_three, sealed, self_issued
from tests.rendering.shapes import certificates


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys as the service publishes them."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "jwks.json").write_text(json.dumps(jwks(keys_by_id([ATTESTATION_KEY.info]))))
    chains = (*self_issued().chain, *chain_of_three().chain[:1])
    (folder / "sello.pem").write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chains))
    return folder


@pytest.fixture
def verify(keys: Path, tmp_path: Path) -> Callable[..., Result]:
    """Verifies files with these contents."""

    def run(*pdfs: bytes, options: tuple[str, ...] = ()) -> Result:
        paths = [tmp_path / f"{number}.pdf" for number in range(len(pdfs))]
        for path, pdf in zip(paths, pdfs, strict=True):
            path.write_bytes(pdf)
        return CliRunner().invoke(main, ["verify", *map(str, paths), "--keys", str(keys), *options])

    return run


def of_two_years() -> Document:
    """A transcript in which a mark can be changed."""
    columns = tuple(Column(year, 1, "0110101", "0", "I.E. 1101 SAN JOSÉ", "PROMOVIDO") for year in (2018, 2019))
    rows = (Row("COMUNICACIÓN", ("12", "13")), Row("MATEMÁTICA", ("14", "11")))
    student = Student("71705600", "ROSA CECILIA DEL ROSAL ÑAUPARI")
    transcript = Transcript(student, "EBR", "secondary", columns, (Group("area", rows),), (), False)
    return attested(sample()._replace(transcript=transcript))


def with_marks(certificate: Document, *marks: str) -> Document:
    """The page of a certificate with other marks in mathematics, over the same signed data."""
    (areas,) = certificate.transcript.groups
    rows = (areas.rows[0], Row("MATEMÁTICA", marks))
    return certificate._replace(transcript=certificate.transcript._replace(groups=(Group("area", rows),)))


def test_certificates_of_every_shape_and_of_both_ways_of_drawing_are_authentic(verify: Callable[..., Result]) -> None:
    drawn = [sealed(certificate) for certificate in certificates(12)]
    result = verify(*drawn, sealed(sample(), chain_of_three(), reference.draw), sealed(sample(full_name="ŁUKASZ ÑA")))
    assert result.output.count(": auténtica") == 14, result.output
    assert result.exit_code == 0


def test_every_mark_that_was_changed_on_the_page_is_named_with_both_values(verify: Callable[..., Result]) -> None:
    result = verify(sealed(with_marks(of_two_years(), "14", "18")))
    assert "MATEMÁTICA 2019: la hoja dice 18, los datos firmados dicen 11" in result.output
    assert result.output.count("la hoja dice") == 1
    assert result.exit_code == REFUSED


@pytest.mark.parametrize("tamper", tampering.ALL.values(), ids=tampering.ALL)
def test_what_somebody_did_without_the_key_is_found(verify: Callable[..., Result], tamper: tampering.Tampering) -> None:
    result = verify(tamper(of_two_years() if tamper is not tampering.data_swapped else sample()))
    assert "NO es auténtica" in result.output
    assert "Sello: " in result.output
    assert result.exit_code == REFUSED


def test_a_name_that_was_changed_is_named(verify: Callable[..., Result]) -> None:
    true = of_two_years()
    transcript = true.transcript._replace(student=Student("71705600", "ROSA CECILIA DEL ROSAL QUISPE"))
    result = verify(sealed(true._replace(transcript=transcript)))
    assert "nombre: la hoja dice ROSA CECILIA DEL ROSAL QUISPE" in result.output


def test_data_of_another_certificate_and_attestations_by_other_keys_are_found(verify: Callable[..., Result]) -> None:
    true = of_two_years()
    swapped = true._replace(embedded=true.embedded.replace(b'"11"', b'"18"'))
    assert "no son los que fueron firmados" in verify(sealed(swapped)).output
    other = json.loads(true.embedded)
    other["certificate"]["attestation"] = other["certificate"]["attestation"][:-4] + "AAAA"
    forged = true._replace(embedded=json.dumps(other).encode())
    assert "su firma no es de una clave conocida" in verify(sealed(forged)).output


def test_what_is_no_certificate_is_refused_without_an_exception(verify: Callable[..., Result]) -> None:
    whole = sealed(sample())
    for pdf in (b"", b"%PDF-1.7", whole[: len(whole) // 2], whole[:-200], b"\x00" * 1000):
        result = verify(pdf)
        assert result.exit_code == REFUSED, result.exception


def test_programs_get_a_line_of_json_for_each_file_of_a_folder(
    verify: Callable[..., Result], keys: Path, tmp_path: Path
) -> None:
    verify(sealed(sample()), sealed(with_marks(of_two_years(), "15", "11")))
    result = CliRunner().invoke(main, ["verify", str(tmp_path), "--keys", str(keys), "--json"])
    first, second = map(json.loads, result.output.splitlines())
    assert (first["authentic"], first["findings"]) == (True, [])
    assert second["findings"] == ["MATEMÁTICA 2018: la hoja dice 15, los datos firmados dicen 14"]
    assert result.exit_code == REFUSED


def test_a_folder_s_pdfs_are_all_verified_however_their_names_are_written_and_none_is_no_success(
    keys: Path, tmp_path: Path
) -> None:
    """Scanners and older systems write `.PDF`; whoever reads no finding takes the file for authentic."""
    folder = tmp_path / "recibidas"
    folder.mkdir()
    command = ["verify", str(folder), "--keys", str(keys)]
    none = CliRunner().invoke(main, command)
    assert (none.exit_code, "no hay ningún PDF" in none.stderr) == (REFUSED, True)
    (folder / "SCAN.PDF").write_bytes(b"%PDF-1.7")
    found = CliRunner().invoke(main, command)
    assert (found.exit_code, "SCAN.PDF: NO es auténtica" in found.stdout) == (REFUSED, True)


def test_without_keys_it_says_how_to_give_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    file = tmp_path / "one.pdf"
    file.write_bytes(sealed(sample()))
    result = CliRunner().invoke(main, ["verify", str(file)])
    assert "--keys" in result.output
    assert result.exit_code == REFUSED
