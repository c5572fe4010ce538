"""The salts of certificates of before the public log, drawn into their records: each once."""

from constancia.aws.certificates import ISSUED, Certificates
from constancia.aws.dynamodb import Item, performed
from constancia.aws.public_log.entries import events_of
from constancia.public_log.entries import LogEvent, draw_salt


class CertificateSalts(Certificates):
    """The certificates, with their salts: see `constancia.public_log.logging_before.SaltRepository`."""

    def salted(self, code: str) -> tuple[LogEvent, ...] | None:
        """What the log is to have of a certificate; salts that its record lacks are drawn into it first."""
        item = self.get(code)
        if item is None or item.get("state") != ISSUED:
            return None
        if not item.get("attestation"):
            return ()
        missing = self._missing(item)
        for name, value in missing.items():
            drawn = self.update(code, f"SET {name} = :value", {":value": value}, f"attribute_not_exists({name})")
            performed(drawn)  # unless it has one by now
        return events_of(self.get(code) or item) if missing else events_of(item)

    def _missing(self, item: Item) -> Item:
        """The attributes that a record of before the log lacks: salts, and the moment of its supersession."""
        wanted: Item = {"salt": draw_salt()}
        if "superseded_on" in item:
            successor = self.get(item["superseded_by"]) or {}
            wanted["superseded_at"] = successor.get("issued_at", item["superseded_on"])
            wanted["superseded_salt"] = draw_salt()
        if "annulled_on" in item:
            wanted["annulled_salt"] = draw_salt()
        return {name: value for name, value in wanted.items() if name not in item}
