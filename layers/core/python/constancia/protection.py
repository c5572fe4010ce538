"""The protection of one student, for whom nobody asks over the internet; see `constancia.asking.protection_list`."""

from typing import NamedTuple


class Protection(NamedTuple):
    """The protection of one student, in force until it is ended."""

    document_number: str
    since: str
    """Lima time, ISO 8601."""
    by: str
    """Which operator added it, as their console states it; the proof is the trail of operators' calls."""
    reason: str
    """The number of the court's file; it names nobody."""
    ended_at: str | None = None
    """Lima time, ISO 8601; None while it is in force."""
    ended_by: str | None = None
    end_reason: str | None = None
