"""Downloads are counted once each, without who."""

from datetime import date

from infra.local.views import Views
from tests.functions.conftest import Invoke, event


def test_a_download_told_twice_is_counted_once(invoke: Invoke) -> None:
    for _ in range(2):
        invoke("count_download", event("count_download", "download"))
    views = Views("")
    views.started = date(2026, 11, 23)  # the day of the event
    (entry,) = views.event_log()
    assert (entry["name"], entry["virtual_code"]) == ("certificate_downloaded", "C2CC652Z")
    assert set(entry) == {"day_shard", "time", "name", "virtual_code"}
