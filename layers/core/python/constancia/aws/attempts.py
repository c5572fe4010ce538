"""The counters of attempts and the spent proofs, in their table; both end by themselves."""

import time
from collections.abc import Iterable
from contextlib import suppress

from constancia import settings
from constancia.aws import secrets
from constancia.aws.dynamodb import Action, ConditionFailed, Item, perform, plain, read_keys, transact, wire
from constancia.aws.repository import Repository
from constancia.errors import CaptchaFailed, TooManyAttempts, TooManyCertificates
from constancia.guarding.attempts import DAY, Attempt, Counter, Failures, Limit, counter_of, name_of
from constancia.guarding.human_proof import Proof

_ATTEMPT_DIGITS = 16
"""Digits of the key of a proof that identify its attempt among those of a day."""


class Attempts(Repository):
    """Counters and proofs.

    The counter of a target holds one number for all networks and, by network, the set of its attempts from there. When
    the last attempt of a set is given back, DynamoDB drops the set: networks that succeed leave nothing behind.
    """

    def __init__(self) -> None:
        super().__init__("ATTEMPTS_TABLE", "subject")

    def reserve(self, attempt: Attempt) -> Attempt:
        """Spends the proof and counts the attempt at its target; see `AttemptRepository.reserve`.

        Where all networks together have used up the target's limit, the attempts of each network go on in an item of
        their own: the target's item does not grow any more, and says with `closed` that it is used up.
        """
        try:
            transact(self._spend(attempt.proof), self._count(attempt))
        except ConditionFailed as refused:
            if 0 in refused.failed:
                raise CaptchaFailed from refused
            return self._reserve_apart(attempt)
        return attempt

    def _reserve_apart(self, attempt: Attempt) -> Attempt:
        counter = attempt.target
        kept = self.get(counter.key) or {}
        left = counter.most_here - len(kept.get(counter.network, ()))
        if not attempt.closes and left > 0 and kept.get("failures", 0) >= counter.most:
            apart = counter._replace(key=f"{counter.key}#{counter.network}", most=left, most_here=left)
            attempt = attempt._replace(target=apart, closed=True)
            try:
                transact(self._spend(attempt.proof), self._count(attempt))
            except ConditionFailed as refused:
                if 0 in refused.failed:
                    raise CaptchaFailed from refused
            else:
                return attempt
        self.spend(attempt.proof)
        raise too_many(counter)

    def spend(self, proof: Proof) -> None:
        """Spends a proof by itself.

        Raises:
            CaptchaFailed: it was used before.
        """
        try:
            perform(self._spend(proof))
        except ConditionFailed as refused:
            raise CaptchaFailed from refused

    def _spend(self, proof: Proof) -> Action:
        return self.put({"subject": f"proof#{proof.key}", "ends_at": proof.expires_at}, "attribute_not_exists(subject)")

    def _count(self, attempt: Attempt) -> Action:
        counter = attempt.target
        return self.update(
            counter.key,
            "ADD failures :one, #here :this SET ends_at = :end",
            {
                ":one": 1,
                ":end": counter.ends_at,
                ":most": counter.most,
                ":this": {attempt.proof.key[:_ATTEMPT_DIGITS]},
                ":most_here": counter.most_here,
            },
            "(attribute_not_exists(failures) OR failures < :most) AND "
            "(attribute_not_exists(#here) OR size(#here) < :most_here)",
            {"#here": counter.network},
        )

    def reserve_listed(self, attempt: Attempt) -> bool:
        """Counts an attempt of a list at its target; False, and nothing is counted, at a limit.

        It spends no proof: the call of an institution is what identifies it, so that a repetition counts it once.
        """
        counted = self._count(attempt)
        digits = attempt.proof.key[:_ATTEMPT_DIGITS]
        counted.arguments["ConditionExpression"] += (
            " AND (attribute_not_exists(#here) OR NOT contains(#here, :attempt))"
        )
        counted.arguments["ExpressionAttributeValues"].update(wire({":attempt": digits}))
        try:
            perform(counted, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            return digits in refused.item.get(attempt.target.network, ())
        return True

    def failures(self, attempts: Iterable[Attempt]) -> dict[str, Failures]:
        """The failures at the targets of at most a hundred attempts, by the keys of their counters.

        Raises:
            TemporarilyUnavailable: the table did not answer for all of them.
        """
        counters = {attempt.target.key: attempt.target for attempt in attempts}
        read = read_keys([(self.name, {self.key: {"S": key}}) for key in counters])
        found = {item[self.key]["S"]: plain(item) for _, item in read}
        return {
            key: Failures(found.get(key, {}).get("failures", 0), len(found.get(key, {}).get(counter.network, ())))
            for key, counter in counters.items()
        }

    def count_code(self, counter: Counter) -> Action:
        """The action that counts a confirmation code to a contact; its condition fails at the limit."""
        return self.update(
            counter.key,
            "ADD codes :one SET ends_at = :end",
            {":one": 1, ":end": counter.ends_at, ":most": counter.most},
            "attribute_not_exists(codes) OR codes < :most",
        )

    def give_back(self, attempt: Attempt, condition: str | None = None) -> Action:
        """The action that undoes the counting of an attempt at its target."""
        counter = attempt.target
        return self.update(
            counter.key,
            "ADD failures :less DELETE #here :this SET ends_at = :end",
            {":less": -1, ":end": counter.ends_at, ":this": {attempt.proof.key[:_ATTEMPT_DIGITS]}},
            condition,
            {"#here": counter.network},
        )

    def release(self, attempt: Attempt) -> None:
        """Gives an attempt back by itself; a repetition of the call finds it given back and changes nothing."""
        digits = {":attempt": attempt.proof.key[:_ATTEMPT_DIGITS]}
        action = self.give_back(attempt, "contains(#here, :attempt)")
        action.arguments["ExpressionAttributeValues"].update(wire(digits))
        with suppress(ConditionFailed):
            perform(action)

    def question(self, attempt: Attempt) -> Item:
        """What a `BatchGetItem` asks of this table to learn what the network of an attempt has done."""
        return {self.name: {"Keys": [{self.key: {"S": attempt.network.key}}], "ConsistentRead": True}}

    def check_network(self, attempt: Attempt, found: list[Item]) -> None:
        """Judges what such a question found; who is refused has not been evaluated, so the target is given back.

        Raises:
            TooManyAttempts: the network's failures are at their limit.
            TooManyCertificates: so many attempts of the network succeeded that no more may.
        """
        kept = plain(found[0]) if found else {}
        failed = kept.get("failures", 0) >= attempt.network.most
        if failed or (attempt.most_successes and kept.get("successes", 0) >= attempt.most_successes):
            self.release(attempt)
            raise too_many(attempt.network) if failed else TooManyCertificates(seconds_to_the_end(attempt.network))

    def count_failure(self, attempt: Attempt) -> None:
        """Counts an attempt that failed against its network; see `AttemptRepository.count_failure`."""
        if not self.count("failures", attempt.network):
            raise too_many(attempt.network)

    def count_success(self, attempt: Attempt) -> None:
        """Counts an attempt that succeeds against its network; one that may not is no failure, and is given back.

        Raises:
            TooManyCertificates: others of the network reached the limit of successes meanwhile.
        """
        if not self.count("successes", attempt.network._replace(most=attempt.most_successes)):
            self.release(attempt)
            raise TooManyCertificates(seconds_to_the_end(attempt.network))

    def count(self, what: str, counter: Counter) -> bool:
        """Counts one more of something; False, and nothing is counted, where the counter is at its limit."""
        counted = self.update(
            counter.key,
            "ADD #what :one SET ends_at = :end",
            {":one": 1, ":end": counter.ends_at, ":most": counter.most},
            "attribute_not_exists(#what) OR #what < :most",
            {"#what": what},
        )
        try:
            perform(counted, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            # Below the limit nothing refuses but this very write, repeated after its answer was lost.
            return int(refused.item.get(what, counter.most)) < counter.most
        return True


def too_many(counter: Counter) -> TooManyAttempts:
    """The refusal of an attempt whose counter is at its limit."""
    return TooManyAttempts(seconds_to_the_end(counter))


def seconds_to_the_end(counter: Counter) -> int:
    """Seconds until a counter's window ends, at least one."""
    return max(1, counter.ends_at - int(time.time()))


class MailLimit:
    """The e-mails to each address, counted under an HMAC of it: see `constancia.certifying.delivery.MailLimit`."""

    def __init__(self, attempts: Attempts) -> None:
        self.attempts = attempts

    def may_send(self, address: str) -> bool:
        """Counts an e-mail to an address; False, and nothing is counted, if it has had those of the day."""
        return self.attempts.count("mails", self._counter(address))

    def give_back(self, address: str) -> None:
        """Undoes the counting of an e-mail that did not leave."""
        given_back = self.attempts.update(
            self._counter(address).key, "ADD mails :less", {":less": -1, ":none": 0}, "mails > :none"
        )
        # A counter of the day before has ended.
        with suppress(ConditionFailed):
            perform(given_back)

    def _counter(self, address: str) -> Counter:
        limit = Limit(settings.number("MAILS_ADDRESS"), DAY)
        name = f"mails#{name_of(secrets.counters_key(), 'MAIL', 'address', address.casefold())}"
        return counter_of(name, limit, int(time.time()))
