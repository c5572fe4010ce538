"""A wrong mark, from the preview to the school's list, the load that corrects it, and the e-mail to who asked."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from constancia import lima

from infra.console import main
from infra.console.services import Local
from infra.local import service
from tests.journeys.citizen import Answer, Citizen, request_body
from tests.journeys.conftest import Correct

ASKED = {"year": 2016, "group": "area", "name": "ARTE Y CULTURA", "should_be": "AD", "comment": None}
"""A mark of the documentation's student in her oldest year; a load corrects the one at place 0."""
SCHOOL = "I.E. 1101 SAN JOSÉ"


def begun(citizen: Citizen, **changes: Any) -> str:
    """A request whose transcript was shown."""
    request_id = str(citizen.ask(request_body(**changes)).json["request_id"])
    assert citizen.transcript(request_id).status == 200
    return request_id


def correct_mark(citizen: Citizen, request_id: str, **changes: Any) -> Answer:
    path = f"/api/requests/{request_id}/corrections"
    return citizen.post(path, {**ASKED, **changes}, citizen.authorization(request_id))


def follow_up(running: service.Service) -> tuple[str, dict[str, Any]]:
    """What the schedule does in the night; the day that it is about, and its answer."""
    now = lima.now()
    answer = Local(running.url).call("keep_corrections", {"at": now.isoformat()})
    return str(now.date() - timedelta(1)), answer


def types(running: service.Service, *words: str) -> str:
    return str(CliRunner().invoke(main, [*words, "--local", running.url]).stdout)


def test_a_wrong_mark_reaches_its_school_and_is_told_once_it_is_corrected(
    running: service.Service, citizen: Citizen, correct: Correct
) -> None:
    correct(0, "B")
    request_id = begun(citizen)
    asked = correct_mark(citizen, request_id, comment="En la libreta dice AD")
    assert (asked.status, set(asked.json)) == (201, {"ticket", "school_name", "year"})
    assert (asked.json["school_name"], asked.json["year"], len(asked.json["ticket"])) == (SCHOOL, 2016, 8)
    assert asked.headers["Cache-Control"] == "no-store"
    again = correct_mark(citizen, request_id, should_be="A")
    assert (again.status, again.json) == (200, asked.json)
    other_parent = correct_mark(citizen, begun(citizen))
    assert (other_parent.status, other_parent.json) == (200, asked.json)
    ticket = asked.json["ticket"]

    listed = types(running, "corrections", "--school", "0110101")
    assert f"{ticket}  " in listed
    assert "DNI 71705600, 2016, ARTE Y CULTURA: dice B, debería ser AD (En la libreta dice AD)" in listed
    assert "No hay ninguna corrección abierta." in types(running, "corrections", "--school", "0219872")
    (row,) = csv.DictReader(io.StringIO(types(running, "corrections", "--csv").removeprefix("\ufeff")))
    assert (row["solicitud"], row["colegio"], row["nota"], row["debería ser"]) == (ticket, SCHOOL, "B", "AD")
    (kept,) = json.loads(types(running, "corrections", "--json"))["corrections"]
    assert kept["ticket"] == ticket
    assert "ana@example.com" not in json.dumps(kept)

    day, done = follow_up(running)
    assert done == {"schools": 1, "sent": 0, "left": 0}
    file = citizen.call("GET", f"/_local/reports/corrections/{day}/0110101.csv")
    assert ticket in file.body.decode("utf-8-sig")
    report = types(running, "report", day)
    assert "Correcciones abiertas: 1 (menos de 7 días: 1, de 7 a 30 días: 0, más de 30 días: 0)" in report

    correct(0, "AD")
    assert follow_up(running)[1] == {"schools": 0, "sent": 1, "left": 0}
    assert follow_up(running)[1] == {"schools": 0, "sent": 0, "left": 0}
    (mail,) = [mail for mail in citizen.outbox() if ticket in mail["subject"]]
    assert (mail["to"], SCHOOL in mail["text"]) == ("ana@example.com", True)
    assert "No hay ninguna corrección abierta." in types(running, "corrections")

    # Whoever sees it wrong once more asks once more.
    anew = correct_mark(citizen, begun(citizen), should_be="A")
    assert (anew.status, anew.json["ticket"] == ticket) == (201, False)


def test_nothing_is_taken_without_the_token_or_before_the_preview(citizen: Citizen) -> None:
    request_id = citizen.ask(request_body()).json["request_id"]
    assert correct_mark(citizen, request_id).json["code"] == "transcript_not_confirmed"
    path = f"/api/requests/{request_id}/corrections"
    for headers in ({}, {"Authorization": "Bearer other"}):
        assert citizen.post(path, ASKED, headers).json["code"] == "request_not_found"
    form = citizen.call("POST", path, b"year=2016", "application/x-www-form-urlencoded")
    assert (form.status, form.json["code"]) == (415, "unsupported_media_type")


def test_nothing_is_taken_before_the_code(citizen: Citizen) -> None:
    asked = citizen.ask(
        {
            **request_body(
                applicant={
                    "kind": "student",
                    "document_number": "78000008",
                    "birth_date": "2009-12-31",
                    "father_given_names": "RENÉ ÉTIENNE",
                    "mother_given_names": "ZOË ANNE-MARIE",
                },
                student=None,
            )
        }
    )
    assert asked.json["confirmation"]
    refused = correct_mark(citizen, asked.json["request_id"])
    assert (refused.status, refused.json["code"]) == (409, "confirmation_needed")


def test_every_wrong_field_is_told_in_words_and_a_cell_that_was_not_shown_too(citizen: Citizen) -> None:
    request_id = begun(citizen)
    wrong = correct_mark(citizen, request_id, year="2016", group="x", name=None, should_be="", comment="ñ" * 251)
    assert wrong.status == 422
    assert [error["field"] for error in wrong.json["errors"]] == ["year", "group", "name", "should_be", "comment"]
    assert all(error["detail"] for error in wrong.json["errors"])
    unseen = correct_mark(citizen, request_id, year=2022)
    assert (unseen.json["code"], unseen.json["errors"][0]["field"]) == ("invalid_fields", "year")


def test_a_request_may_say_so_of_twenty_marks(citizen: Citizen) -> None:
    request_id = begun(citizen)
    shown = citizen.transcript(request_id).json
    cells = [
        (column["year"], group["group"], row["name"])
        for column in shown["columns"]
        for group in shown["groups"]
        for row in group["rows"]
    ][::-1]
    assert len(cells) > 21
    statuses = [
        correct_mark(citizen, request_id, year=year, group=group, name=name).status for year, group, name in cells[:21]
    ]
    assert statuses == [201] * 20 + [429]


@pytest.mark.parametrize("at", ["2026-03-02T07:30:00Z"])
def test_the_night_of_a_schedule_is_about_the_day_before(running: service.Service, citizen: Citizen, at: str) -> None:
    correct_mark(citizen, begun(citizen), name="MATEMÁTICA")
    Local(running.url).call("keep_corrections", {"at": at})
    day = datetime.fromisoformat(at).astimezone(lima.LIMA).date() - timedelta(1)
    assert str(day) == "2026-03-01"
    assert citizen.call("GET", f"/_local/reports/corrections/{day}/0110101.csv").status == 200
