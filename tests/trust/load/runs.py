"""A whole measurement, and the outage: each starts the service, runs its phases and audits everything at the end."""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import urlsplit

from constancia.aws import keys, s3
from constancia.certifying import delivery

from infra.local import service as local
from tests import dynamodb_local
from tests.trust import audit
from tests.trust.load import report
from tests.trust.load.analysis import Findings
from tests.trust.load.phases import Load
from tests.trust.load.processes import Parts, service

WARMING_CERTIFICATES, WARMING_VERIFICATIONS = 300, 2000
"""Before anything is measured: Java compiles what runs often."""


class Size(NamedTuple):
    """How much a measurement does, and with how many."""

    verifications: int
    certificates: int
    mix: float
    """Seconds."""
    soak: float
    """Seconds."""
    workers: int
    clients: int
    students: int


def measure(size: Size) -> bool:
    """Runs all phases; whether every figure met its target, no answer failed and the audit found nothing."""
    with (
        dynamodb_local.running("1g", lasting=True) as engine,
        service(engine.url, size.workers, size.students, size.clients) as started,
    ):
        parts = Parts(
            {
                "clients": [os.getpid()],
                "workers": started["workers"],
                "database": [engine.process],
                "mail and files": [started["process"]],
            }
        )
        load = Load(started["url"], size.clients, size.students, parts)
        warming = [load.certificates(WARMING_CERTIFICATES), load.verifications(WARMING_VERIFICATIONS)]
        phases = [load.certificates(size.certificates)]
        report.phase(f"certificates, {size.clients} clients", phases[-1])
        met = [report.against_target("certificate p95 ms", phases[-1].quantile("certificate", 0.95), at_least=False)]
        if size.verifications:
            phases.append(load.verifications(size.verifications))
            report.phase(f"verifications, {size.clients} clients", phases[-1])
            report.processor_time_of_one(phases[-1], size.verifications)
            a_second, p99 = size.verifications / phases[-1].wall, phases[-1].quantile("verification", 0.99)
            met += [
                report.against_target("verifications a second", a_second, at_least=True),
                report.against_target("verification p99 ms", p99, at_least=False),
            ]
        for name, seconds in (("mix", size.mix), ("soak", size.soak)):
            if seconds:
                phases.append(load.mix(seconds))
                title = f"the {name}: 70 % verifications, 20 % certificates, 10 % wrong; proofs included"
                report.phase(title, phases[-1])
        failed = report.errors([*warming, *phases])
        faults = faults_of(load, started)
        return not faults and not failed and not any(phase.wrong for phase in phases) and all(met)


def outage(seconds: float, *, workers: int = 2, clients: int = 6, students: int = 200) -> tuple[Findings, list[str]]:
    """Runs the mix while a worker is killed, and then the database ends and is started again.

    Returns:
        What the clients found, and the faults that the audit found at the end.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as engines:
        first = engines.enter_context(dynamodb_local.running("512m", folder=Path(folder)))
        with service(first.url, workers, students, clients) as started:
            load = Load(started["url"], clients, students)
            load.certificates(2 * clients)

            def strike() -> None:
                time.sleep(seconds / 3)
                os.kill(started["workers"][0], signal.SIGKILL)
                time.sleep(seconds / 3)
                first.stop()
                time.sleep(2)
                engines.enter_context(
                    dynamodb_local.running("512m", folder=Path(folder), port=urlsplit(first.url).port or 0)
                )

            striking = threading.Thread(target=strike)
            striking.start()
            findings = load.mix(seconds, patient=True)
            striking.join()
            recovered = load.mix(2)
            findings.wrong += recovered.wrong
            findings.answers["verification 200 after the outage"] = recovered.answers["verification 200"]
            return findings, faults_of(load, started)


@contextmanager
def new_clients() -> Iterator[None]:
    """Within the block, and after it, no client is used that was made for another address."""
    kept = (keys.client, s3.client)
    for client in kept:
        client.cache_clear()
    try:
        yield
    finally:
        for client in kept:
            client.cache_clear()


def faults_of(load: Load, started: dict[str, Any]) -> list[str]:
    """Audits everything that was acknowledged, once its e-mails are settled; prints and returns the faults."""
    with (
        patch.dict(os.environ, {**local.ENVIRONMENT, **local.settings(started["url"]), **started["aws"]}),
        new_clients(),
    ):
        certificates = (certificate for _, certificate in load.acknowledged)
        faults = unsettled_mails() + audit.audit(certificates, portal=started["url"])
    if not load.acknowledged:
        faults.append("nothing was acknowledged, so nothing is shown")
    report.audit(len(load.acknowledged), faults)
    return faults


def unsettled_mails(seconds: float = 120) -> list[str]:
    """Waits until every certificate's e-mail is sent or a dead letter; those that are neither after so many seconds."""
    failed = (delivery.REFUSED, delivery.UNKNOWN)
    until = time.monotonic() + seconds
    while True:
        issued = [item for item in audit.items_of("CERTIFICATES_TABLE") if item.get("state") == "issued"]
        left = [
            f"{item['virtual_code']}: its e-mail is not settled"
            for item in issued
            if item.get("mail") not in (delivery.SENT, *failed)
        ]
        if not left:
            return []
        if time.monotonic() > until:
            return left
        time.sleep(1)
