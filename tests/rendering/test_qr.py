"""The QRs are those that segno draws, and phones read them."""

import sys
from collections.abc import Iterator
from hashlib import shake_256
from typing import Any

import pytest
import segno
import segno.encoder
import zxingcpp
from constancia.document import LARGEST_ATTESTATION
from constancia_pdf import qr
from constancia_pdf.qr_symbol import DENSEST, QUIET_ZONE
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.rendering import photos
from tests.rendering.shapes import ADDRESS

MOST_CHARACTERS = 84
"""Characters of an address that the smallest version of the page's QR holds."""
ADDRESSES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=MOST_CHARACTERS)
ATTESTATIONS = st.binary(min_size=100, max_size=LARGEST_ATTESTATION)


@pytest.fixture(autouse=True, scope="module")
def _segno_pads_as_the_standard_says() -> None:
    """segno 1.6.6 adds a codeword of zeros where the bits end with a codeword already; 7.4.10 adds none there."""
    patched = pytest.MonkeyPatch()
    patched.setattr(segno.encoder, "write_padding_bits", lambda buff, _, length: buff.extend([0] * (-length % 8)))


def image(code: qr.Picture) -> Image.Image:
    """A QR as a picture, one pixel a module, quiet zone included."""
    columns = Image.frombytes("1", (code.size, code.size), bytes(255 - byte for byte in code.bits))
    return columns.transpose(Image.Transpose.TRANSPOSE)


def by_segno(parts: Any, level: str) -> Image.Image:
    """The same text by segno, at the version that it finds smallest."""
    version = qr.SMALLEST if level == "m" and len(parts[0]) <= MOST_CHARACTERS else None
    mode = "byte" if len(parts) == 1 else None
    code = segno.make_qr(parts, version=version, error=level, mask=2, mode=mode, boost_error=False)
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix_iter(border=QUIET_ZONE)]
    return Image.frombytes("L", (len(rows), len(rows)), b"".join(rows)).convert("1")


@settings(deadline=None)
@given(ADDRESSES)
def test_the_qr_of_an_address_is_the_one_that_segno_draws(address: str) -> None:
    assert image(qr.link(address)).tobytes() == by_segno([address], "m").tobytes()


@settings(deadline=None)
@given(ATTESTATIONS)
def test_the_qr_of_the_signed_data_is_the_one_that_segno_draws(attestation: bytes) -> None:
    address = ADDRESS.format(code="C2CC6526")
    drawn = image(qr.signed_data(address, attestation))
    number = int.from_bytes(b"\x01" + attestation, "big")
    assert drawn.tobytes() == by_segno([f"{address}#", str(number)], "l").tobytes()


@pytest.mark.parametrize("size", range(100, LARGEST_ATTESTATION + 1, 12))
def test_the_signed_data_come_back_from_their_qr_in_every_version(size: int) -> None:
    address, attestation = ADDRESS.format(code="C2CC6526"), bytes(range(256)) * 2
    attestation = attestation[:size]
    drawn = image(qr.signed_data(address, attestation)).convert("L")
    read = zxingcpp.read_barcode(drawn.resize((4 * drawn.width, 4 * drawn.height), Image.Resampling.NEAREST))
    assert read is not None
    before, _, number = read.text.partition("#")
    assert before == address
    whole = int(number)
    assert whole.to_bytes((whole.bit_length() + 7) // 8, "big") == b"\x01" + attestation


def test_the_largest_attestation_fits_behind_the_longest_address_and_no_larger_one() -> None:
    address = "https://" + "a" * (MOST_CHARACTERS - 8)
    assert qr.signed_data(address, b"\xff" * LARGEST_ATTESTATION).size == 17 + 4 * 16 + 2 * QUIET_ZONE
    with pytest.raises(qr.TooLong):
        qr.signed_data(address, b"\xff" * (LARGEST_ATTESTATION + 2))


@pytest.fixture
def _numbers_of_any_length() -> Iterator[None]:
    """Python writes numbers of up to 4,300 digits, the largest symbol holds 7,000."""
    most = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    yield
    sys.set_int_max_str_digits(most)


@pytest.mark.usefixtures("_numbers_of_any_length")
def test_where_nothing_smaller_holds_the_signed_data_the_symbol_is_as_large_as_there_are() -> None:
    address, drawn = ADDRESS.format(code="C2CC6526"), set()
    for size in range(LARGEST_ATTESTATION + 40, 2860, 60):
        attestation = shake_256(b"attestation").digest(size)
        code = qr.signed_data(address, attestation, DENSEST)
        if code.size not in drawn:
            number = int.from_bytes(b"\x01" + attestation, "big")
            assert image(code).tobytes() == by_segno([f"{address}#", str(number)], "l").tobytes()
        drawn.add(code.size)
    assert drawn == {17 + 4 * version + 2 * QUIET_ZONE for version in range(17, DENSEST + 1)}
    with pytest.raises(qr.TooLong):
        qr.signed_data(address, bytes(2900), DENSEST)


def test_a_longer_address_takes_a_larger_symbol() -> None:
    address = f"https://{'a' * 200}/verificar/?codigo=C2CC6526"
    assert image(qr.link(address)).tobytes() == by_segno([address], "m").tobytes()


def read_in_photos(code: qr.Picture, says: str, across: int) -> int:
    """How many of 20 photos of a QR, so many pixels from edge to edge, a phone reads."""
    return sum(photos.read(photos.photo(image(code), across, seed)) == says for seed in range(20))


def test_the_qr_of_the_address_is_read_in_19_of_20_photos_in_which_it_is_200_pixels_wide() -> None:
    address = ADDRESS.format(code="C2CC6526")
    assert read_in_photos(qr.link(address), address, 200) >= 19


@pytest.mark.parametrize("size", [225, LARGEST_ATTESTATION])
def test_the_qr_of_the_signed_data_is_read_in_18_of_20_photos_in_which_it_is_300_pixels_wide(size: int) -> None:
    address, attestation = ADDRESS.format(code="C2CC6526"), shake_256(b"attestation").digest(size)
    number = int.from_bytes(b"\x01" + attestation, "big")
    assert read_in_photos(qr.signed_data(address, attestation), f"{address}#{number}", 300) >= 18
