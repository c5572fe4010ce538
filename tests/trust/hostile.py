"""Hostile requests by the thousand: `python -m tests.trust.hostile [REQUESTS] [--seed N]`.

Each starts as an honest one and is bent: values of other kinds, floods, look-alikes, broken encodings, bombs, sizes at
the limit, stolen and altered proofs, request ids that are nearly right, methods and paths nobody announced, headers
that claim to be somebody else. Values are bent behind a fresh proof and with the limits on guessing lifted, so that
they reach everything behind both. Every answer must be one of the documented ones, soon, without a word of how the
service is built. AWS is well meanwhile, so not even "try again" is a right answer.
"""

import argparse
import base64
import copy
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from constancia.wording import PROBLEMS

from tests import dynamodb_local
from tests.journeys.citizen import Answer, request_body
from tests.trust import population
from tests.trust.faults import world_of
from tests.trust.guessing import UNLIMITED
from tests.trust.world import Client, World

STUDENTS = 10
SLOWEST = 5.0
"""Seconds for one answer; a generous bound for a busy machine, and far below that of a function."""

INSIDES = ("Traceback", 'File "', ".py", "botocore", "boto3", "Exception", "dynamodb", "arn:aws", "powertools")
"""Words that a citizen must never read."""

TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202eATARA",
    "\u200b\u200d\ufeff",
    "e" + "\u0301" * 5000,
    "Z\u0489" * 900,
    "\N{FULLWIDTH DIGIT SEVEN}" * 8,
    "\N{ARABIC-INDIC DIGIT ONE}" * 8,
    "РЕDRО",
    "ﷺ" * 300,
    "ß" * 8,
    "İ" * 130,
    "A\r\nBcc: todos@example.com",
    '=HYPERLINK("http://example.com")',
    "<script>alert(1)</script>",
    "]]><x/>",
    "&lt;!DOCTYPE x [<!ENTITY y SYSTEM 'file:/etc/passwd'>]>",
    ") Tj ET endstream endobj",
    "' OR 1=1 --",
    "${jndi:ldap://127.0.0.1/x}",
    "{{7*7}}",
    "%s%n%x{0.__class__}",
    "../../etc/passwd",
    "A" * 17000,
    "2010-02-30",
    "9999-12-31",
    "0000-00-00",
    "2010-02-28T00:00:00Z",
    "a@b",
    "a@b.pe\nc@d.pe",
    '"a b"@example.com',
    "a" * 65 + "@example.com",
    "holder#71705600#EBR#primary",
    "serial",
    "C2CC 6526",
    "ＣＬＯＩＯＬＩ１",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    10**30,
    [],
    {},
    [[]],
    {"a": {"b": {}}},
    ["71705600"],
    {"$gt": ""},
    {"__proto__": {}},
    {"S": "71705600"},
)
PATHS = (
    "/api/captcha",
    "/api/captcha?for=",
    "/api/captcha?for=request&for=verification",
    "/api/captcha?for=%00",
    "/api/captcha?for=%ff%fe",
    "/api/captcha?" + "a=1&" * 2000,
    "/api/requests/../requests/x/transcript",
    "/api/requests/%2e%2e/transcript",
    "/api/requests/%00/transcript",
    "/api/requests//transcript",
    "/api/requests/" + "a" * 4000 + "/transcript",
    "/api/requests/\u202e/certificate",
    "/api/requests/holder%2371705600/certificate",
    "/api/verifications/",
    "/api/",
    "/api/openapi.json",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/.git/config",
    "/\x00",
    "/" + "a" * 300,
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "X")
TYPES = (
    "application/json",
    "text/plain",
    "application/xml",
    "multipart/form-data",
    "",
    "application/json; charset=utf-16",
)
HEADERS: tuple[dict[str, str], ...] = (
    {"X-Forwarded-For": "10.0.0.1, 10.0.0.2"},
    {"CloudFront-Viewer-Address": "10.0.0.1:443"},
    {"X-Origin-Secret": "guess", "CloudFront-Viewer-Address": "[::]:1"},
    {"X-Origin-Secret": "ñ", "CloudFront-Viewer-Address": ""},
    {"Cookie": "a=b; " * 1000},
    {"Accept-Encoding": "gzip, br, *;q=0"},
    {"Content-Encoding": "gzip"},
    {"Host": "evil.example"},
    {"If-None-Match": '"x"'},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "\u00e9"},
    {"Authorization": "Bearer"},
)


