"""Whatever a witness or a portal answers, nothing of the service ends by it."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from constancia.aws.portal import HttpPortal
from constancia.aws.public_log import witnesses
from constancia.public_log.checkpoint import COSIGNATURE, MOST_SIGNATURES, Verifier, signature_line, split
from constancia.public_log.proofs import TreeReader
from constancia.public_log.witnesses import Witness, offer
from constancia.verifying.trial import Reply, try_service

from tests.public_log.test_checkpoint import CHECKPOINT, KEY, LOG, NOTE

ODD_ANSWERS = {
    "no HTTP": b"rubbish\r\n\r\n",
    "a part that breaks off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "an error that breaks off": b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
}
WITNESS = Witness("https://witness.example", Verifier("witness.example/w1", COSIGNATURE, LOG.key))
READER = TreeReader(CHECKPOINT.size, lambda level, index, width: bytes(32 * width))

Saying = Callable[[bytes], str]


@pytest.fixture
def saying() -> Iterator[Saying]:
    """Makes a server on this machine that answers one request with these bytes, and closes; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(said: bytes) -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        def start(said: bytes) -> str:
            threading.Thread(target=answer, args=(said,), daemon=True).start()
            return f"http://127.0.0.1:{server.getsockname()[1]}"

        yield start


def offered(status: int, answer: str) -> list[str]:
    return offer(NOTE, CHECKPOINT, WITNESS, reader=READER, post=lambda address, body: (status, answer))


@pytest.mark.parametrize("said", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_a_witness_that_answers_anything_else_than_http_gives_no_answer(saying: Saying, said: bytes) -> None:
    assert witnesses.post(saying(said), b"old 0\n") == (0, "")


@pytest.mark.parametrize("said", ODD_ANSWERS.values(), ids=ODD_ANSWERS)
def test_a_portal_that_answers_anything_else_than_http_is_down(saying: Saying, said: bytes) -> None:
    assert HttpPortal(saying(said)).get("/") == Reply(0, b"")


def test_an_error_of_a_witness_is_told_with_what_it_says(saying: Saying) -> None:
    assert witnesses.post(saying(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n12"), b"old 0\n") == (409, "12")


@pytest.mark.parametrize("known", ["9" * 5000, "-1", "²", "", "1 2"])
def test_a_size_that_is_none_ends_the_offer(known: str) -> None:
    assert offered(409, known) == []


def test_however_many_cosignatures_a_witness_gives_the_note_stays_one() -> None:
    def cosignature(moment: int) -> str:
        signed = KEY.sign(f"cosignature/v1\ntime {moment}\n{CHECKPOINT.text}".encode())
        return signature_line(WITNESS.verifier, moment.to_bytes(8, "big") + signed)

    given = [cosignature(1679315147 + n) for n in range(MOST_SIGNATURES)]
    assert offered(200, "".join(given)) == given[:1]
    split(NOTE + "".join(offered(200, "".join(given))))
    assert offered(200, given[0].replace("\n", "\t\n") + given[1]) == given[1:2]


@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b"\xff"])
def test_a_challenge_that_is_none_is_named_as_a_fault(said: bytes) -> None:
    class Portal:
        def get(self, path: str) -> Reply:
            return Reply(200, said)

        def post(self, path: str, body: object) -> Reply:
            return Reply(200, said)

    assert try_service("DYNGXN2B", "71705600", portal=Portal(), solve=lambda challenge: None) == [
        "/api/captcha answers no challenge"
    ]
