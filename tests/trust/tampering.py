"""Tamperings with the tables, tiles and checkpoints behind the public log: `python -m tests.trust.tampering [COUNT]`.

Certificates are issued, superseded and annulled through the service. Then somebody who may write every table and the
bucket, and in some cases has the log's own key, changes something drawn at random; the audit, with the checkpoint that
an auditor kept from before, must name it. Everything is set back before the next one.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import boto3
from constancia.aws.dynamodb import plain
from constancia.aws.keys import CheckpointKeys
from constancia.aws.public_log.audit import CertificateScan
from constancia.aws.public_log.entries import LogEntries, events_of
from constancia.aws.public_log.files import FOLDER, LogBucket
from constancia.public_log.audit import audit
from constancia.public_log.checkpoint import Checkpoint, signature_line
from constancia.public_log.tiles import Tree, path_of, tiles_of

from infra.local import service, storage
from tests.journeys.citizen import MANY_TIMES, QUICK_PROOFS
from tests.trust import population
from tests.trust.world import URL, Client, World

Item = dict[str, Any]
ISSUES, STUDENTS = 262, 200
"""More than one tile, and some who asked twice."""
ANNULLED = 10


class Insider:
    """Somebody who may write everything but the past that others have seen."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
        self.s3 = boto3.client("s3", region_name=storage.REGION)
        names = storage.names()
        self.certificates, self.entries = names["CERTIFICATES_TABLE"], names["LOG_ENTRIES_TABLE"]
        self.bucket = names["PUBLIC_LOG_BUCKET"]
        self.rows = self._rows()
        self.indexes = {
            item["event"]["S"]: item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.entries)
            for item in page["Items"]
            if "place" in item
        }
        self.objects = {
            found["Key"]: self.s3.get_object(Bucket=self.bucket, Key=found["Key"])["Body"].read()
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
            for found in page["Contents"]
        }
        self.tree = LogEntries().state().tree
        self.undo: list[Callable[[], Any]] = []
        self.keys = CheckpointKeys()

    def _rows(self) -> dict[str, Item]:
        return {
            item["virtual_code"]["S"]: item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.certificates)
            for item in page["Items"]
            if item.get("state", {}).get("S") == "issued"
        }

    def restore(self) -> None:
        """Sets everything back."""
        while self.undo:
            self.undo.pop()()

    def row(self, **having: bool) -> Item:
        """A record drawn at random, with or without some attributes."""
        fitting = [row for row in self.rows.values() if all((name in row) is there for name, there in having.items())]
        return self.chance.choice(fitting)

    def put(self, item: Item) -> None:
        code = item["virtual_code"]["S"]
        self.dynamodb.put_item(TableName=self.certificates, Item=item)
        before = self.rows.get(code)
        if before:
            self.undo.append(lambda: self.dynamodb.put_item(TableName=self.certificates, Item=before))
        else:
            self.undo.append(
                lambda: self.dynamodb.delete_item(TableName=self.certificates, Key={"virtual_code": {"S": code}})
            )

    def delete(self, code: str) -> None:
        self.dynamodb.delete_item(TableName=self.certificates, Key={"virtual_code": {"S": code}})
        self.undo.append(lambda: self.dynamodb.put_item(TableName=self.certificates, Item=self.rows[code]))

    def point(self, key: str, index: int | None) -> None:
        """Writes another index of an event, or takes it away."""
        if index is None:
            self.dynamodb.delete_item(TableName=self.entries, Key={"event": {"S": key}})
        else:
            self.dynamodb.put_item(TableName=self.entries, Item={"event": {"S": key}, "place": {"N": str(index)}})
        self.undo.append(lambda: self.dynamodb.put_item(TableName=self.entries, Item=self.indexes[key]))

    def write(self, key: str, content: bytes | None) -> None:
        """Replaces an object, or takes it away."""
        if content is None:
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        else:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        before = self.objects.get(key)
        self.undo.append(
            lambda: (
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=before)
                if before is not None
                else self.s3.delete_object(Bucket=self.bucket, Key=key)
            )
        )

    def log(self) -> list[bytes]:
        """All entries."""
        bundles = {key: value for key, value in self.objects.items() if "/entries/" in key}
        whole = sorted((key, value) for key, value in bundles.items() if ".p/" not in key)
        raw = b"".join(value for _, value in whole)
        return [raw[at + 2 : at + 34] for at in range(0, len(raw), 34)] + list(self.tree.entries)

    def rewrite(self, entries: list[bytes]) -> None:
        """Makes another log of other entries, signed by the log's own key."""
        tree, tiles = Tree().append(entries)
        for path, content in tiles.items():
            self.write(FOLDER + path, content)
        self.write(f"{FOLDER}checkpoint", self.keys.checkpoint(tree).encode())


