"""The public log of certificates that were issued while AWS failed at random, before tools of others.

`python -m tests.trust.public_log [ISSUES] --tools FOLDER [--seed N]`: issues certificates as `tests.trust.faults` does,
brings them into the log under the same faults, audits it, and has Tessera's `fsck` accept it and name a flipped bit.
torchwood's `litewitness` cosigns its checkpoint as it grows, and refuses a fork. FOLDER has both binaries:
`go install github.com/transparency-dev/tessera/cmd/fsck@v1.0.4` and `filippo.io/torchwood/cmd/litewitness@v0.6.1`, with
`GOBIN=FOLDER` (`ssh-agent`, of OpenSSH, holds the witness's key).
"""

import argparse
import os
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from infra.local import storage
from tests.trust.faults import Storm, world_of
from tests.trust.world import World

FSCK_PATIENCE = 600
WITNESS = "witness.example/w1"
LOG_EVERY = 40
"""Issues between two deliveries to the log."""
WITNESS_TABLES = """
CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
"""
"""As litewitness makes them; its own command that fills them does not build from the public module proxy."""
GROWTHS = 4
"""How often the witness sees the log."""


class LoggedStorm(Storm):
    """A storm that brings the certificates into the public log, too."""

    def issue(self, number: int) -> None:
        super().issue(number)
        if number % LOG_EVERY == 0:
            self.next_step("log")
            self.world.deliver_log()
            self.count()

    def calm_log(self) -> None:
        """Lets nothing fail any more, and delivers what is left."""
        self.count()
        for _ in range(3):
            self.world.deliver_log()


def write_down(folder: Path) -> None:
    """The log's objects as files."""
    client = boto3.client("s3", region_name=storage.REGION)
    bucket = storage.names()["PUBLIC_LOG_BUCKET"]
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            path = folder / found["Key"].removeprefix("log/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())


def fsck(tools: Path, log: Path, key: Path) -> str:
    """What Tessera's fsck says of the log; it exits with 0 whatever it finds, and hangs with few workers."""
    done = subprocess.run(
        [tools / "fsck", "--N=4", "--ui=false", f"--storage_url=file://{log}/", f"--public_key={key}"],
        capture_output=True,
        text=True,
        timeout=FSCK_PATIENCE,
        check=False,
    )
    return done.stdout + done.stderr


def flip(path: Path, chance: random.Random) -> None:
    """Flips one bit of a file."""
    content = bytearray(path.read_bytes())
    at = chance.randrange(len(content) * 8)
    content[at // 8] ^= 1 << at % 8
    path.write_bytes(content)


@contextmanager
def litewitness(tools: Path, verifier: str) -> Iterator[tuple[str, str]]:
    """A witness that knows the log; gives its address and its verifier key."""
    import base64
    import hashlib

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", home / "agent"], stdout=subprocess.DEVNULL)
        witness = None
        try:
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / "key"], check=True, capture_output=True
            )
            while not (home / "agent").exists():
                time.sleep(0.05)
            environment = {**os.environ, "SSH_AUTH_SOCK": str(home / "agent")}
            subprocess.run(["ssh-add", "-q", home / "key"], env=environment, check=True, capture_output=True)
            printed = subprocess.run(["ssh-keygen", "-lf", home / "key"], check=True, capture_output=True, text=True)
            origin = verifier.partition("+")[0]
            with sqlite3.connect(home / "db") as database:
                database.executescript(WITNESS_TABLES)
                empty = base64.b64encode(hashlib.sha256().digest()).decode()
                database.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, empty))
                database.execute("INSERT INTO key VALUES (?, ?)", (origin, verifier))
            database.close()
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            witness = subprocess.Popen(
                [
                    tools / "litewitness",
                    f"-ssh-agent={home / 'agent'}",
                    f"-db={home / 'db'}",
                    f"-name={WITNESS}",
                    f"-key={printed.stdout.split()[1]}",
                    f"-listen=127.0.0.1:{port}",
                ],
                stderr=subprocess.PIPE,
                text=True,
            )
            assert witness.stderr is not None
            for line in witness.stderr:
                if found := re.search(r'vkey="?([^" ]+)', line):
                    key = found[1].strip()
                if "listening" in line:
                    break
            else:
                raise RuntimeError("the witness ended")
            time.sleep(0.3)
            yield f"http://127.0.0.1:{port}", key
        finally:
            for process in (witness, agent):
                if process:
                    process.terminate()
                    process.wait(10)


