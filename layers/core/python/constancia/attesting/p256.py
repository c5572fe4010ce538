"""Checking ECDSA signatures over P-256 with SHA-256 (FIPS 186-5, 6.4.2), in plain arithmetic.

Only public numbers are handled here, so it does not matter that the time depends on them. A library would be five
megabytes and tens of milliseconds of every cold start, see decision 060. With the multiples of a key and of the base
point that are kept, a check adds up some 100 points and takes two thirds of a millisecond.
"""

import hashlib
from functools import cache
from typing import NamedTuple

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The prime of the field (SP 800-186, 3.2.1.3)."""
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the base point."""
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
WIDTH = 5
"""Bits of a scalar that one addition takes. With more, there are more multiples to make and to keep."""
COORDINATE = 32
"""Bytes of a coordinate, and of each half of a signature."""

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_INFINITE: _Jacobian = (1, 1, 0)


class PublicKey(NamedTuple):
    """A point of the curve."""

    x: int
    y: int


def public_key(x: int, y: int) -> PublicKey:
    """The public key with these coordinates.

    Raises:
        ValueError: they are no point of the curve.
    """
    if not (0 <= x < P and 0 <= y < P) or (y * y - x * x * x + 3 * x - B) % P:
        raise ValueError("not a point of P-256")
    return PublicKey(x, y)


def verify(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether a signature (r and s, 32 bytes each) of a message is by that key.

    Of the two signatures that ECDSA accepts for one r, only the one with the lower s is, see `lower`.
    """
    r = int.from_bytes(signature[:COORDINATE], "big")
    s = int.from_bytes(signature[COORDINATE:], "big")
    if len(signature) != 2 * COORDINATE or not 0 < r < N or not 0 < s <= N // 2:
        return False
    inverse = pow(s, -1, N)
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    sum_ = _add_multiple(_INFINITE, BASE, digest * inverse % N)
    x, _, z = _add_multiple(sum_, (key.x, key.y), r * inverse % N)
    # The coordinate x / z^2 is r modulo N; it is below P, which is a little more than N.
    return z != 0 and any((each * z * z - x) % P == 0 for each in (r, r + N) if each < P)


def prepare(key: PublicKey) -> None:
    """Makes the multiples that checks with a key add up; the first check makes them otherwise."""
    _multiples(BASE)
    _multiples((key.x, key.y))


def lower(s: int) -> int:
    """Of s and N - s, with which a signature is equally valid, the lower one: so each signature has one form."""
    return min(s, N - s)


def _add_multiple(sum_: _Jacobian, point: Point, scalar: int) -> _Jacobian:
    for multiples in _multiples(point):
        digit = scalar & ((1 << WIDTH) - 1)
        scalar >>= WIDTH
        if digit > len(multiples):  # the multiple of the negative digit that is left to the next one
            x, y = multiples[(1 << WIDTH) - digit - 1]
            sum_ = _add(sum_, (x, P - y))
            scalar += 1
        elif digit:
            sum_ = _add(sum_, multiples[digit - 1])
    return sum_


@cache
def _multiples(point: Point) -> list[list[Point]]:
    """For each digit of a scalar, lowest first: the multiples of the point that it can stand for, those from 1 on."""
    rows = []
    for _ in range(0, N.bit_length() + 1, WIDTH):
        multiples = [(*point, 1)]
        for _ in range((1 << WIDTH - 1) - 1):
            multiples.append(_add(multiples[-1], point))
        next_point = _double(multiples[-1])
        *row, point = _affine([*multiples, next_point])
        rows.append(row)
    return rows


def _affine(points: list[_Jacobian]) -> list[Point]:
    """The points in plain coordinates, with one inversion for all of them (none is infinite)."""
    products = [1]
    for _, _, z in points:
        products.append(products[-1] * z % P)
    inverse = pow(products[-1], -1, P)
    found = []
    for (x, y, z), before in zip(reversed(points), reversed(products[:-1]), strict=True):
        own = inverse * before % P
        inverse = inverse * z % P
        squared = own * own % P
        found.append((x * squared % P, y * squared * own % P))
    return found[::-1]


def _add(point: _Jacobian, other: Point) -> _Jacobian:
    """The sum of a point in Jacobian coordinates and another one (Explicit-Formulas Database, madd-2004-hmv)."""
    x, y, z = point
    if z == 0:
        return (*other, 1)
    squared = z * z % P
    h = (other[0] * squared - x) % P
    r = (other[1] * squared * z - y) % P
    if h == 0:
        return _double(point) if r == 0 else _INFINITE
    h2 = h * h % P
    h3 = h2 * h % P
    v = x * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return x3, (r * (v - x3) - y * h3) % P, z * h % P


def _double(point: _Jacobian) -> _Jacobian:
    """Twice a point, on a curve with a = -3 (Explicit-Formulas Database, dbl-2001-b)."""
    x, y, z = point
    delta, gamma = z * z % P, y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P, ((y + z) ** 2 - gamma - delta) % P