def change_text(insider: Insider, name: str, change: Callable[[str], str], **having: bool) -> None:
    row = insider.row(**{name: True}, **having)
    insider.put({**row, name: {"S": change(row[name]["S"])}})


def change_mark(insider: Insider) -> None:
    row = insider.row()
    transcript = json.loads(zlib.decompress(row["transcript"]["B"]))
    marks = insider.chance.choice([row for group in transcript["groups"] for row in group["rows"]])["marks"]
    at = insider.chance.randrange(len(marks))
    marks[at] = insider.chance.choice([mark for mark in ("AD", "A", "B", "C") if mark != marks[at]])
    packed = zlib.compress(json.dumps(transcript, ensure_ascii=False, separators=(",", ":")).encode())
    insider.put({**row, "transcript": {"B": packed}})


def other_digit(insider: Insider) -> Callable[[str], str]:
    def change(text: str) -> str:
        at = insider.chance.choice([place for place, letter in enumerate(text) if letter.isdigit()])
        other = insider.chance.choice([digit for digit in "0123456789" if digit != text[at]])
        return text[:at] + other + text[at + 1 :]

    return change


def redate(insider: Insider) -> None:
    change_text(insider, "issued_at", lambda text: f"{int(text[:4]) - insider.chance.randint(1, 9)}{text[4:]}")


def renumber(insider: Insider) -> None:
    row = insider.row()
    insider.put({**row, "serial_number": {"N": str(int(row["serial_number"]["N"]) + insider.chance.randint(1, 9))}})


def another_digest(insider: Insider) -> None:
    change_text(insider, "sha256", other_digit(insider))


def another_salt(insider: Insider) -> None:
    change_text(insider, "salt", other_digit(insider))


def another_attestation(insider: Insider) -> None:
    one, other = insider.chance.sample(sorted(insider.rows), 2)
    insider.put({**insider.rows[one], "attestation": insider.rows[other]["attestation"]})


def forget(insider: Insider, *names: str, **having: bool) -> None:
    row = insider.row(**having)
    insider.put({name: value for name, value in row.items() if name not in names})


def without_salt(insider: Insider) -> None:
    forget(insider, "salt")


def annulment_undone(insider: Insider) -> None:
    names = ("annulled_on", "annulled_at", "annulled_by", "annulment_reason", "annulled_salt")
    forget(insider, *names, annulled_on=True)


def supersession_undone(insider: Insider) -> None:
    names = ("superseded_on", "superseded_at", "superseded_by", "superseded_salt")
    forget(insider, *names, superseded_on=True)


def annulment_redated(insider: Insider) -> None:
    change_text(insider, "annulled_on", other_digit(insider))


def reason_changed(insider: Insider) -> None:
    change_text(insider, "annulment_reason", lambda text: f"{text}!")


def annulled_past_the_service(insider: Insider) -> None:
    row = insider.row(annulled_on=False)
    insider.put({**row, "annulled_on": {"S": "2026-11-24"}, "annulment_reason": {"S": "-"}})


def deleted(insider: Insider) -> None:
    insider.delete(insider.chance.choice(sorted(insider.rows)))


