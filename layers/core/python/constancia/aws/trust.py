"""Which signatures are trusted, who is told of a record that deserves no trust, and what decorates an answer."""

from datetime import date

from constancia.attesting import p256
from constancia.attesting.p256 import PublicKey
from constancia.aws.keys import AttestationKeys
from constancia.aws.log import count, logger
from constancia.aws.replicas import SchoolRecordReplica
from constancia.certificate import Certificate
from constancia.metric_names import RECORD_CHANGES_UNKNOWN, RECORD_NOT_AUTHENTIC
from constancia.verifying.record_changes import changed_on


class KeyTrust:
    """The keys in KMS are trusted, and a metric raises the alarm: see `constancia.verifying.verification.Trust`."""

    def __init__(self) -> None:
        self._keys = AttestationKeys()

    @property
    def keys(self) -> dict[bytes, PublicKey]:
        """The public keys of attestations, by their ids."""
        return self._keys.known

    def betrayed(self, code: str) -> None:
        """Counts a record that is not authentic, and names it to operators by its virtual code."""
        logger.error("a record is not authentic", extra={"virtual_code": code})
        count(RECORD_NOT_AUTHENTIC)

    def ready(self) -> None:
        """Has the multiples of the keys that signatures are checked with."""
        for key in self.keys.values():
            p256.prepare(key)


class RecordChanges:
    """The school records, compared with certificates."""

    def __init__(self, school_records: SchoolRecordReplica) -> None:
        self.school_records = school_records

    def since(self, certificate: Certificate) -> date | None:
        """The day since which the school records say something else.

        It only decorates the answer: where the records cannot be read, whatever the cause, it is left out and counted
        (rule 8).
        """
        try:
            return changed_on(certificate.transcript, self.school_records.dated(certificate.holder_number))
        except Exception as error:
            logger.error("the school records cannot be compared", extra={"error": type(error).__name__})
            count(RECORD_CHANGES_UNKNOWN)
            return None
