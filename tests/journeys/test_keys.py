"""The public keys over HTTP, and an operator who cares for them at the console."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import cwt
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from infra.cloud.deployment import read_stage
from infra.console import main
from infra.local import service, storage
from tests.journeys.citizen import Citizen, request_body
from tests.journeys.test_operators import Operator


@pytest.fixture
def operator(running: service.Service) -> Operator:
    return Operator(running.url)


def fetched(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_in_kms(setting: str) -> bytes:
    kms = boto3.client("kms", region_name=storage.REGION)
    key: bytes = kms.get_public_key(KeyId=storage.names()[setting])["PublicKey"]
    return key


def test_an_attestation_is_checked_with_the_published_keys_and_nothing_else_of_ours(citizen: Citizen) -> None:
    certificate = citizen.obtain(request_body())
    answer = citizen.call("GET", "/.well-known/jwks.json")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/jwk-set+json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    (jwk,) = answer.json["keys"]
    assert fetched(jwk["kid"]) == hashlib.sha256(key_in_kms("ATTESTATION_KEYS")).digest()[:8]
    key = cwt.COSEKey.new({1: 2, 2: fetched(jwk["kid"]), 3: -7, -1: 1, -2: fetched(jwk["x"]), -3: fetched(jwk["y"])})
    claims: Any = cwt.decode(fetched(certificate["attestation"]), key)
    assert claims[-65537][1] == certificate["virtual_code"]
    assert datetime.fromtimestamp(claims[6], UTC) == datetime.fromisoformat(certificate["issued_at"])


def test_the_seal_has_a_certificate_that_it_issued_to_itself_and_that_says_so(citizen: Citizen) -> None:
    answer = citizen.call("GET", "/.well-known/sello.pem")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "public, max-age=300")
    (certificate,) = x509.load_pem_x509_certificates(answer.body)
    certificate.verify_directly_issued_by(certificate)
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key == key_in_kms("SEAL_KEYS")
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "Sello de constancias, emitido por sí mismo"
    now = datetime.now(UTC)
    assert certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)


class Authority:
    """A certification authority that answers a request with a certificate."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 3072)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Entidad de certificación de prueba")])
        self.root = self.certify(self.name, self.key.public_key())

    def certify(self, subject: x509.Name, key: rsa.RSAPublicKey) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().issuer_name(self.name).subject_name(subject).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
        return builder.not_valid_after(now + timedelta(days=365)).sign(self.key, SHA256())

    def answer(self, request: str) -> str:
        asked = x509.load_pem_x509_csr(request.encode())
        assert asked.is_signature_valid
        key = asked.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        chain = (self.certify(asked.subject, key), self.root)
        return "".join(each.public_bytes(Encoding.PEM).decode() for each in chain)


def test_a_request_is_answered_by_an_authority_and_its_chain_installed_and_sealed_with(
    operator: Operator, citizen: Citizen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("constancia.aws.seals.FRESH", 0.0)
    citizen.obtain(request_body())
    before = citizen.call("GET", "/.well-known/sello.pem").body.decode()
    file = tmp_path / "sello.csr"
    assert operator.types("keys", "csr", "-o", str(file)).exit_code == 0
    chain = tmp_path / "cadena.pem"
    chain.write_text(Authority().answer(file.read_text()))
    try:
        result = operator.types("keys", "install", str(chain))
        assert result.stdout.startswith("Instalada: cadena de 2 certificados, hasta ")
        published = citizen.call("GET", "/.well-known/sello.pem").body.decode()
        assert published == chain.read_text()
        pdf = citizen.call("GET", citizen.obtain(request_body())["pdf_url"]).body
        leaf, root = x509.load_pem_x509_certificates(published.encode())
        assert leaf.public_bytes(Encoding.DER).hex().encode() in pdf.lower()
        assert root.public_bytes(Encoding.DER).hex().encode() not in pdf.lower()
        (listed,) = operator.reads("keys", "list")["seal"]
        assert (listed["certificates"], listed["self_issued"]) == (2, False)
    finally:
        chain.write_text(before)
        assert operator.types("keys", "install", str(chain)).exit_code == 0


def test_a_chain_of_another_key_or_out_of_order_or_none_is_not_installed(operator: Operator, tmp_path: Path) -> None:
    authority, file = Authority(), tmp_path / "cadena.pem"
    other = authority.certify(authority.name, rsa.generate_private_key(65537, 2048).public_key())
    for text in (
        "".join(each.public_bytes(Encoding.PEM).decode() for each in (other, authority.root)),
        authority.root.public_bytes(Encoding.PEM).decode(),
        "nada",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ):
        file.write_text(text)
        result = operator.types("keys", "install", str(file))
        assert result.exit_code == 1
        assert "no se instaló" in result.stderr


def test_the_list_says_which_keys_sign(operator: Operator, citizen: Citizen) -> None:
    words = operator.types("keys", "list").stdout
    uses = [line for line in words.splitlines() if not line.startswith(" ")]
    assert uses == ["Datos firmados", "Sello", "Registro público", "Lista de anuladas"]
    assert words.count("  firma") == 4
    (log_key,) = operator.reads("keys", "list")["checkpoint"]
    assert citizen.call("GET", "/.well-known/log.vkey").body.decode() == f"{log_key['verifier_key']}\n"


def test_a_key_is_rotated_in_two_steps_and_the_earlier_one_stays_published(tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text('{"settings": {}, "restored": {}}')

    def rotate(label: str = "k2027") -> str:
        words = ("keys", "rotate", "attestation", label, "--stage", "prod", "--stages", str(tmp_path))
        return CliRunner().invoke(main, words).output

    assert "aún no firmará" in rotate()
    assert read_stage("prod", tmp_path)["keys"] == {"attestation": ["first", "k2027"]}
    assert "la clave k2027 firmará" in rotate()
    assert read_stage("prod", tmp_path)["keys"] == {"attestation": ["k2027", "first"]}
    assert "no cambió nada" in rotate()
    assert json.loads(file.read_text())["settings"] == {}
    assert "letras minúsculas" in rotate("K 1")


def test_the_request_is_signed_by_the_key_in_kms(operator: Operator, citizen: Citizen) -> None:
    citizen.obtain(request_body())
    request = x509.load_pem_x509_csr(operator.types("keys", "csr").stdout.encode())
    assert request.is_signature_valid
    key = request.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == key_in_kms("SEAL_KEYS")
    key.verify(request.signature, request.tbs_certrequest_bytes, padding.PKCS1v15(), SHA256())
