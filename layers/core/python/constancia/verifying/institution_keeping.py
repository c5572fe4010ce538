"""What operators do with institutions: register one, give it a new key, revoke it, and list them."""

from datetime import datetime
from typing import Any, Protocol

from constancia.errors import InstitutionNotFound
from constancia.fields import INVALID, Fields, has_letter
from constancia.verifying.institutions import ID, Institution, InstitutionReader, draw_id, draw_key, hash_of

ADD, ROTATE, REVOKE, LIST = "add", "rotate", "revoke", "list"
LONGEST_NAME, LONGEST_PURPOSE, LONGEST_OPERATOR = 120, 300, 200
"""Characters."""
LARGEST_QUOTA = 1_000_000
"""Questions a day."""


class InstitutionRepository(InstitutionReader, Protocol):
    """The institutions, as operators keep them."""

    def add(self, institution: Institution) -> bool:
        """Keeps a new institution; False, and nothing changes, if its id is taken."""
        ...

    def change_key(self, institution_id: str, key_hash: str, moment: str) -> bool:
        """Keeps another key in place of the one there is; False if there is no such institution, or it was revoked."""
        ...

    def revoke(self, institution_id: str, moment: str, by: str) -> bool:
        """Ends the use of an institution's key; False if there is no such institution, or it was revoked before."""
        ...

    def listed(self) -> list[Institution]:
        """All institutions, in the order of their names."""
        ...


def keep_institutions(
    command: dict[str, Any], moment: datetime, *, institutions: InstitutionRepository
) -> dict[str, Any]:
    """Registers, lists or revokes institutions, or gives one a new key, as an operator commands.

    Args:
        command: a JSON object with `command` (`add`, `rotate`, `revoke` or `list`) and, unless that is `list`,
            `operator`; with `name`, `purpose` and `quota` for `add`, else `institution_id`.
        moment: Lima time.
        institutions: the institutions.

    Returns:
        A JSON object: `institutions` for a list, else `institution` and `changed`, and `key` where one was made. It is
        in no other answer: whoever loses it has another one made.

    Raises:
        InvalidFields: some fields are missing or wrong; with all of them.
        InstitutionNotFound: no institution has that id, or a new key is wanted for a revoked one.
    """
    fields = Fields(command)
    what = fields.choice("command", (ADD, ROTATE, REVOKE, LIST))
    if what == LIST:
        return {"institutions": [shown(institution) for institution in institutions.listed()]}
    operator = fields.text("operator", LONGEST_OPERATOR)
    now = moment.isoformat(timespec="seconds")
    if what == ADD:
        return _add(fields, operator, now, institutions)
    institution_id = fields.of_type("institution_id", str) or ""
    fields.check()
    if not ID.fullmatch(institution_id):
        raise InstitutionNotFound
    made = {}
    if what == ROTATE:
        made["key"] = draw_key(institution_id)
        changed = institutions.change_key(institution_id, hash_of(made["key"]), now)
    else:
        changed = institutions.revoke(institution_id, now, operator)
    found = institutions.institution(institution_id)
    if found is None or (what == ROTATE and not changed):
        raise InstitutionNotFound
    return {"institution": shown(found), "changed": changed, **made}


def _add(fields: Fields, operator: str, now: str, institutions: InstitutionRepository) -> dict[str, Any]:
    name, purpose = fields.text("name", LONGEST_NAME), fields.text("purpose", LONGEST_PURPOSE)
    quota = fields.number("quota", 1, LARGEST_QUOTA)
    if name and not has_letter(name):
        fields.fault("name", INVALID)
    fields.check()
    while True:
        institution_id = draw_id()
        key = draw_key(institution_id)
        made = Institution(institution_id, name, purpose, quota, hash_of(key), now, operator, now)
        if institutions.add(made):
            return {"institution": shown(made), "changed": True, "key": key}


def shown(institution: Institution) -> dict[str, Any]:
    """What operators see of an institution: all but the hash of its key."""
    return {name: value for name, value in institution._asdict().items() if name != "key_hash"}
