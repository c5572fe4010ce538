"""The seal of a certificate's file: an electronic signature, PAdES level B-B (ETSI EN 319 142-1).

The file is drawn with room for it (`Seal.room`). Sealing is two steps around one call of whoever holds the key, and
both give the same bytes every time: `Seal.attributes` are the bytes to be signed, `Seal.apply` puts the signature into
the room. With RSA PKCS #1 v1.5, whose signatures are deterministic, the whole file is the same when it is made again.

The room holds a CMS SignedData (RFC 5652) in DER. All of it but digest and signature is the same for every file of a
chain of certificates, and is built once.
"""

from collections.abc import Sequence
from hashlib import sha256

from constancia.attesting import der

from constancia_pdf import wording
from constancia_pdf.syntax import pdf_object, pdf_text

SIGNATURE_SIZE = 256
"""Bytes of a signature by an RSA key of 2,048 bits."""

_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
"""ESS signing-certificate-v2 (RFC 5035): the signature is worth nothing with another certificate of the same key."""
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")

_OCTETS, _SET, _TAGGED = 0x04, 0x31, 0xA0
_VERSION_1 = b"\x02\x01\x01"

_GAP = b"<---- 32 bytes of digest ------>"
"""Where the digest of the file goes into the attributes."""

_RANGE = b"/ByteRange[0 %-8d%-8d%-8d]"
"""The parts of the file that the signature covers; of a fixed length, so that they can be filled in at the end."""
_UNFILLED = _RANGE % (0, 0, 0)

_PRINTED, _LOCKED = 4, 128
"""Flags of an annotation (ISO 32000-1, 12.5.3). PDF/A wants the first, a seal the second."""


class Seal:
    """Seals files with the key of a certificate.

    Args:
        chain: certificates in DER (RFC 5280), that of the key first, each followed by that of its issuer. The last one
            is left out of the file if it is a root, which a verifier must have got elsewhere; a single one is kept.

    Raises:
        ValueError: the first is not a certificate.
    """

    def __init__(self, chain: Sequence[bytes]) -> None:
        signer, *issuers = chain
        if issuers and _is_root(issuers[-1]):
            issuers.pop()
        issuer, serial, _ = _names(signer)
        certificate = der.write(
            der.SEQUENCE, der.write(der.SEQUENCE, der.write(der.SEQUENCE, der.write(_OCTETS, sha256(signer).digest())))
        )
        attributes = [
            der.write(der.SEQUENCE, _CONTENT_TYPE, der.write(_SET, _DATA)),
            der.write(der.SEQUENCE, _MESSAGE_DIGEST, der.write(_SET, der.write(_OCTETS, _GAP))),
            der.write(der.SEQUENCE, _SIGNING_CERTIFICATE, der.write(_SET, certificate)),
        ]
        self._attributes = tuple(der.write(_SET, *sorted(attributes)).split(_GAP))
        size = sum(map(len, self._attributes)) + len(_GAP)
        signed, signature = b"\x00" * size, b"\x00" * SIGNATURE_SIZE
        signer_info = der.write(
            der.SEQUENCE,
            _VERSION_1,
            der.write(der.SEQUENCE, issuer, serial),
            _SHA256,
            signed,
            _RSA,
            der.write(_OCTETS, signature),
        )
        message = der.write(
            der.SEQUENCE,
            _SIGNED_DATA,
            der.write(
                _TAGGED,
                der.write(
                    der.SEQUENCE,
                    _VERSION_1,
                    der.write(_SET, _SHA256),
                    der.write(der.SEQUENCE, _DATA),
                    der.write(_TAGGED, *sorted([signer, *issuers])),
                    der.write(_SET, signer_info),
                ),
            ),
        )
        end = len(message) - SIGNATURE_SIZE
        middle = len(_RSA) + len(der.write(_OCTETS, signature)) - SIGNATURE_SIZE
        self._before, self._between = message[: end - middle - size], message[end - middle : end]
        self.room = len(message)
        """Bytes to leave in a file for its seal."""

    def attributes(self, unsealed: bytes) -> bytes:
        """Returns what is to be signed (RSASSA_PKCS1_V1_5_SHA_256 over these bytes): less than 200 bytes in DER.

        They hold the digest of the file without its room, and that of the certificate of the key.
        """
        start, end = room_of(unsealed)
        digest = sha256(memoryview(unsealed)[:start])
        digest.update(memoryview(unsealed)[end:])
        return digest.digest().join(self._attributes)

    def apply(self, unsealed: bytes, attributes: bytes, signature: bytes) -> bytes:
        """Returns the sealed file.

        Args:
            unsealed: the file as it was drawn with room for this seal.
            attributes: what was signed.
            signature: the signature of the attributes.

        Raises:
            ValueError: the signature is not by a key of 2,048 bits, or the room was left for another chain.
        """
        if len(signature) != SIGNATURE_SIZE:
            raise ValueError("the signature is not of the size for which room was left")
        # In the message the attributes have another tag than where they are signed (RFC 5652, 5.4).
        message = b"%b\xa0%b%b%b" % (self._before, attributes[1:], self._between, signature)
        start, end = room_of(unsealed)
        written = b"<%b>" % message.hex().encode("ascii")
        if len(written) != end - start:
            raise ValueError("the room was left for another chain")
        return b"".join([unsealed[:start], written, unsealed[end:]])