class Attacker:
    """Bends honest requests; the same seed bends them the same way."""

    def __init__(self, world: World, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 not a secret
        self.client = Client(world)
        self.met: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.proof = {action: self.client.prove_human(action) for action in ("request", "verification")}
        self.requests = [
            self.client.ask(population.request_body(student)).json["request_id"] for student in range(STUDENTS)
        ]
        self.ways: tuple[Callable[[], Answer], ...] = (
            self.bend_fields,
            self.bend_fields,
            self.bend_bytes,
            self.bend_proof,
            self.bend_request_id,
            self.bend_address,
        )

    def attack(self) -> None:
        """One request from a network of its own, and what is wrong with its answer."""
        self.client.network = f"10.{self.chance.randrange(256)}.{self.chance.randrange(256)}.9"
        started = time.perf_counter()
        way = self.chance.choice(self.ways)
        answer = way()
        seconds = time.perf_counter() - started
        self.met[f"{answer.status}"] += 1
        for fault in faults_of(answer, seconds):
            self.wrong.append(f"{way.__name__}: {fault}")

    def honest(self) -> tuple[str, dict[str, Any]]:
        """A request that would succeed."""
        student = self.chance.randrange(STUDENTS)
        if self.chance.random() < 0.6:
            body = self.chance.choice((population.request_body(student), request_body()))
            return "/api/requests", {**copy.deepcopy(body), "captcha": self.client.prove_human("request")}
        number, proof = population.document_number(student), self.client.prove_human("verification")
        question = {"virtual_code": "C2CC6526", "document_number": number, "captcha": proof}
        return self.chance.choice(("/api/verifications", "/api/verifications/history")), question

    def nasty(self) -> Any:
        """A value that no form sends."""
        kind = self.chance.random()
        if kind < 0.6:
            return self.chance.choice(TEXTS)
        if kind < 0.9:
            return copy.deepcopy(self.chance.choice(VALUES))
        return "".join(chr(self.chance.randrange(1, 0x11000)) for _ in range(self.chance.randrange(300)))

    def bend_fields(self) -> Answer:
        """Other values in one to three places, or members missing or new."""
        path, body = self.honest()
        for _ in range(self.chance.randint(1, 3)):
            place = body
            while True:
                name = self.chance.choice([*place, "x"])
                if isinstance(place.get(name), dict) and place[name] and self.chance.random() < 0.7:
                    place = place[name]
                    continue
                break
            if self.chance.random() < 0.15:
                place.pop(name, None)
            else:
                place[name] = self.nasty()
        return self.client.call("POST", path, json.dumps(body).encode())

    def bend_bytes(self) -> Answer:
        """What is not JSON, is too much of it, or is in no encoding."""
        path, body = self.honest()
        whole = json.dumps(body).encode()
        number = self.chance.randrange(len(whole))
        bent: tuple[Callable[[], bytes], ...] = (
            lambda: whole[:number],
            lambda: whole[:number] + bytes([self.chance.randrange(256)]) + whole[number + 1 :],
            lambda: b"\xef\xbb\xbf" + whole,
            lambda: json.dumps(body).encode("utf-16"),
            lambda: whole.replace(b"71705600", b"\xff\xfe"),
            lambda: b"[" * 16000,
            lambda: b'{"a":' * 2700 + b"1" + b"}" * 2700,
            lambda: b'{"applicant":' + b"9" * 16000 + b"}",
            lambda: b'{"level":1e' + b"9" * 400 + b"}",
            lambda: b'{"level":NaN,"level":Infinity}',
            lambda: whole[:-1] + b',"level":"primary"}',
            lambda: whole[:-1] + b" " * (16 * 1024 - len(whole)) + b"}",
            lambda: whole[:-1] + b" " * (16 * 1024 - len(whole) + 1) + b"}",
            lambda: whole + b" " * 200_000,
            lambda: b"null",
            lambda: b'"' + b"\\u0000" * 2000 + b'"',
            lambda: b"",
            lambda: bytes(self.chance.randrange(256) for _ in range(200)),
        )
        return self.client.call("POST", path, self.chance.choice(bent)(), self.chance.choice(TYPES))

    def bend_proof(self) -> Answer:
        """A proof that was altered, made for something else, used, or written otherwise."""
        path, body = self.honest()
        opened = json.loads(base64.b64decode(self.chance.choice(list(self.proof.values()))))
        part = self.chance.choice([opened["challenge"]["parameters"], opened["challenge"], opened["solution"]])
        part[self.chance.choice([*part, "x"])] = self.nasty()
        if self.chance.random() < 0.1 and "parameters" in opened["challenge"]:
            opened["challenge"]["parameters"] = {"cost": 10**12}
        written = json.dumps(opened).encode()
        body["captcha"] = self.chance.choice(
            [
                base64.b64encode(written).decode(),
                base64.urlsafe_b64encode(written).decode().rstrip("="),
                written.decode(errors="replace"),
                base64.b64encode(b"[" * 3000).decode(),
                base64.b64encode(bytes(200)).decode(),
            ]
        )
        return self.client.call("POST", path, json.dumps(body).encode())

    def bend_request_id(self) -> Answer:
        """Ids of requests that exist, whole, cut, grown and with other letters, in any order of the steps."""
        id_ = self.chance.choice(self.requests)
        place = self.chance.randrange(len(id_))
        bent: tuple[Callable[[], str], ...] = (
            lambda: id_,
            lambda: id_[:place],
            id_.swapcase,
            lambda: id_[:place] + self.chance.choice("A0_-~%é\u202e\x00") + id_[place + 1 :],
            lambda: f"{id_}{self.nasty()!s}"[:1000],
        )
        written = self.chance.choice(bent)().encode(errors="replace").decode()
        method, step = self.chance.choice(
            (
                ("GET", "transcript"),
                ("POST", "certificate"),
                ("POST", "codes"),
                ("POST", "confirmation"),
                ("POST", "corrections"),
                ("POST", "opinion"),
            )
        )
        token = self.client.tokens[id_]
        given: tuple[Callable[[], dict[str, str]], ...] = (
            dict,
            lambda: {"Authorization": f"bearer   {token[:-1]}"},
            lambda: {"Authorization": token},
            lambda: {"Authorization": f"Basic {token}"},
            lambda: {"Authorization": "Bearer " + "\u00e9" * 9000},
            lambda: {"Authorization": f"Bearer {self.client.tokens[self.chance.choice(self.requests)]}"},
        )
        code = {"code": self.chance.choice(("000000", "00000", "１２３４５６", 123456, None, self.nasty()))}
        year = self.chance.choice((2019, 1, True, None))
        wrong = {"year": year, "group": "area", "name": self.nasty(), "should_be": "A"}
        body = self.chance.choice((b"", b"{}", json.dumps(code).encode(), json.dumps(wrong).encode()))
        right = {"Authorization": f"Bearer {token}"}
        headers = right if self.chance.random() < 0.6 else self.chance.choice(given)()
        return self.client.call(method, f"/api/requests/{written}/{step}", body, headers=headers)

    def bend_address(self) -> Answer:
        """Methods and paths that nobody announced, and headers that claim to be somebody else."""
        path = self.chance.choice(PATHS)
        if self.chance.random() < 0.3:
            path = f"/api/requests/{self.nasty()!s}/transcript"[:3000]
        path = path.encode(errors="replace").decode()
        return self.client.call(
            self.chance.choice(METHODS), path, b"{}", self.chance.choice(TYPES), self.chance.choice(HEADERS)
        )


def faults_of(answer: Answer, seconds: float) -> list[str]:
    """What is wrong with an answer to a hostile request while AWS is well."""
    faults = [f"took {seconds:.1f} s"] if seconds > SLOWEST else []
    text = answer.body.decode(errors="replace")
    if answer.status >= 500:
        faults.append(f"{answer.status} {text[:200]}")
    if answer.headers.get("Content-Type") == "application/problem+json":
        code = answer.json["code"]
        if code not in PROBLEMS or PROBLEMS[code].status != answer.status or answer.json["status"] != answer.status:
            faults.append(f"undocumented: {answer.status} {text[:200]}")
        if answer.headers.get("Cache-Control") != "no-store":
            faults.append(f"may be kept: {text[:200]}")
        faults += [f"shows {word}: {text[:200]}" for word in INSIDES if word in text]
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests", type=int, nargs="?", default=5000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    try:
        os.environ.update(UNLIMITED)
        with world_of(STUDENTS) as world:
            attacker = Attacker(world, chosen.seed)
            started = time.monotonic()
            for number in range(chosen.requests):
                attacker.attack()
                if number % 500 == 499:
                    print(f"\r{number + 1} of {chosen.requests}", end="", file=sys.stderr, flush=True)
    except dynamodb_local.Unavailable as unavailable:
        sys.exit(str(unavailable))
    print(f"\n{chosen.requests} hostile requests in {time.monotonic() - started:.0f} s, seed {chosen.seed}")
    print(f"  answers: {dict(sorted(attacker.met.items()))}")
    print(f"  {len(attacker.wrong)} wrong answers (5xx, undocumented, slow, or showing the insides)")
    for wrong in attacker.wrong[:20]:
        print(f"  {wrong}")
    sys.exit(1 if attacker.wrong else 0)


if __name__ == "__main__":
    main()
