"""The one line that the portal's pages show while something does not work: what, since when, in Spanish and English."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from constancia import event_log, lima
from constancia.asking.request import BY_CONTACT
from constancia.errors import TemporarilyUnavailable

WINDOW = timedelta(minutes=10)
"""The events of so long tell whether something works."""
MANY = 20
"""Fewer tries in that time tell nothing: one person alone may fail as often."""
GOOD_FOR = timedelta(minutes=11)
"""How long a line is shown unless a later run says it again: two runs, and a minute in which CloudFront keeps it."""

SERVICE, REQUESTS, VERIFICATIONS, CODES, MAIL = "service", "requests", "verifications", "codes", "mail"
"""What may be down, the worst first."""
NAMES = (
    event_log.REQUEST_ACCEPTED,
    event_log.REQUEST_REFUSED,
    event_log.CODE_DRAWN,
    event_log.CERTIFICATE_ISSUED,
    event_log.CERTIFICATE_VERIFIED,
    event_log.VERIFICATION_REFUSED,
    event_log.MAIL_SENT,
)
"""The events that tell it."""

LINES = {
    SERVICE: (
        "El servicio tiene problemas {since}. Lo que escribiste no se pierde.",
        "The service has had problems since {since}. Nothing that you typed is lost.",
    ),
    REQUESTS: (
        "Pedir la constancia está fallando {since}. Lo que escribiste no se pierde: intenta más tarde.",
        "Requests have been failing since {since}. Nothing that you typed is lost: try again later.",
    ),
    VERIFICATIONS: (
        "Verificar constancias está fallando {since}. Intenta más tarde.",
        "Verification has been failing since {since}. Try again later.",
    ),
    CODES: (
        "Los códigos de confirmación están tardando {since}. Espera antes de pedir otro.",
        "Confirmation codes have been late since {since}. Wait before you ask for another one.",
    ),
    MAIL: (
        "Los correos están tardando {since}. Tu constancia la puedes descargar aquí mismo.",
        "E-mails have been late since {since}. You can download your certificate right here.",
    ),
}


class ServiceStateRepository(Protocol):
    """The published line."""

    def read(self) -> dict[str, Any] | None:
        """What is published, or None before the first time."""
        ...

    def publish(self, state: dict[str, Any]) -> None:
        """Puts a state in its place."""
        ...


def what_is_down(events: Iterable[Mapping[str, str]]) -> str | None:
    """What does not work, by the events of the last minutes (with `name` and facts); None where all seems well.

    A service that answers "try again" as often as it does what it is asked for does not work; nor does one whose work
    does not appear at all: no code that comes back, no e-mail that leaves.
    """
    counted: Counter[str | tuple[str, str]] = Counter(map(_kind_of, events))
    failing = TemporarilyUnavailable.code
    accepted = counted[event_log.REQUEST_ACCEPTED] + counted[BY_CONTACT]
    if counted[event_log.REQUEST_REFUSED, failing] >= max(MANY, accepted):
        return REQUESTS
    if counted[event_log.VERIFICATION_REFUSED, failing] >= max(MANY, counted[event_log.CERTIFICATE_VERIFIED]):
        return VERIFICATIONS
    if counted[event_log.CODE_DRAWN] >= MANY and not counted[BY_CONTACT]:
        return CODES
    if counted[event_log.CERTIFICATE_ISSUED] >= MANY and not counted[event_log.MAIL_SENT]:
        return MAIL
    return None


def _kind_of(event: Mapping[str, str]) -> str | tuple[str, str]:
    """What an event counts as: its name, for a refusal with the reason; a code that came back is a kind of its own."""
    name = event["name"]
    if "reason" in event:
        return name, event["reason"]
    return BY_CONTACT if name == event_log.REQUEST_ACCEPTED and event.get("assurance") == BY_CONTACT else name


def publish_state(down: str | None, moment: datetime, published: ServiceStateRepository) -> None:
    """Publishes what is down, or that nothing is; what is published already is not written again.

    Args:
        down: what does not work, or None.
        moment: Lima time.
        published: the line. It keeps its beginning as long as each run finds the same thing down.
    """
    before = published.read()
    state: dict[str, Any] = {}
    if down:
        goes_on = before and before.get("down") == down and before["until"] >= moment.timestamp()
        since = datetime.fromisoformat(before["since"]) if before and goes_on else moment
        spanish, english = LINES[down]
        state = {
            "down": down,
            "since": since.isoformat(timespec="minutes"),
            "until": int((moment + GOOD_FOR).timestamp()),
            "says": {
                "es": spanish.format(since=_since(since, moment)),
                "en": english.format(since=f"{since:%H:%M}" if since.date() == moment.date() else f"{since:%Y-%m-%d}"),
            },
        }
    if state != before:
        published.publish(state)


def _since(since: datetime, moment: datetime) -> str:
    """`desde las 10:40`, `desde la 1:05`, or `desde el 25 de noviembre de 2026` once it is another day."""
    if since.date() != moment.date():
        return f"desde el {lima.written_day(since.date())}"
    return f"desde {'la' if since.hour == 1 else 'las'} {since.hour}:{since:%M}"
