"""The days of institutions: how many questions each has asked, in the table of counters, which ends them by itself."""

from contextlib import suppress
from datetime import datetime

from constancia.aws.attempts import seconds_to_the_end
from constancia.aws.dynamodb import ConditionFailed, perform, transact
from constancia.aws.repository import Repository
from constancia.errors import QuotaExceeded
from constancia.guarding.attempts import Counter
from constancia.verifying.list_answers import BegunList


class Quotas(Repository):
    """The counters of institutions' days: see `constancia.verifying.list_answers.QuotaRepository`, and of files
    `constancia.verifying.file_answers.FileQuotaRepository`.

    A counter holds the number of questions and, while a list is being answered, an attribute of the list's own with the
    moment when it was begun. One conditional write adds both.
    """

    def __init__(self) -> None:
        super().__init__("ATTEMPTS_TABLE", "subject")

    def charge(self, counter: Counter, name: str, number: int) -> None:
        """Charges a file of questions, once: see `constancia.verifying.file_answers.FileQuotaRepository.charge`.

        An item of the file's own goes with it and stays until the day ends, so that whoever charges it again, however
        late, finds it.
        """
        charged = {"subject": f"{counter.key}#{name}", "ends_at": counter.ends_at}
        room, fits = _fits(counter, number)
        counted = self.update(
            counter.key,
            "ADD questions :number SET ends_at = :end",
            {":number": number, ":room": room, ":end": counter.ends_at},
            fits,
        )
        try:
            transact(self.put(charged, "attribute_not_exists(subject)"), counted)
        except ConditionFailed as refused:
            if 0 in refused.failed:
                return
            used = (self.get(counter.key) or {}).get("questions", 0)
            raise QuotaExceeded(seconds_to_the_end(counter), max(0, counter.most - used)) from refused

    def begin(self, counter: Counter, call: str, number: int, moment: datetime) -> BegunList:
        """Charges a list, once; see `QuotaRepository.begin`."""
        room, fits = _fits(counter, number)
        begun = self.update(
            counter.key,
            "ADD questions :number SET #call = :moment, ends_at = :end",
            {":number": number, ":room": room, ":moment": moment.isoformat(), ":end": counter.ends_at},
            f"attribute_not_exists(#call) AND ({fits})",
            {"#call": _attribute(call)},
        )
        try:
            answer = perform(begun, ReturnValues="UPDATED_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            used = int(refused.item.get("questions", 0))
            before = refused.item.get(_attribute(call))
            if before is None:
                raise QuotaExceeded(seconds_to_the_end(counter), max(0, counter.most - used)) from refused
            return BegunList(datetime.fromisoformat(before), used)
        return BegunList(moment, int(answer["Attributes"]["questions"]["N"]))

    def settle(self, counter: Counter, call: str) -> None:
        """Ends a list that was answered."""
        names = {"#call": _attribute(call)}
        perform(self.update(counter.key, "SET ends_at = :end REMOVE #call", {":end": counter.ends_at}, None, names))

    def give_back(self, counter: Counter, call: str, number: int) -> None:
        """Ends a list that could not be answered, and takes its questions off the day, once."""
        given_back = self.update(
            counter.key,
            "ADD questions :less SET ends_at = :end REMOVE #call",
            {":less": -number, ":end": counter.ends_at},
            "attribute_exists(#call)",
            {"#call": _attribute(call)},
        )
        with suppress(ConditionFailed):
            perform(given_back)


def _fits(counter: Counter, number: int) -> tuple[int, str]:
    """How many questions a day may have for so many more, and the condition that it has no more than `:room`."""
    room = counter.most - number
    return room, "attribute_not_exists(questions) OR questions <= :room" if room >= 0 else "questions <= :room"


def _attribute(call: str) -> str:
    return f"list {call[:32]}"
