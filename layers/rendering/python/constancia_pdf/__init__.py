"""Certificates as PDF documents: `render` turns a `Certificate` into the bytes that people carry."""

from constancia.certificate import Certificate
from typing import NamedTuple


class Rendering(NamedTuple):
    """A certificate drawn."""

    pdf: bytes
    by_reference: bool
    """The prepared way could not set it, so the slow one did."""


def render(certificate: Certificate) -> Rendering:
    """The certificate as PDF. The same certificate always gives the same bytes."""
    from constancia_pdf import reference

    return Rendering(reference.draw(certificate), True)
