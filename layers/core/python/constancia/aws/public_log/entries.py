"""The table behind the public log: its state, and at which index each event of a certificate is in it."""

import json
import time
from collections.abc import Iterable

from constancia.aws.certificates import ISSUED
from constancia.aws.dynamodb import Item, Packed, client, performed, plain, read_keys, wire
from constancia.aws.repository import Repository
from constancia.document import print_serial_number
from constancia.errors import TemporarilyUnavailable
from constancia.json_text import encode
from constancia.milestones import NAMES
from constancia.public_log import entries
from constancia.public_log.entries import LogEvent, key_of
from constancia.public_log.sequencer import LogState, Waiting
from constancia.public_log.tiles import Tree, leaf_hash

STATE = "state"
"""The key of the log's state, which no event's key can be."""
BY_ENTRY = "entry#"
"""What stands before an entry in hexadecimal where its index is kept by it; no virtual code begins so."""
MOST_WRITTEN = 25
"""Items of one call (Amazon DynamoDB API reference, "BatchWriteItem")."""
TRIES, PAUSE = 8, 0.05
"""Calls for what DynamoDB left over, and seconds before the first repetition, doubled each time."""


def events_of(item: Item) -> tuple[LogEvent, ...]:
    """What the public log is to have of a certificate, from its stored item.

    A record of before the log has no salts and gives nothing until it gets them, see `functions/log_certificates.py`.

    Raises:
        KeyError, TypeError, ValueError: the record is not as this service writes one.
    """
    for name in ("salt", "superseded_salt", "annulled_salt"):
        bytes.fromhex(item.get(name, ""))
    code, found = item["virtual_code"], []
    if item.get("state") == ISSUED and "salt" in item:
        found.append(
            entries.issued(
                code,
                item["issued_at"],
                item["salt"],
                attestation=item.get("attestation", ""),
                serial_number=print_serial_number(item["serial_number"]),
                sha256=item["sha256"],
            )
        )
    if "superseded_salt" in item:
        by = item["superseded_by"]
        found.append(entries.superseded(code, item["superseded_at"], item["superseded_salt"], by=by))
    if "annulled_salt" in item:
        reason = item["annulment_reason"]
        found.append(entries.annulled(code, item["annulled_at"], item["annulled_salt"], reason=reason))
    return tuple(found)


class LogEntries(Repository):
    """The state of the log and the indexes: see `constancia.public_log.sequencer.LogRepository`."""

    def __init__(self) -> None:
        super().__init__("LOG_ENTRIES_TABLE", "event")

    def state(self) -> LogState:
        """The state as the last write left it."""
        item = self.get(STATE)
        if item is None:
            return LogState()
        bundle, *levels = (_hashes(text) for text in json.loads(item["edge"]))
        # The lowest level follows from the entries, and is left out because DynamoDB charges for each kilobyte.
        lowest = (tuple(map(leaf_hash, bundle)),) if item["tree_size"] else ()
        return LogState(
            item["version"],
            Tree(item["tree_size"], bundle, (*lowest, *levels)),
            tuple(Waiting(key, bytes.fromhex(entry)) for key, entry in json.loads(item["waiting"])),
            item.get("recovered", False),
        )

    def advance(self, state: LogState) -> bool:
        """Keeps a state in the place of the one of the version before; False if another state took that place."""
        read: Item = {":read": state.version - 1} if state.version > 1 else {}
        kept = self.update(
            STATE,
            "SET version = :version, tree_size = :size, edge = :edge, waiting = :waiting, recovered = :recovered",
            {
                ":version": state.version,
                ":size": state.tree.size,
                ":edge": Packed(
                    encode([b"".join(hashes).hex() for hashes in (state.tree.entries, *state.tree.levels[1:])])
                ),
                ":waiting": Packed(encode([[each.key, each.entry.hex()] for each in state.waiting])),
                ":recovered": state.recovered,
                **read,
            },
            "version = :read" if read else "attribute_not_exists(version)",
        )
        return performed(kept)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that are in the log."""
        return set(self.indexes(keys))

    def indexes(self, keys: Iterable[str]) -> dict[str, int]:
        """The index of each of the keys that is in the log, as the last write left them."""
        found = read_keys([(self.name, {self.key: {"S": key}}) for key in keys], tries=TRIES)
        return self.indexes_found([item for _, item in found])

    def keep(self, indexes: dict[str, int]) -> None:
        """Keeps the index of each key; the same again changes nothing."""
        items = [{"PutRequest": {"Item": wire({self.key: key, "place": index})}} for key, index in indexes.items()]
        for at in range(0, len(items), MOST_WRITTEN):
            left = {self.name: items[at : at + MOST_WRITTEN]}
            for attempt in range(TRIES):
                left = client().batch_write_item(RequestItems=left).get("UnprocessedItems", {})
                if not left:
                    break
                time.sleep(PAUSE * 2**attempt)
            else:
                raise TemporarilyUnavailable

    def recovered(self, entries: Iterable[bytes]) -> dict[bytes, int]:
        """The indexes that are kept by entry, of those of the entries that have one."""
        found = self.indexes(f"{BY_ENTRY}{entry.hex()}" for entry in entries)
        return {bytes.fromhex(key.removeprefix(BY_ENTRY)): index for key, index in found.items()}

    def keep_entries(self, indexes: dict[bytes, int]) -> None:
        """Keeps the index of each entry; the same again changes nothing."""
        self.keep({f"{BY_ENTRY}{entry.hex()}": index for entry, index in indexes.items()})

    def asked(self, code: str) -> Item:
        """The indexes of all events of a certificate as a part of a `BatchGetItem`."""
        return {self.name: {"Keys": [{self.key: {"S": key_of(code, name)}} for name in NAMES]}}

    def indexes_found(self, items: list[Item]) -> dict[str, int]:
        """The indexes in the answer, by the keys of their events."""
        return {item[self.key]: item["place"] for item in map(plain, items)}


def _hashes(text: str) -> tuple[bytes, ...]:
    """Hashes or entries, one after the other in hexadecimal."""
    raw = bytes.fromhex(text)
    return tuple(raw[at : at + 32] for at in range(0, len(raw), 32))
