"""The certificate of a seal key (RFC 5280): one that the key issues to itself, the request for another, and its chain.

A certificate by a certification authority is what gives a seal its worth with others: `request_of` is what the
authority is sent (PKCS #10, RFC 2986). Until there is one, the key vouches for itself, and the certificate says so.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from constancia.attesting.der import BIT_STRING, INTEGER, SEQUENCE, NotDer, value_of, values_in, write

SET, OCTET_STRING, BOOLEAN, OBJECT_ID, UTF8, PRINTABLE, UTC_TIME, TIME = 0x31, 0x04, 0x01, 0x06, 0x0C, 0x13, 0x17, 0x18
VERSION, EXTENSIONS, ATTRIBUTES = 0xA0, 0xA3, 0xA0
"""Tags."""
COUNTRY, ORGANISATION, UNIT, COMMON_NAME = (bytes.fromhex(f"5504{number}") for number in ("06", "0a", "0b", "03"))
KEY_USAGE, CONSTRAINTS, KEY_IDENTIFIER = (bytes.fromhex(f"551d{number}") for number in ("0f", "13", "0e"))
SHA256_WITH_RSA = write(SEQUENCE, write(OBJECT_ID, bytes.fromhex("2a864886f70d01010b")), b"\x05\x00")

SELF_ISSUED_NAME = "Sello de constancias, emitido por sí mismo"
NAME = "Sello de constancias"
YEARS = 10
"""For which a key vouches for itself."""
PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END CERTIFICATE-----")


class InvalidChain(ValueError):
    """Certificates that are no chain for a seal key; the message says in Spanish what is wrong."""


class SealCertificate(NamedTuple):
    """What is read of a certificate."""

    key: bytes
    """Its SubjectPublicKeyInfo."""
    issuer: bytes
    subject: bytes
    """Names, in DER."""
    ends: date
    """The day on which it expires, in UTC."""

    @property
    def self_issued(self) -> bool:
        """Whether no authority stands behind it."""
        return self.issuer == self.subject


def issue_to_itself(key: bytes, day: date, sign: Callable[[bytes], bytes]) -> bytes:
    """A certificate that a seal key issues to itself, in DER.

    Args:
        key: its SubjectPublicKeyInfo.
        day: the day from which it is valid.
        sign: signs by RSA PKCS #1 v1.5 with SHA-256.
    """
    name = _name(SELF_ISSUED_NAME)
    identifier = hashlib.sha256(key).digest()[:20]
    extensions = (
        (CONSTRAINTS, True, write(SEQUENCE)),
        # Digital signature and non-repudiation.
        (KEY_USAGE, True, write(BIT_STRING, b"\x06\xc0")),
        (KEY_IDENTIFIER, False, write(OCTET_STRING, identifier)),
    )
    certificate = write(
        SEQUENCE,
        write(VERSION, write(INTEGER, b"\x02")),
        # Positive, and another one for another key.
        write(INTEGER, bytes((0x40 | identifier[0] & 0x3F,)) + identifier[1:16]),
        SHA256_WITH_RSA,
        name,
        write(SEQUENCE, _time(day), _time(_later(day))),
        name,
        key,
        write(EXTENSIONS, write(SEQUENCE, *(_extension(*each) for each in extensions))),
    )
    return _signed(certificate, sign)


def request_of(key: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """The request for a certificate of a seal key, in DER; arguments as for `issue_to_itself`."""
    wanted = write(SEQUENCE, write(INTEGER, b"\x00"), _name(NAME), key, write(ATTRIBUTES))
    return _signed(wanted, sign)


def _signed(content: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    return write(SEQUENCE, content, SHA256_WITH_RSA, write(BIT_STRING, b"\x00", sign(content)))


def _name(common_name: str) -> bytes:
    parts = (
        (COUNTRY, PRINTABLE, "PE"),
        (ORGANISATION, UTF8, "Ministerio de Educación"),
        (UNIT, UTF8, "Constancia de logros de aprendizaje"),
        (COMMON_NAME, UTF8, common_name),
    )
    return write(
        SEQUENCE,
        *(write(SET, write(SEQUENCE, write(OBJECT_ID, kind), write(tag, text.encode()))) for kind, tag, text in parts),
    )


def _extension(kind: bytes, critical: bool, value: bytes) -> bytes:
    flag = write(BOOLEAN, b"\xff") if critical else b""
    return write(SEQUENCE, write(OBJECT_ID, kind), flag, write(OCTET_STRING, value))


def _time(day: date) -> bytes:
    # Years until 2049 have two digits (RFC 5280, 4.1.2.5).
    if day.year < 2050:
        return write(UTC_TIME, f"{day:%y%m%d}000000Z".encode())
    return write(TIME, f"{day:%Y%m%d}000000Z".encode())


def _later(day: date) -> date:
    # 29 February has no day of its own in most years.
    return day.replace(year=day.year + YEARS, day=min(day.day, 28))


def read_certificate(certificate: bytes) -> SealCertificate:
    """What is read of a certificate in DER.

    Raises:
        NotDer: it is none.
    """
    try:
        (_, content), *_ = values_in(value_of(SEQUENCE, certificate))
        fields = [(tag, value) for tag, value in values_in(content) if tag != VERSION]
        _, _, issuer, validity, subject, key = (value for _, value in fields[:6])
        _, (tag, ends) = values_in(validity)
        day = datetime.strptime(ends.decode(), "%y%m%d%H%M%SZ" if tag == UTC_TIME else "%Y%m%d%H%M%SZ")
    except (ValueError, IndexError) as error:
        raise NotDer("no certificate") from error
    return SealCertificate(write(SEQUENCE, key), write(SEQUENCE, issuer), write(SEQUENCE, subject), day.date())


def check_chain(chain: list[bytes], key: bytes) -> list[SealCertificate]:
    """The certificates of a chain for a seal key: that of the key first, each followed by that of its issuer.

    Raises:
        InvalidChain: there is none, the first is of another key, or one does not follow from the next.
    """
    if not chain:
        raise InvalidChain("no contiene ningún certificado en PEM")
    try:
        found = [read_certificate(each) for each in chain]
    except NotDer as error:
        raise InvalidChain("contiene algo que no es un certificado") from error
    if found[0].key != key:
        raise InvalidChain("su primer certificado no es de la clave del sello")
    for place, (each, issuer) in enumerate(pairwise(found), 1):
        if each.issuer != issuer.subject:
            raise InvalidChain(f"el certificado {place} no lo emitió el que le sigue")
    return found


def read_pem(text: str) -> list[bytes]:
    """The certificates in a text, in DER; what stands between them is left out.

    Raises:
        InvalidChain: one is not in base64.
    """
    try:
        return [base64.b64decode("".join(found.split()), validate=True) for found in PEM.findall(text)]
    except ValueError as error:
        raise InvalidChain("contiene un certificado que no está en base64") from error


def write_pem(kind: str, values: list[bytes]) -> str:
    """Values in DER as PEM (RFC 7468); the kind is `CERTIFICATE` or `CERTIFICATE REQUEST`."""
    written = []
    for value in values:
        text = base64.b64encode(value).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        written.append(f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n")
    return "".join(written)
