"""What the layer carries ready-made is what its tools would make now."""

import pytest
from constancia_pdf import prepare, prepared, qr, reference
from constancia_pdf.layout import Styles
from constancia_pdf.typeface import REPERTOIRE, wrap
from hypothesis import given, settings
from hypothesis import strategies as st

ADDRESSES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=qr.LONGEST)
TEXTS = st.text(REPERTOIRE, min_size=1, max_size=200)


@pytest.mark.parametrize(("name", "content"), prepare.prepared_files().items(), ids=lambda value: str(value)[:12])
def test_nobody_forgot_to_prepare_again(name: str, content: bytes) -> None:
    assert (prepare.PREPARED / name).read_bytes() == content, "run: python -m constancia_pdf.prepare"


@settings(deadline=None)
@given(ADDRESSES)
def test_the_qr_put_together_from_parts_is_the_one_that_segno_draws(address: str) -> None:
    rows = [qr.picture(address)[start : start + 5] for start in range(0, qr.PART, 5)]
    modules = [[int(bit) for bit in f"{int.from_bytes(row, 'big'):040b}"[: qr.MODULES]] for row in rows]
    assert modules == [list(row) for row in reference.symbol(address).matrix]


@settings(deadline=None)
@given(TEXTS)
def test_both_ways_agree_how_wide_a_text_is(text: str) -> None:
    for style in (Styles.NAME, Styles.ROW):
        assert prepared.width(text, style) == pytest.approx(reference.width(text, style))


@settings(deadline=None)
@given(TEXTS, st.floats(20, 500))
def test_wrapping_loses_nothing_and_no_line_is_too_long(text: str, room: float) -> None:
    lines = wrap(text, room, Styles.ROW, prepared.width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(prepared.width(line.rstrip(), Styles.ROW) <= room for line in lines)
    if not any(prepared.width(word, Styles.ROW) > room for word in text.split()):
        assert " ".join(line.rstrip() for line in lines) == " ".join(text.split())