def set_back_to_a_reservation(insider: Insider) -> None:
    insider.put({**insider.row(), "state": {"S": "reserved"}})


def added(insider: Insider) -> None:
    """A record that nobody issued, as somebody with the attestation's key could have made it."""
    code = "".join(insider.chance.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
    insider.put({**insider.row(), "virtual_code": {"S": code}})


def index_moved(insider: Insider) -> None:
    key = insider.chance.choice(sorted(insider.indexes))
    place = int(insider.indexes[key]["place"]["N"])
    insider.point(key, insider.chance.choice([n for n in range(insider.tree.size) if n != place]))


def index_lost(insider: Insider) -> None:
    insider.point(insider.chance.choice(sorted(insider.indexes)), None)


def current_tiles(insider: Insider) -> list[str]:
    """The tiles and bundles of the tree as it is."""
    tiles = list(tiles_of(insider.tree.size))
    bundles = [path_of("entries", index, width) for level, index, width in tiles if not level]
    return [FOLDER + path for path in (*(path_of(*tile) for tile in tiles), *bundles)]


def bit_of_a_tile(insider: Insider) -> None:
    key = insider.chance.choice(current_tiles(insider))
    content = bytearray(insider.objects[key])
    at = insider.chance.randrange(len(content) * 8)
    content[at // 8] ^= 1 << at % 8
    insider.write(key, bytes(content))


def tile_lost(insider: Insider) -> None:
    insider.write(insider.chance.choice(current_tiles(insider)), None)


def tile_cut(insider: Insider) -> None:
    key = insider.chance.choice(current_tiles(insider))
    insider.write(key, insider.objects[key][: insider.chance.randrange(len(insider.objects[key]))])


def checkpoint_of_another_key(insider: Insider) -> None:
    text = insider.objects[f"{FOLDER}checkpoint"].decode().rpartition("\n\n")[0] + "\n"
    note = text + "\n" + signature_line(insider.keys.verifiers[0], insider.chance.randbytes(64))
    insider.write(f"{FOLDER}checkpoint", note.encode())


def checkpoint_lost(insider: Insider) -> None:
    insider.write(f"{FOLDER}checkpoint", None)


def checkpoint_of_another_root(insider: Insider) -> None:
    note = Checkpoint(insider.keys.origin, insider.tree.size, insider.chance.randbytes(32))
    insider.write(f"{FOLDER}checkpoint", note.sign(insider.keys.verifiers[0], insider.keys.sign).encode())


def entry_replaced_and_signed(insider: Insider) -> None:
    entries = insider.log()
    entries[insider.chance.randrange(len(entries))] = insider.chance.randbytes(32)
    insider.rewrite(entries)


def entries_swapped_and_signed(insider: Insider) -> None:
    entries = insider.log()
    one, other = insider.chance.sample(range(len(entries)), 2)
    entries[one], entries[other] = entries[other], entries[one]
    insider.rewrite(entries)


def end_dropped_everywhere(insider: Insider) -> None:
    """The last entries, their records and their indexes are gone, and the log is signed anew."""
    left = insider.tree.size - insider.chance.randint(1, 5)
    for key, item in insider.indexes.items():
        if int(item["place"]["N"]) >= left:
            insider.point(key, None)
            code = key.partition("#")[0]
            if code in insider.rows:
                insider.delete(code)
    insider.rewrite(insider.log()[:left])


def record_and_log_forged_together(insider: Insider) -> None:
    """A record has another PDF, and entry, tiles and a signed checkpoint say so too: only a fork is left to see."""

    row = insider.row(superseded_on=False, annulled_on=False)
    forged = {**row, "sha256": {"S": "ab" * 32}}
    insider.put(forged)
    (event,) = events_of(plain(forged))
    entries = insider.log()
    entries[int(insider.indexes[event.key]["place"]["N"])] = event.entry
    insider.rewrite(entries)


TAMPERINGS: tuple[Callable[[Insider], None], ...] = (
    change_mark,
    redate,
    renumber,
    another_digest,
    another_salt,
    another_attestation,
    without_salt,
    annulment_undone,
    supersession_undone,
    annulment_redated,
    reason_changed,
    annulled_past_the_service,
    deleted,
    set_back_to_a_reservation,
    added,
    index_moved,
    index_lost,
    bit_of_a_tile,
    tile_lost,
    tile_cut,
    checkpoint_of_another_key,
    checkpoint_lost,
    checkpoint_of_another_root,
    entry_replaced_and_signed,
    entries_swapped_and_signed,
    end_dropped_everywhere,
    record_and_log_forged_together,
)


def fill(world: World, issues: int) -> None:
    """Certificates, of which some are superseded and some annulled, brought into the log."""
    codes = []
    for number in range(issues):
        client = Client(world, f"10.0.{number >> 8}.{number & 255}")
        codes.append(client.obtain(population.request_body(number % STUDENTS))["virtual_code"])
        if number == STUDENTS - 1:
            correct(STUDENTS)
    for code in codes[-ANNULLED:]:
        world.invoke("annul_certificate", {"virtual_code": code, "reason": "Por error", "operator": "o"})
    for _ in range(3):
        world.deliver_log()


def correct(students: int) -> None:
    """Changes every mark of the school records, so that a later certificate says something else."""
    client = boto3.client("dynamodb", region_name=storage.REGION)
    table = storage.names()["SCHOOL_RECORDS_TABLE"]
    for page in client.get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            content = next(name for name, value in item.items() if "MATEM" in str(value) or "B" in value)
            changed = zlib.decompress(item[content]["B"]).decode() if "B" in item[content] else item[content]["S"]
            changed = changed.replace('"AD"', '"A"').replace('"B"', '"A"').replace('"C"', '"A"')
            value = {"B": zlib.compress(changed.encode())} if "B" in item[content] else {"S": changed}
            client.put_item(TableName=table, Item={**item, content: value})


def found(seen: str) -> tuple[str, ...]:
    """What the audit finds, by kind."""
    done = audit(
        LogBucket(),
        CheckpointKeys().verifiers,
        CertificateScan().pages,
        LogEntries().indexes,
        lambda _: None,
        earlier=seen,
    )
    return tuple(finding.what for finding in done.findings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 not a secret
    values = {**service.ENVIRONMENT, **service.settings(URL), **MANY_TIMES, **QUICK_PROOFS}
    started = time.monotonic()
    drawn: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, service.environment(values), service.moto():
        population.write(Path(folder), STUDENTS)
        dynamodb = boto3.client("dynamodb", region_name=storage.REGION)
        storage.create_tables(dynamodb)
        storage.load(dynamodb, Path(folder))
        storage.create_rest()
        with redirect_stdout(StringIO()):
            fill(World(), ISSUES)
        insider = Insider(chance)
        seen = LogBucket().checkpoint() or ""
        states = Counter(key.partition("#")[2] for key in insider.indexes)
        print(f"{len(insider.rows)} certificates, {dict(states)}, {insider.tree.size} entries, seed {chosen.seed}")
        if untouched := found(seen):
            sys.exit(f"untouched, and yet: {untouched}")
        for number in range(chosen.count):
            tampering = TAMPERINGS[number % len(TAMPERINGS)]
            tampering(insider)
            drawn[tampering.__name__] += 1
            missed[tampering.__name__] += not found(seen)
            insider.restore()
            if number % 100 == 99:
                print(f"{number + 1 - sum(missed.values())} of {number + 1} found", file=sys.stderr, flush=True)
        if untouched := found(seen):
            sys.exit(f"all set back, and yet: {untouched}")
    for name, times in drawn.items():
        print(f"  {times - missed[name]:4} of {times:4}  {name.replace('_', ' ')}")
    print(f"{chosen.count - sum(missed.values())} of {chosen.count} found in {time.monotonic() - started:.0f} s")
    sys.exit(bool(sum(missed.values())))


if __name__ == "__main__":
    main()
