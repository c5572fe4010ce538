"""From a citizen's request to a certificate that anybody can verify, over HTTP."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pypdfium2
import zxingcpp

from tests.journeys.citizen import STUDENT, Citizen, request_body, student_body
from tests.journeys.conftest import Correct


def wait_for_mail(citizen: Citizen, code: str) -> list[dict[str, str]]:
    """The e-mails about a certificate, once the stream has brought it to the function that sends them."""
    for _ in range(100):
        found = [mail for mail in citizen.call("GET", "/_local/outbox").json if code in mail["subject"]]
        if found:
            return found
        time.sleep(0.1)
    return []


def events_about(citizen: Citizen, code: str) -> list[str]:
    return [entry["name"] for entry in citizen.call("GET", "/_local/events").json if entry.get("virtual_code") == code]


def qr_of(pdf: bytes) -> str:
    page = pypdfium2.PdfDocument(pdf)[0]
    codes = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    (address,) = (str(code.text) for code in codes if "#" not in code.text)
    assert {str(code.text).partition("#")[0] for code in codes} == {address}, "the signed data stand behind the address"
    return address


def test_a_guardian_gets_a_certificate_that_anybody_can_verify(citizen: Citizen) -> None:
    asked = citizen.ask(request_body())
    assert asked.status == 201
    shown = citizen.transcript(asked.json["request_id"])
    assert shown.status == 200
    accepted = citizen.accept(asked.json["request_id"])
    assert accepted.status == 201
    certificate = accepted.json

    pdf = citizen.call("GET", certificate["pdf_url"])
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert f'filename="constancia-{certificate["virtual_code"]}.pdf"' in pdf.headers["Content-Disposition"]
    assert hashlib.sha256(pdf.body).hexdigest() == certificate["sha256"]
    assert qr_of(pdf.body) == certificate["verify_url"]

    verified = citizen.verify(certificate["virtual_code"], STUDENT["document_number"])
    assert verified.status == 200
    assert verified.json["status"] == "valid"
    assert {**verified.json["transcript"], "current_certificate": None} == shown.json
    assert verified.json["certificate"]["sha256"] == certificate["sha256"]
    assert citizen.call("GET", verified.json["pdf_url"]).body == pdf.body

    (mail,) = wait_for_mail(citizen, certificate["virtual_code"])
    assert mail["to"] == "ana@example.com"
    holders_page = certificate["verify_url"].replace("/verificar/", "/constancia/")
    assert holders_page in mail["text"]
    assert holders_page in mail["html"]
    assert sorted(events_about(citizen, certificate["virtual_code"])) == [
        "certificate_downloaded",
        "certificate_downloaded",
        "certificate_issued",
        "certificate_verified",
        "mail_sent",
    ]


def test_a_student_of_sixteen_asks_alone(citizen: Citizen) -> None:
    assert citizen.obtain(student_body(level="secondary"))["serial_number"].isdigit()


def test_fifty_parallel_acceptances_give_one_certificate_one_number_and_one_mail(citizen: Citizen) -> None:
    request_id = citizen.ask(request_body()).json["request_id"]
    citizen.transcript(request_id)
    with ThreadPoolExecutor(50) as crowd:
        answers = list(crowd.map(lambda _: citizen.accept(request_id), range(50)))
    assert sorted(answer.status for answer in answers) == [200] * 49 + [201]
    same = [{**answer.json, "pdf_url": ""} for answer in answers]
    assert all(certificate == same[0] for certificate in same)
    time.sleep(1)
    assert len(wait_for_mail(citizen, same[0]["virtual_code"])) == 1


def state_of(citizen: Citizen, certificate: dict[str, Any]) -> dict[str, Any]:
    answer = citizen.verify(certificate["virtual_code"], STUDENT["document_number"]).json
    return {name: answer[name] for name in ("status", "superseded_on", "successor_status", "newer_copy_on")}


VALID = {"status": "valid", "superseded_on": None, "successor_status": None, "newer_copy_on": None}


def test_a_new_certificate_supersedes_those_that_say_something_else_of_the_same_level_only(
    citizen: Citizen, correct: Correct
) -> None:
    correct(0, "A")
    primary, secondary = citizen.obtain(request_body()), citizen.obtain(student_body(level="secondary"))
    copy = citizen.obtain(request_body())
    today = copy["issued_at"][:10]
    assert state_of(citizen, primary) == {**VALID, "newer_copy_on": today}
    assert state_of(citizen, copy) == VALID
    correct(0, "B")
    newer = citizen.obtain(request_body())
    for earlier in (primary, copy):
        superseded = {"status": "superseded", "superseded_on": today, "successor_status": "valid"}
        assert state_of(citizen, earlier) == {**VALID, **superseded}
    assert state_of(citizen, newer) == VALID
    assert state_of(citizen, secondary) == VALID
    subjects = [mail["subject"] for mail in wait_for_mail(citizen, f"en lugar de {primary['virtual_code']}")]
    assert subjects == [f"Hay una constancia nueva en lugar de {primary['virtual_code']}"]


def test_who_asks_again_is_shown_the_certificate_there_is_and_can_have_it_again(
    citizen: Citizen, correct: Correct
) -> None:
    correct(0, "AD")
    request_id = citizen.ask(request_body()).json["request_id"]
    current = citizen.transcript(request_id).json["current_certificate"]
    assert current is None or not current["same_content"]
    none = citizen.have_again(request_id)
    assert (none.status, none.json["code"]) == (409, "no_current_certificate")
    first = citizen.accept(request_id).json
    request_id = citizen.ask(request_body()).json["request_id"]
    assert citizen.transcript(request_id).json["current_certificate"] == {
        "virtual_code": first["virtual_code"],
        "issued_at": first["issued_at"],
        "same_content": True,
    }
    again = citizen.have_again(request_id)
    assert again.status == 200
    assert {**again.json, "pdf_url": ""} == {**first, "pdf_url": "", "email": None}
    assert state_of(citizen, first) == VALID, "nothing new was issued"


def test_a_download_link_that_was_changed_or_is_for_something_else_opens_nothing(citizen: Citizen) -> None:
    link = citizen.obtain(request_body())["pdf_url"]
    for changed in (
        link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        link.replace("X-Amz-Signature=", "X-Amz-Signature=0"),
        link.split("?")[0],
        link.replace("/_local/pdfs/", "/_local/pdfs/x"),
    ):
        assert citizen.call("GET", changed).status == 403


def test_a_code_is_verified_however_people_write_it(citizen: Citizen) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    for written in (
        code.lower(),
        f"{code[:4]} {code[4:]}",
        f"{code[:4]}-{code[4:]}",
        code.replace("0", "O").replace("1", "l"),
    ):
        assert citizen.verify(written, STUDENT["document_number"]).json["certificate"]["virtual_code"] == code
