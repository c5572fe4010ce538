"""Rules over all templates: whoever adds a trigger, a workflow or a stage gets what belongs to it, or fails here."""

from fnmatch import fnmatchcase
from typing import Any

from infra import parts, wiring
from tests.infra.cloud.assembly import ACCOUNT, REGION, Assembly
from tests.infra.cloud.test_promises import alarms, physical


def asynchronous_targets(assembly: Assembly) -> set[str]:
    """The logical ids of the aliases that EventBridge or its scheduler calls."""
    aliases = set(assembly.all_of("AWS::Lambda::Alias"))
    targets = {target["Arn"] for rule in assembly.all_of("AWS::Events::Rule").values() for target in rule["Targets"]}
    targets |= {made["Target"]["Arn"] for made in assembly.all_of("AWS::Scheduler::Schedule").values()}
    return targets & aliases


def test_an_event_whose_run_fails_goes_to_the_dead_letters(assembly: Assembly) -> None:
    """EventBridge and its scheduler hand an event over and are done: their own queues never see a failed run."""
    aliases = assembly.all_of("AWS::Lambda::Alias")
    kept = {
        (made["FunctionName"], made["Qualifier"]): made
        for made in assembly.all_of("AWS::Lambda::EventInvokeConfig").values()
    }
    called = {aliases[logical]["FunctionName"] for logical in asynchronous_targets(assembly)}
    assert called == {physical(row.name) for row in wiring.FUNCTIONS if row.asynchronous}
    for name in called:
        made = kept[name, wiring.LIVE]
        assert made["DestinationConfig"] == {"OnFailure": {"Destination": f"{name}-dead.Arn"}}
        assert made["MaximumRetryAttempts"] == parts.ASYNCHRONOUS_RETRIES == 2
        allowed = [
            statement
            for policy in assembly.named("AWS::IAM::Role", name)["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement.get("Sid") == "DeadLetters"
        ]
        assert [statement["Action"] for statement in allowed] == ["sqs:SendMessage"]
        assert f"{name}-dead" in str(allowed[0]["Resource"])


def test_what_names_an_alias_waits_for_it(assembly: Assembly) -> None:
    """CloudFormation makes side by side what does not refer to one another; a first deployment would fail."""
    aliases = {made["FunctionName"]: logical for logical, made in assembly.all_of("AWS::Lambda::Alias").items()}
    for logical, made in assembly.all_of("AWS::Lambda::EventInvokeConfig").items():
        assert made["Qualifier"] == wiring.LIVE
        assert aliases[made["FunctionName"]] in assembly.resources[logical].get("DependsOn", []), logical


def measured(alarm: dict[str, Any]) -> set[tuple[str, str]]:
    """The name spaces and names of the metrics behind an alarm."""
    single = [alarm] if "MetricName" in alarm else []
    parts_ = [entry["MetricStat"]["Metric"] for entry in alarm.get("Metrics", []) if "MetricStat" in entry]
    return {(metric["Namespace"], metric["MetricName"]) for metric in [*single, *parts_]}


def test_every_workflow_that_fails_raises_an_alarm(assembly: Assembly) -> None:
    watched = [
        entry["MetricStat"]["Metric"]
        for alarm in alarms(assembly).values()
        for entry in alarm.get("Metrics", [])
        if ("AWS/States", "ExecutionsFailed") in measured(alarm) and "MetricStat" in entry
    ]
    named = {(dimension["Value"], metric["MetricName"]) for metric in watched for dimension in metric["Dimensions"]}
    for logical in assembly.all_of("AWS::StepFunctions::StateMachine"):
        made = assembly.all_of("AWS::StepFunctions::StateMachine")[logical]["StateMachineName"]
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            assert any(made in value or logical in value for value, name in named if name == metric), logical


def test_a_workflow_may_repeat_the_batches_that_failed(assembly: Assembly) -> None:
    """The run of a batch is an execution of its own, under the name of the map's run and not of the workflow alone."""
    for function in (function for function in wiring.FUNCTIONS if function.files):
        name = physical(function.name)
        (policy,) = assembly.named("AWS::IAM::Role", f"{name}-workflow")["Policies"]
        (redrive,) = [
            statement
            for statement in policy["PolicyDocument"]["Statement"]
            if "states:RedriveExecution" in statement["Action"]
        ]
        batch = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{name}/Batches:4f2d"
        assert fnmatchcase(batch, redrive["Resource"])


def test_a_failing_origin_and_certificates_without_mail_raise_alarms(assembly: Assembly) -> None:
    found = alarms(assembly)
    assert measured(found[physical("origin_fails")]) == {("AWS/CloudFront", "5xxErrorRate")}
    unmailed = measured(found[physical("issued_but_not_mailed")])
    assert unmailed == {("Constancia/prod", "MailDue"), ("Constancia/prod", "IssueMailed")}


def test_our_own_metrics_are_counted_in_the_name_space_that_the_alarms_read(assembly: Assembly) -> None:
    """A name space of the stage: two stages in one account would otherwise raise each other's alarms."""
    ours = {space for alarm in alarms(assembly).values() for space, _ in measured(alarm) if "/" not in space[:4]}
    assert {space for space in ours if space.startswith("Constancia")} == {"Constancia/prod"}
    for function in assembly.all_of("AWS::Lambda::Function").values():
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == "Constancia/prod"
