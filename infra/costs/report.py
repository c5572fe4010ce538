"""The tables of docs/cost.md, as Markdown."""

from infra.costs import loading, public_log
from infra.costs.journeys import DOWNLOADS, bill, counted, counted_list, kept
from infra.costs.limits import limits
from infra.costs.prices import MILLION, MONTHLY, PRICES_OF, REGION


def report() -> list[str]:
    """The lines of the tables."""
    runs, units = counted()
    few, many = units["students"]
    lines = [
        f"Prices: Amazon's list prices for {REGION}, {PRICES_OF}, without discounts or free tier.",
        f"Units: counted on DynamoDB Local, the same among {few:,} and among {many:,} students.",
        "",
        "| one … takes | functions run | calls of AWS | read units | write units | own processor ms | PDF bytes |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, journey in runs.items():
        sums = [len(journey)] + [sum(getattr(run, unit) for run in journey) for unit in ("calls", "reads", "writes")]
        own, pdf = sum(run.own_ms for run in journey), units["pdf_bytes"] if name == "certificate" else 0
        lines.append(f"| {name} | {' | '.join(f'{value:g}' for value in sums)} | {own:.1f} | {pdf} |")
    bills = {
        "certificate": bill(runs["certificate"], DOWNLOADS, units["pdf_bytes"]),
        "verification": bill(runs["verification"], 0, 0),
    }
    lines += ["", "| US$ for a million | certificates | verifications |", "|---|---|---|"]
    for service in bills["certificate"]:
        costs = [bills[name][service] * MILLION for name in bills]
        lines.append(f"| {service} | {costs[0]:,.2f} | {costs[1]:,.2f} |")
    totals = [sum(costs.values()) * MILLION for costs in bills.values()]
    lines.append(f"| **all** | **{totals[0]:,.2f}** | **{totals[1]:,.2f}** |")
    runs_of_list, questions = counted_list()
    listed = {name: costs / questions * MILLION for name, costs in bill(runs_of_list, 0, 0, visits=0).items() if costs}
    lines += ["", f"A million questions of institutions, by lists of {questions}: US$ {sum(listed.values()):.2f} ("]
    lines[-1] += ", ".join(f"{name} {costs:.2f}" for name, costs in listed.items()) + ")."
    lines += ["", f"Without any use: US$ {sum(MONTHLY.values()):.2f} a month ({', '.join(MONTHLY)})."]
    storage = {name: costs * MILLION for name, costs in kept(units["pdf_bytes"]).items()}
    lines += [
        "",
        f"To keep a million certificates: US$ {sum(storage.values()):.2f} a month ("
        + ", ".join(f"{name} {costs:.2f}" for name, costs in storage.items())
        + ").",
    ]
    rates = (10, 100, 1000)
    lines += [
        "",
        "| what | gives way at, a second | "
        + " | ".join(f"at {rate}/s" for rate in rates)
        + " | limit | what is done |",
        "|---|---|" + "---|" * len(rates) + "---|---|",
    ]
    for limit in limits(runs["certificate"]):
        uses = " | ".join(f"{rate * limit.a_certificate / limit.most:.0%}" for rate in rates)
        most = f"{limit.most:,} ({limit.kind})"
        lines.append(f"| {limit.what} | {limit.certificates_a_second:,.0f} | {uses} | {most} | {limit.remedy} |")
    return [*lines, "", *public_log.report(), "", *loading.report()]