# --- what both writers put into a file


def field(page: int, signature: int, key: int) -> bytes:
    """Returns the entries of the signature's field, which nobody sees on the page (ISO 32000-1, 12.7.4.5).

    Args:
        page: the object number of the page that it belongs to.
        signature: the object number of the signature.
        key: its key in the tree that leads to structure elements.
    """
    return b"/Type/Annot/Subtype/Widget/FT/Sig/T(sello)/TU%b/F %d/Rect[0 0 0 0]/P %d 0 R/V %d 0 R/StructParent %d" % (
        pdf_text(wording.SEAL),
        _PRINTED | _LOCKED,
        page,
        signature,
        key,
    )


def form(field: int) -> bytes:
    """Returns the catalogue's form, whose only field is that of the signature; later changes may only be appended."""
    return b"<</Fields[%d 0 R]/SigFlags 3>>" % field


def signature(number: int, room: int, moment: bytes) -> bytes:
    """Writes the signature (ISO 32000-1, 12.8.1) with room for so many bytes as an object.

    `close` fills in where the room is. `moment` is when the seal is made, as a PDF date.
    """
    return pdf_object(
        number,
        b"/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(%b)%b/Contents<%b>"
        % (moment, _UNFILLED, b"0" * (2 * room)),
    )


def close(pdf: bytes) -> bytes:
    """Returns a file whose signature dictionary knows where the room is; nothing else changes, nor does its length."""
    place = pdf.rindex(_UNFILLED)
    start = place + len(_UNFILLED) + len(b"/Contents")
    end = pdf.index(b">", start) + 1
    return b"".join([pdf[:place], _RANGE % (start, end, len(pdf) - end), pdf[place + len(_UNFILLED) :]])


def room_of(pdf: bytes) -> tuple[int, int]:
    """Returns where the room of a file's last signature begins and ends, delimiters included.

    Raises:
        ValueError: the file has no signature.
    """
    place = pdf.rindex(b"/ByteRange[0 ") + len(b"/ByteRange[0 ")
    start, end, _ = map(int, pdf[place : pdf.index(b"]", place)].split())
    return start, end


# --- what is in a certificate


def _names(certificate: bytes) -> tuple[bytes, bytes, bytes]:
    """Issuer, serial number and subject of a certificate, each as an element (RFC 5280, 4.1)."""
    try:
        (_, to_be_signed), *_ = der.values_in(der.value_of(der.SEQUENCE, certificate))
        fields = list(der.values_in(to_be_signed))
        if fields[0][0] == _TAGGED:  # the version
            del fields[0]
        serial, _, issuer, _, subject = (der.write(*field) for field in fields[:5])
    except (IndexError, ValueError):
        raise ValueError("not a certificate in DER") from None
    return issuer, serial, subject


def _is_root(certificate: bytes) -> bool:
    issuer, _, subject = _names(certificate)
    return issuer == subject
