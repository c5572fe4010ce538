"""The protection list: students for whom nobody asks over the internet, because a court ordered so.

Operators keep it. A request for such a student is refused like any whose identity is not confirmed, and a request that
was accepted before ends. Certificates that exist can be verified as before: who holds one knows what it says, and the
student may need it; an operator annuls one that is in the wrong hands.
"""

from datetime import datetime
from typing import Any, Protocol

from constancia.errors import NotProtected
from constancia.fields import Fields
from constancia.people import DOCUMENT_NUMBER
from constancia.protection import Protection

ADD, REMOVE, LIST = "add", "remove", "list"
LONGEST_REASON, LONGEST_OPERATOR = 300, 200
"""Characters."""


class ProtectionRepository(Protocol):
    """The protection list."""

    def add(self, protection: Protection) -> bool:
        """Protects a student; False, and nothing changes, if the student is protected already."""
        ...

    def end(self, document_number: str, moment: datetime, by: str, reason: str) -> bool:
        """Ends the protection of a student; False if none is in force."""
        ...

    def protection(self, document_number: str) -> Protection | None:
        """The newest protection of a student, ended or not, or None."""
        ...

    def listed(self) -> list[Protection]:
        """All protections in force, and those that ended in the last 400 days."""
        ...


def keep_list(command: dict[str, Any], moment: datetime, *, protections: ProtectionRepository) -> dict[str, Any]:
    """Adds a student to the protection list, takes one off, or shows it, as an operator commands.

    Args:
        command: a JSON object with `command` (`add`, `remove` or `list`) and, unless that is `list`, `document_number`,
            `reason` and `operator`.
        moment: Lima time.
        protections: the list.

    Returns:
        A JSON object: `protections` for a list, else `protection` and `changed`, whether this call changed it.

    Raises:
        InvalidFields: some fields are missing or wrong; with all of them.
        NotProtected: the student who is to be taken off the list was never on it.
    """
    fields = Fields(command)
    if fields.choice("command", (ADD, REMOVE, LIST)) == LIST:
        return {"protections": [protection._asdict() for protection in protections.listed()]}
    number = fields.matching("document_number", DOCUMENT_NUMBER)
    reason, operator = fields.text("reason", LONGEST_REASON), fields.text("operator", LONGEST_OPERATOR)
    fields.check()
    if command["command"] == ADD:
        changed = protections.add(Protection(number, moment.isoformat(timespec="seconds"), operator, reason))
    else:
        changed = protections.end(number, moment, operator, reason)
    protection = protections.protection(number)
    if protection is None:
        raise NotProtected
    return {"protection": protection._asdict(), "changed": changed}