def witnessed(world: World, tools: Path) -> list[str]:
    """What a witness that sees the log grow does not do as it must."""
    from constancia.aws.keys import CheckpointKeys
    from constancia.aws.public_log.entries import LogEntries, events_of
    from constancia.aws.public_log.files import LogBucket
    from constancia.aws.public_log.witnesses import cosign, post
    from constancia.public_log.checkpoint import Checkpoint, read_checkpoint
    from constancia.public_log.sequencer import Sequencer
    from constancia.public_log.witnesses import read_witnesses

    from tests.trust.test_public_log import stored

    keys, files = CheckpointKeys(), LogBucket()
    wrong = []
    with litewitness(tools, str(keys.verifiers[0])) as (address, key):
        (witness,) = read_witnesses(f"{address} {key}")
        sequencer = Sequencer(LogEntries(), files, keys.checkpoint)
        for growth in range(GROWTHS):
            if cosign(files, keys.verifiers[0], [witness]):
                wrong.append(f"no cosignature of growth {growth}")
            note = files.checkpoint() or ""
            if f"— {WITNESS} " not in note:
                wrong.append(f"the checkpoint of growth {growth} was published without its cosignature")
            found = read_checkpoint(note, keys.verifiers[0])
            sequencer.append(event for n in range(growth * 131 + 1) for event in events_of(stored(10**7 + n)))
        forged = Checkpoint(found.origin, found.size + 1, bytes(32)).sign(keys.verifiers[0], keys.sign)
        status, _ = post(f"{address}/add-checkpoint", f"old {found.size}\n\n{forged}".encode())
        if status == 200:
            wrong.append("a fork was cosigned")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("issues", type=int, nargs="?", default=1000)
    parser.add_argument("--students", type=int, default=500)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    started = time.monotonic()
    said: list[str] = []
    wrong: list[str] = []
    with world_of(chosen.students) as world, tempfile.TemporaryDirectory() as folder:
        storm = LoggedStorm(world, chosen.students, chosen.seed)
        for number in range(chosen.issues):
            storm.issue(number)
        storm.calm_log()
        found: dict[str, Any] = {"finished": False}
        while not found["finished"]:
            found = world.invoke("audit_log", {})
        said.append(
            f"{len(storm.acknowledged)} certificates issued in {time.monotonic() - started:.0f} s, seed {chosen.seed}, "
            f"{sum(storm.strikes.values())} calls of AWS failed; {found['size']} entries in the log"
        )
        wrong += [f"audit: {finding}" for finding in found["findings"]]
        log, key = Path(folder) / "log", Path(folder) / "key"
        write_down(log)
        key.write_bytes(world.gateway.answer("GET", "/.well-known/log.vkey", environ_of("/.well-known/log.vkey")).body)
        if "Successfully" not in (answer := fsck(chosen.tools, log, key)):
            wrong.append(f"fsck: {answer[-500:]}")
        else:
            said.append(f"Tessera's fsck accepts it: {answer.strip().splitlines()[-1]}")
        chance = random.Random(chosen.seed)  # noqa: S311 not a secret
        # Of the tiles that are read for the tree as it is: all that are full, or a small tree's only one.
        tiles = [path for path in sorted((log / "tile" / "0").rglob("*")) if path.is_file()]
        tile = chance.choice([path for path in tiles if ".p" not in path.as_posix()] or tiles[-1:])
        flip(tile, chance)
        name = tile.relative_to(log).as_posix()
        answer = fsck(chosen.tools, log, key)
        if "Successfully" in answer or name.removeprefix("tile/") not in answer:
            wrong.append(f"fsck did not name {name}: {answer[-500:]}")
        else:
            said.append(f"and names {name} after one flipped bit")
        wrong += witnessed(world, chosen.tools)
        said.append(f"litewitness cosigned {GROWTHS} checkpoints of the growing log and refused a fork")
    print("\n".join(wrong or said))
    sys.exit(bool(wrong))


def environ_of(path: str) -> dict[str, Any]:
    """A plain request in the form of WSGI."""
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path, "REMOTE_ADDR": "190.12.34.56", "QUERY_STRING": ""}


if __name__ == "__main__":
    main()
