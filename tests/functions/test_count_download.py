"""Downloads are counted once each, without who."""

from datetime import UTC, datetime

from infra.local.views import Views
from tests.functions.conftest import Invoke, event


def test_a_download_told_twice_is_counted_once(invoke: Invoke) -> None:
    read = event("count_download", "download")
    read["detail"]["eventTime"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"  # the view shows what is of today
    for _ in range(2):
        invoke("count_download", read)
    (entry,) = Views("").event_log()
    assert (entry["name"], entry["virtual_code"]) == ("certificate_downloaded", "C2CC652Z")
    assert set(entry) == {"day_shard", "time", "name", "virtual_code"}
