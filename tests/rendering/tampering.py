"""What somebody may do to a sealed file without the key."""

import io
import re
from collections.abc import Callable

from constancia.document import Document
from pyhanko.pdf_utils.generic import ArrayObject, NameObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.rendering.sealing import certify, sealed

Tampering = Callable[[Document], bytes]


def _updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """A file with an update after its seal, which leaves every sealed byte as it is."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


def painted_over(certificate: Document) -> bytes:
    """A shadow attack: an update draws a better mark over the page."""

    def paint(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        better = writer.add_object(StreamObject(stream_data=b"BT /B 30 Tf 300 500 Td (20) Tj ET"))
        page["/Contents"] = ArrayObject([*page["/Contents"], better])
        writer.update_container(page)

    return _updated(sealed(certificate), paint)


def data_swapped(certificate: Document) -> bytes:
    """An update puts other data in the place of the embedded ones."""

    def swap(writer: IncrementalPdfFileWriter) -> None:
        name = NameObject("/F")
        specification = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
        other = StreamObject(stream_data=certificate.embedded.replace(b'"A"', b'"AD"'))
        other["/Type"] = NameObject("/EmbeddedFile")
        specification["/EF"][name] = specification["/EF"][NameObject("/UF")] = writer.add_object(other)
        writer.update_container(specification["/EF"])

    return _updated(sealed(certificate), swap)


def annotated(certificate: Document) -> bytes:
    """An update that changes nothing that is seen: bytes after the seal are reason enough."""
    return _updated(sealed(certificate), lambda writer: writer.update_root())  # type: ignore[no-untyped-call]


def half_sealed(certificate: Document) -> bytes:
    """The signature is said to cover the first half of the file alone."""
    pdf = sealed(certificate)
    return re.sub(
        rb"/ByteRange\[0 (\d+) +(\d+) +\d+ *\]",
        lambda found: b"/ByteRange[0 %-8s%-8s%-8d]" % (found[1], found[2], 10),
        pdf,
    )


def byte_changed(certificate: Document) -> bytes:
    """A letter of the metadata is another one."""
    return sealed(certificate).replace(b"N.\xb0 ", b"n.\xb0 ", 1)


def by_another_key(certificate: Document) -> bytes:
    """A stranger draws the certificate and seals it with a certificate that bears the ministry's name."""
    return sealed(certificate, certify("Sello de prueba"))


ALL: dict[str, Tampering] = {
    "painted over": painted_over,
    "data swapped": data_swapped,
    "bytes after the seal": annotated,
    "seal over half a file": half_sealed,
    "a byte changed": byte_changed,
    "by another key": by_another_key,
}
"""By what was done, the doing of it."""
