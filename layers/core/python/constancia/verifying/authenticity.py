"""Authenticity of a record (rule 8): what is answered of a certificate is what was signed, and what was done with it.

Who can write the table of certificates can write any record. What a certificate says stands besides in its attestation,
which only the issuing function can have signed; that it was issued, superseded or annulled stands besides in the event
log (`constancia.milestones`). Of a record that says anything else, nothing is answered.
"""

from collections.abc import Mapping

from constancia.attesting.claims import InvalidClaims, NotAttested
from constancia.attesting.cose import check
from constancia.attesting.p256 import PublicKey
from constancia.certificate import PDF_KEY, Certificate, code_of_pdf
from constancia.milestones import Milestone, milestones_of


def is_authentic(certificate: Certificate, milestones: frozenset[Milestone], keys: Mapping[bytes, PublicKey]) -> bool:
    """Whether a record says what was signed and done.

    Args:
        certificate: the record, as it is stored.
        milestones: what the event log keeps of it.
        keys: the public keys of attestations by their ids, which nobody who writes records can choose.
    """
    try:
        if check(certificate.attestation, keys) != certificate.claims():
            return False
    except (NotAttested, InvalidClaims):
        return False
    # The link to its PDF leads to its own PDF or to none.
    if not PDF_KEY.fullmatch(certificate.pdf_key) or code_of_pdf(certificate.pdf_key) != certificate.virtual_code:
        return False
    return milestones_of(certificate) == milestones
