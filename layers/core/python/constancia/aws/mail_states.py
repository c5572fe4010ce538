"""The mail states of the certificates, kept in their items: what became of each e-mail about them."""

import secrets
import time
from contextlib import suppress

from constancia.aws.certificates import HAS_EMAIL, ISSUED, Certificates, mail_state_of
from constancia.aws.dynamodb import ConditionFailed, perform, transact
from constancia.aws.event_log import EventLog
from constancia.certificate import NO_ADDRESS
from constancia.certifying import delivery
from constancia.event_log import Event


class CertificateMail(Certificates):
    """The mail states of the certificates: see `MailStateRepository` and `ResendRepository` in `certifying`."""

    def __init__(self, events: EventLog, news: str = delivery.ISSUED) -> None:
        """
        Args:
            events: the event log.
            news: which e-mails the states are of, one of `delivery.NEWS`.
        """
        super().__init__()
        self.events = events
        self.state = mail_state_of(news)
        self.by = f"{self.state}_by"
        self.names = {"#mail": self.state, "#since": f"{self.state}_since"}

    def claim(self, code: str) -> str | None:
        """Sets the mail state to `sending` if there is none or it is `refused` and gives None; else gives the state.

        Of a certificate without an e-mail address it gives `no_address`, and changes nothing.
        """
        mine = secrets.token_hex(8)
        claimed = self.update(
            code,
            "SET #mail = :sending, #since = :now, #by = :mine",
            {
                ":sending": delivery.SENDING,
                ":refused": delivery.REFUSED,
                ":now": int(time.time()),
                ":mine": mine,
                ":text": "S",
            },
            f"{HAS_EMAIL} AND (attribute_not_exists(#mail) OR #mail = :refused)",
            {**self.names, "#by": self.by},
        )
        try:
            perform(claimed, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            if not refused.item.get("email"):
                return NO_ADDRESS
            if refused.item.get(self.by) == mine:
                # A try of the same call whose answer was lost has claimed it already.
                return None
            return str(refused.item.get(self.state, delivery.UNKNOWN))
        return None

    def claim_again(self, code: str) -> bool:
        """Sets the mail state to `sending`, unless somebody is sending at this moment; False if so."""
        now = int(time.time())
        claimed = self.update(
            code,
            "SET #mail = :sending, #since = :now",
            {
                ":sending": delivery.SENDING,
                ":issued": ISSUED,
                ":now": now,
                ":ended": now - delivery.SENDING_TAKES,
                ":text": "S",
            },
            f"#state = :issued AND {HAS_EMAIL} "
            "AND (attribute_not_exists(#mail) OR #mail <> :sending OR #since < :ended)",
            {"#state": "state", **self.names},
        )
        try:
            perform(claimed)
        except ConditionFailed:
            return False
        return True

    def release(self, code: str) -> None:
        """Takes the mail state `sending` back, as if nobody had claimed."""
        released = self.update(
            code,
            "REMOVE #mail, #since, #by",
            {":sending": delivery.SENDING},
            "#mail = :sending",
            {**self.names, "#by": self.by},
        )
        # A try of the same call whose answer was lost has released it already.
        with suppress(ConditionFailed):
            perform(released)

    def settle(self, code: str, state: str, event: Event) -> None:
        """Sets the mail state that follows `sending` and writes the event, both or neither."""
        settled = self.update(
            code,
            "SET #mail = :state",
            {":state": state},
            "attribute_exists(virtual_code)",
            {"#mail": self.state},
        )
        transact(settled, self.events.append(event))

    def mark_returned(self, code: str, state: str) -> str | None:
        """Sets the mail state of an e-mail that left, or may have: see `delivery.ReturnedMailRepository`."""
        marked = self.update(
            code,
            "SET #mail = :state",
            {":state": state, ":sent": delivery.SENT, ":unknown": delivery.UNKNOWN},
            "#mail IN (:state, :sent, :unknown)",
            {"#mail": self.state},
        )
        try:
            perform(marked, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ConditionFailed as refused:
            return refused.item.get(self.state)
        return state

    def record(self, event: Event, unique: str) -> None:
        """Writes an event; the same again changes nothing."""
        self.events.record(event, unique)
