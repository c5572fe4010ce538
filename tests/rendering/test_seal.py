"""The promises of the seal, judged by pyHanko, poppler and the European Commission's DSS."""

import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from constancia_pdf import reference, render
from constancia_pdf.seal import SIGNATURE_SIZE, Seal
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.rendering import dss, tampering, verapdf
from tests.rendering.samples import sample
from tests.rendering.sealing import Authority, Draw, chain_of_three, der, is_whole, seal_of, sealed, self_issued
from tests.rendering.tampering import Tampering
from tests.rendering.validate import qpdf_findings

MOST_SIGNED_BYTES = 4096
"""What KMS signs in one call."""
SIGNERS = pytest.mark.parametrize("signer", [self_issued, chain_of_three])
WAYS = pytest.mark.parametrize(
    "draw", [lambda document, room: render(document, room).pdf, reference.draw], ids=["prepared", "reference"]
)


def message_of(pdf: bytes) -> cms.SignedData:
    """The CMS message in the seal of a file; it fills its room to the last byte."""
    (seal,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    content = cms.ContentInfo.load(seal.pkcs7_content, strict=True)
    assert content.dump(force=True) == seal.pkcs7_content, "DER"
    return content["content"]


@SIGNERS
@WAYS
def test_the_seal_is_right_and_covers_the_whole_file_for_pyhanko(signer: Callable[[], Authority], draw: Draw) -> None:
    assert is_whole(sealed(sample(), signer(), draw), signer())


@WAYS
@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig is not installed")
def test_poppler_calls_the_signature_valid_and_the_whole_document_signed(draw: Draw, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed(sample(), draw=draw))
    said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said


@pytest.mark.skipif(bool(dss.MISSING), reason=dss.MISSING)
@SIGNERS
def test_the_european_validator_passes_it_as_pades_baseline_b(signer: Callable[[], Authority], tmp_path: Path) -> None:
    files = [tmp_path / "prepared.pdf", tmp_path / "reference.pdf"]
    files[0].write_bytes(sealed(sample(), signer()))
    files[1].write_bytes(sealed(sample(), signer(), reference.draw))
    assert dss.judgements(files, signer()) == [dss.PASSED] * 2


@pytest.mark.parametrize("tamper", tampering.ALL.values(), ids=tampering.ALL)
def test_pyhanko_does_not_pass_what_somebody_did_without_the_key(tamper: Tampering) -> None:
    tampered = tamper(sample())
    assert tampered != sealed(sample())
    assert not is_whole(tampered, self_issued())


@pytest.mark.skipif(bool(dss.MISSING), reason=dss.MISSING)
def test_the_european_validator_does_not_pass_it_either(tmp_path: Path) -> None:
    files = []
    for number, tamper in enumerate(tampering.ALL.values()):
        files.append(tmp_path / f"{number}.pdf")
        files[-1].write_bytes(tamper(sample()))
    said = dict(zip(tampering.ALL, dss.judgements(files, self_issued()), strict=True))
    assert [what for what, judgement in said.items() if judgement == dss.PASSED] == []


@WAYS
@pytest.mark.skipif(bool(verapdf.MISSING), reason=verapdf.MISSING)
def test_the_sealed_file_with_a_chain_is_archival_and_accessible_for_vera_pdf(draw: Draw, tmp_path: Path) -> None:
    file = tmp_path / "sealed.pdf"
    file.write_bytes(sealed(sample(), chain_of_three(), draw))
    assert list(verapdf.findings([file])) == []
    assert list(qpdf_findings([file])) == []


@WAYS
def test_sealing_again_gives_the_same_bytes(draw: Draw) -> None:
    assert sealed(sample(), draw=draw) == sealed(sample(), draw=draw)


def test_what_is_signed_fits_one_call_of_kms_is_der_and_names_the_certificate_of_the_key_and_no_time() -> None:
    signer = chain_of_three()
    seal = seal_of(signer)
    signed = seal.attributes(render(sample(), seal.room).pdf)
    assert len(signed) < MOST_SIGNED_BYTES
    attributes = cms.CMSAttributes.load(signed, strict=True)
    assert attributes.dump(force=True) == signed
    kinds = {attribute["type"].native for attribute in attributes}
    assert kinds == {"content_type", "message_digest", "signing_certificate_v2"}  # EN 319 142-1, 6.3: no signing-time


def test_the_message_carries_the_chain_without_its_root_and_a_lone_certificate_even_so() -> None:
    for signer, carried in ((chain_of_three(), chain_of_three().chain[:2]), (self_issued(), self_issued().chain)):
        message = message_of(sealed(sample(), signer))
        assert {found.chosen.dump() for found in message["certificates"]} == set(der(carried))
        assert message["signer_infos"][0]["sid"].chosen["serial_number"].native == signer.chain[0].serial_number


@WAYS
def test_the_data_are_embedded_as_the_source_of_the_page(draw: Draw) -> None:
    certificate = sample()
    with pikepdf.open(BytesIO(sealed(certificate, draw=draw))) as document:
        (specification,) = document.Root.AF
        assert specification.AFRelationship == "/Data"
        assert specification.EF.F.Subtype == "/application/json"
        assert document.attachments["constancia.json"].get_file().read_bytes() == certificate.embedded


def test_room_for_another_chain_and_a_signature_of_another_size_are_refused() -> None:
    seal, other = seal_of(self_issued()), seal_of(chain_of_three())
    unsealed = render(sample(), other.room).pdf
    signature = bytes(SIGNATURE_SIZE)
    with pytest.raises(ValueError, match="chain"):
        seal.apply(unsealed, seal.attributes(unsealed), signature)
    with pytest.raises(ValueError, match="size"):
        other.apply(unsealed, other.attributes(unsealed), signature[1:])
    with pytest.raises(ValueError, match="certificate"):
        Seal([b"\x30\x03\x02\x01\x05"])
