"""The service is tried from outside with a known certificate: no verification is counted, every fault is named."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
from constancia import event_log, lima
from constancia.aws.event_log import EventLog
from constancia.verifying.service_state import MANY

from infra.local import storage
from infra.local.runtime import Runtime
from infra.local.service import Service, environment
from tests.journeys.citizen import Citizen, request_body

STUDENT = "71705600"


def run_trial(url: str, code: str) -> Any:
    with environment({"PORTAL_URL": url, "TRIAL_CODE": code, "TRIAL_DOCUMENT": STUDENT}):
        return Runtime().invoke("try_service", {})


def test_a_known_certificate_is_verified_from_outside_and_counts_as_no_verification(
    running: Service, citizen: Citizen
) -> None:
    code = citizen.obtain(request_body())["virtual_code"]
    assert run_trial(running.url, code) == {"tried": True, "faults": [], "down": None}
    of_code = [
        entry["name"] for entry in citizen.call("GET", "/_local/events").json if entry.get("virtual_code") == code
    ]
    assert "certificate_shown" in of_code
    assert "certificate_verified" not in of_code


def test_what_a_citizen_would_meet_is_named(running: Service, citizen: Citizen) -> None:
    unknown = run_trial(running.url, "DYNGXN2B")
    assert unknown["faults"] == ["/api/verifications answers 404 and not valid"]
    nobody = run_trial("http://127.0.0.1:9", "DYNGXN2B")
    assert nobody["faults"] == ["/verificar/ answers 0", "/api/captcha answers 0"]


def test_without_a_known_certificate_nothing_is_tried(running: Service) -> None:
    assert run_trial("http://127.0.0.1:9", "") == {"tried": False, "faults": [], "down": None}


def test_pages_are_told_what_is_down_and_since_when_until_it_is_well(running: Service, citizen: Citizen) -> None:
    assert run_trial("http://127.0.0.1:9", "DYNGXN2B")["down"] == "service"
    told = citizen.call("GET", "/estado.json")
    assert (told.status, told.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert told.json["says"]["es"].startswith("El servicio tiene problemas desde la")
    again = run_trial("http://127.0.0.1:9", "DYNGXN2B")
    assert (again["down"], citizen.call("GET", "/estado.json").json["since"]) == ("service", told.json["since"])
    code = citizen.obtain(request_body())["virtual_code"]
    assert run_trial(running.url, code)["down"] is None
    assert citizen.call("GET", "/estado.json").json == {}


def test_the_event_log_tells_of_trouble_that_no_trial_meets(running: Service, citizen: Citizen) -> None:
    moment = lima.now()
    log = EventLog()
    for number in range(MANY):
        refused = event_log.event(event_log.REQUEST_REFUSED, moment, reason="temporarily_unavailable")
        log.record(refused, unique=f"trouble {number}")
    try:
        assert run_trial(running.url, "")["down"] == "requests"
        assert "Pedir la constancia está fallando" in citizen.call("GET", "/estado.json").json["says"]["es"]
    finally:
        for day in event_log.partitions_of(moment.date()):
            for entry in _troubles(day):
                _delete(entry)
    assert run_trial(running.url, "")["down"] is None


def _troubles(partition: str) -> list[dict[str, Any]]:
    found = boto3.client("dynamodb", region_name=storage.REGION).query(
        TableName=storage.names()["EVENTS_TABLE"],
        KeyConditionExpression="day_shard = :partition",
        ExpressionAttributeValues={":partition": {"S": partition}},
    )["Items"]
    return [{key: item[key] for key in ("day_shard", "time")} for item in found if "#trouble " in item["time"]["S"]]


def _delete(key: dict[str, Any]) -> None:
    boto3.client("dynamodb", region_name=storage.REGION).delete_item(TableName=storage.names()["EVENTS_TABLE"], Key=key)


def test_where_no_program_can_give_the_proof_the_trial_ends_at_its_refusal(running: Service) -> None:
    class Google(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"success": false}')

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Google) as google:
        threading.Thread(target=google.serve_forever).start()
        address = f"http://127.0.0.1:{google.server_port}"
        proof = {"HUMAN_PROOF": "recaptcha", "RECAPTCHA_SITE_KEY": "key", "RECAPTCHA_SECRET": "secret"}
        with environment({**proof, "RECAPTCHA_URL": address}):
            assert run_trial(running.url, "DYNGXN2B")["faults"] == []
        google.shutdown()
