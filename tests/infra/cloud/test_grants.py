"""Every grant is needed and every call is granted: the functions do all they can, and a ledger is kept."""

import pytest

from infra import parts, wiring
from tests.infra.cloud.ledger import Call, Ledger
from tests.infra.cloud.life import live

FORBIDDEN = "without it S3 says of what is not there that it is forbidden"
NEVER_CALLED = {
    ("ingest_records", "AbortMultipartUpload", "inbox"): "gives up a file that it could write but half",
    ("answer_file", "AbortMultipartUpload", "inbox"): "gives up answers that it could write but half",
    ("render_certificate", "ListBucket", "seals"): FORBIDDEN,
    ("publish_keys", "ListBucket", "seals"): FORBIDDEN,
    ("keep_keys", "ListBucket", "seals"): FORBIDDEN,
    ("log_certificates", "ListBucket", "public_log"): FORBIDDEN,
    ("audit_log", "ListBucket", "public_log"): FORBIDDEN,
    ("audit_log", "ListBucket", "reports"): FORBIDDEN,
    ("publish_status_list", "ListBucket", "status_list"): FORBIDDEN,
    ("report_issuance", "ListBucket", "reports"): FORBIDDEN,
    ("try_service", "ListBucket", "service_state"): FORBIDDEN,
}
"""What is granted though nothing calls it on a good day, and why."""


def covers(grant: parts.Grant, call: Call) -> bool:
    return (
        grant.resource == call.resource
        and grant.index == call.index
        and call.action in grant.actions
        and (not grant.keys or not call.key or call.key.startswith(grant.keys))
    )


@pytest.fixture
def ledger(aws: None) -> Ledger:
    with Ledger().open() as ledger:
        live(ledger)
    return ledger


def test_nothing_is_called_that_is_not_granted_and_nothing_granted_that_is_never_called(ledger: Ledger) -> None:
    ungranted = {
        call for call in ledger.calls if not any(covers(grant, call) for grant in wiring.function(call.function).grants)
    }
    unused = {
        (function.name, action, grant.resource)
        for function in wiring.FUNCTIONS
        for grant in function.grants
        for action in grant.actions
        if not any(
            call.function == function.name and call.action == action and covers(grant, call) for call in ledger.calls
        )
    }
    assert (ungranted, unused - set(NEVER_CALLED)) == (set(), set())


def test_no_function_scans_but_the_audit_of_the_public_log(ledger: Ledger) -> None:
    """Every read is by key or index; only whoever looks for certificates that nobody knows of must read all."""
    called = {(exchange.function, reply.operation) for exchange in ledger.exchanges for reply in exchange.replies}
    assert {function for function, operation in called if operation == "Scan"} == {"audit_log"}
    assert {"GetItem", "Query", "BatchGetItem"} <= {operation for _, operation in called}
