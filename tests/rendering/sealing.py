"""Keys of the tests' own, and what the service does around a drawing: it attests before, and seals after."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import NamedTuple

from asn1crypto import crl
from asn1crypto import x509 as asn1_x509
from constancia.attesting import cose
from constancia.certificate import Certificate
from constancia.document import Document
from constancia_pdf import Rendering, render
from constancia_pdf.seal import Seal
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from tests.attesting.signing import SigningKey

SINCE, UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
EXPONENT = 65537
ATTESTATION_KEY = SigningKey(20261126)


Draw = Callable[[Document, int], bytes]
"""Draws a document with so many bytes of room for its seal."""


class Authority(NamedTuple):
    """Who holds a key, the certificates that lead from it to a root, and their issuers' lists of what they revoked."""

    key: rsa.RSAPrivateKey
    chain: tuple[x509.Certificate, ...]
    revocation_lists: tuple[x509.CertificateRevocationList, ...] = ()


def _name(common_name: str) -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, "PE"), (NameOID.ORGANIZATION_NAME, "Ministerio de Educación")]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in (*parts, (NameOID.COMMON_NAME, common_name))])


def certify(common_name: str, issuer: Authority | None = None, *, authority: bool = False) -> Authority:
    """A new key and its certificate, by an issuer or by itself."""
    key = rsa.generate_private_key(EXPONENT, 2048)
    usage = dict.fromkeys(("key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= dict.fromkeys(("key_cert_sign", "crl_sign"), authority)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer.chain[0].subject if issuer else _name(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, encipher_only=False, decipher_only=False, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    if issuer is None:
        return Authority(key, (certificate,))
    nothing_revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.chain[0].subject)
        .last_update(SINCE)
        .next_update(UNTIL)
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    return Authority(key, (certificate, *issuer.chain), (nothing_revoked, *issuer.revocation_lists))


@cache
def chain_of_three() -> Authority:
    """A key whose certificate a middle authority issued, as an IOFE certificate would be."""
    root = certify("Raíz de prueba", authority=True)
    return certify("Sello de prueba", certify("Autoridad de prueba", root, authority=True))


@cache
def self_issued() -> Authority:
    """A key with a certificate of its own, as there is before a real one comes."""
    return certify("Sello de prueba")


def der(certificates: tuple[x509.Certificate, ...]) -> list[bytes]:
    """Certificates as the seal takes them."""
    return [certificate.public_bytes(Encoding.DER) for certificate in certificates]


def seal_of(signer: Authority) -> Seal:
    """The seal of a key."""
    return Seal(der(signer.chain))


def sealed(
    certificate: Document,
    signer: Authority | None = None,
    draw: Draw = lambda certificate, room: render(certificate, room).pdf,
) -> bytes:
    """The sealed file of a certificate."""
    signer = signer or self_issued()
    seal = seal_of(signer)
    unsealed = draw(certificate, seal.room)
    attributes = seal.attributes(unsealed)
    return seal.apply(unsealed, attributes, signer.key.sign(attributes, padding.PKCS1v15(), hashes.SHA256()))


def render_sealed(certificate: Document) -> Rendering:
    """A drawing as `constancia_pdf.render` makes it, sealed."""
    rendering = render(certificate, seal_of(self_issued()).room)
    return rendering._replace(pdf=sealed(certificate, draw=lambda *_: rendering.pdf))


def judge(pdf: bytes, signer: Authority) -> PdfSignatureStatus:
    """What pyHanko says of the only seal of a file, with the last certificate of a chain as its trust anchor."""
    *others, root = map(asn1_x509.Certificate.load, der(signer.chain))
    lists = [crl.CertificateList.load(revoked.public_bytes(Encoding.DER)) for revoked in signer.revocation_lists]
    context = ValidationContext(trust_roots=[root], other_certs=others, crls=lists, allow_fetching=False)
    (seal,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    # It runs an event loop of its own, and a thread has one where a browser is driven from it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(validate_pdf_signature, seal, context).result()


def is_whole(pdf: bytes, signer: Authority) -> bool:
    """For pyHanko the signature is right, by a trusted key, and over the whole file."""
    judged = judge(pdf, signer)
    return judged.bottom_line and judged.coverage == SignatureCoverageLevel.ENTIRE_FILE


def attested(drawn: Document) -> Document:
    """A certificate with its attestation, by the tests' key, and its data."""
    code, serial, moment, address, transcript, *_ = drawn
    certificate = Certificate(
        virtual_code=code,
        serial_number=serial,
        issued_at=moment,
        transcript=transcript,
        pdf_key="",
        applicant="student",
        purpose="other",
        email="",
    )
    attestation = cose.attest(ATTESTATION_KEY.kid, certificate.claims(), ATTESTATION_KEY.sign)
    return replace(certificate, attestation=attestation).document(address)
