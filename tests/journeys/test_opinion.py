"""After the download: how easy it was is counted once for a request, by whoever has its token, and named by nobody."""

from infra.console.services import Local
from infra.local.service import Service
from tests.journeys.citizen import Answer, Citizen, request_body


def give(citizen: Citizen, request_id: str, answer: str) -> Answer:
    path = f"/api/requests/{request_id}/opinion"
    return citizen.post(path, {"answer": answer}, citizen.authorization(request_id))


def begun(citizen: Citizen) -> str:
    """A request whose transcript was shown."""
    request_id = str(citizen.ask(request_body()).json["request_id"])
    assert citizen.transcript(request_id).status == 200
    return request_id


def opinions(citizen: Citizen) -> list[dict[str, str]]:
    entries = citizen.call("GET", "/_local/events").json
    return [entry for entry in entries if entry["name"] == "opinion_given"]


def test_an_opinion_is_counted_once_for_a_request_and_is_in_the_days_report(running: Service, citizen: Citizen) -> None:
    request_id = begun(citizen)
    assert citizen.accept(request_id).status == 201
    before = len(opinions(citizen))
    for answer in ("easy", "hard", "easy"):
        kept = give(citizen, request_id, answer)
        assert (kept.status, kept.json) == (200, {"answer": "easy"}), "the first one stays"
    counted = opinions(citizen)
    assert len(counted) == before + 1
    assert set(counted[-1]) == {"day_shard", "time", "name", "answer"}, "it names no certificate and no level"
    give(citizen, begun(citizen), "hard")
    day = counted[-1]["day_shard"].partition("#")[0]
    report = Local(running.url).call("report_issuance", {"period": "day", "of": day})
    assert report["opinions"] == {"easy": before + 1, "hard": 1}
    assert report["totals"]["opinion_given"]["now"] == before + 2


def test_strangers_and_those_who_saw_nothing_have_no_opinion(citizen: Citizen) -> None:
    before = len(opinions(citizen))
    request_id = str(citizen.ask(request_body()).json["request_id"])
    assert give(citizen, request_id, "easy").json["code"] == "transcript_not_confirmed"
    citizen.transcript(request_id)
    path = f"/api/requests/{request_id}/opinion"
    for headers in ({}, {"Authorization": "Bearer other"}):
        assert citizen.post(path, {"answer": "easy"}, headers).json["code"] == "request_not_found"
    for body in ({}, {"answer": "maybe"}, {"answer": ["easy"]}):
        refused = citizen.post(path, body, citizen.authorization(request_id))
        assert [error["field"] for error in refused.json["errors"]] == ["answer"]
    assert len(opinions(citizen)) == before
