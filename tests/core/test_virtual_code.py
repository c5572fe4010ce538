"""Rules 6 and 8: codes nobody can guess, read however people write them."""

from constancia import virtual_code
from hypothesis import given
from hypothesis import strategies as st

codes = st.text(virtual_code.ALPHABET, min_size=8, max_size=8)


def test_drawn_codes_are_codes_and_never_all_hexadecimal() -> None:
    drawn = {virtual_code.draw() for _ in range(5_000)}
    assert len(drawn) == 5_000
    for code in drawn:
        assert virtual_code.read(code) == code
        assert set(code) - set("0123456789ABCDEF")


@given(codes, st.data())
def test_a_code_is_read_in_any_case_with_spaces_hyphens_and_confused_letters(code: str, data: st.DataObject) -> None:
    written = code.replace("0", data.draw(st.sampled_from("0Oo"))).replace("1", data.draw(st.sampled_from("1IiLl")))
    written = data.draw(st.sampled_from([written, written.lower(), f" {written[:4]} {written[4:]}\n"]))
    written = data.draw(st.sampled_from([written, "-".join(written), " - ".join(written)]))
    assert virtual_code.read(written) == code


def test_older_hexadecimal_codes_are_read() -> None:
    assert virtual_code.read("c2cc-6526") == "C2CC6526"
    assert virtual_code.read("C2C08508") == "C2C08508"


def test_what_is_no_code_is_none() -> None:
    for written in ("", "C2CC652", "C2CC65267", "C2CC652U", "C2CC652Ñ", "😀😀😀😀😀😀😀😀", "C2CC652\u0661"):
        assert virtual_code.read(written) is None


@given(st.text())
def test_reading_never_fails(written: str) -> None:
    read = virtual_code.read(written)
    assert read is None or virtual_code.CODE.fullmatch(read)
