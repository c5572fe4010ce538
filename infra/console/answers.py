"""Exit codes of the console, its error line, and the options that all commands for a service share."""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import click

from infra.console.services import Local, Service, Unreachable

REFUSED, REJECTS, UNREACHABLE, CANCELLED, INTERRUPTED = 1, 3, 4, 5, 130
"""Exit codes: the service refused; loaded, but not every line; no answer; the load was cancelled; Ctrl-C at any other
command, as in shells. Code 2 is click's own, for wrong use."""

YES = ("s", "si", "sí", "y", "yes")

Command = Callable[..., None]


def with_service(command: Command) -> Command:
    """Decorates a command: adds `--local`, `--aws` and `--json`, and passes it the service and `as_json`.

    An unreachable service and Ctrl-C end the command with one line and their exit codes.
    """

    def run(local: str, aws: str | None, **options: Any) -> None:
        try:
            if aws:
                # boto3 takes 0.4 s (median of five starts), which the commands for this machine do without.
                from infra.console.cloud import Cloud  # noqa: PLC0415

                command(service=Cloud(aws), **options)
            else:
                command(service=Local(local), **options)
        except Unreachable as error:
            fail(error, UNREACHABLE)
        except KeyboardInterrupt:
            fail("interrumpido.", INTERRUPTED)

    run.__doc__, run.__name__ = command.__doc__, command.__name__
    run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Responde en JSON, para programas."),
        click.option("--aws", metavar="ETAPA", help="El servicio en AWS, por ejemplo prod, con tus credenciales."),
        click.option(
            "--local", metavar="URL", default="http://127.0.0.1:8000", show_default=True, help="El de esta máquina."
        ),
    ):
        option(run)
    return run


def fail(reason: object, code: int = REFUSED) -> NoReturn:
    """Ends the command with one line on standard error and an exit code."""
    click.echo(f"Error: {reason}", err=True)
    sys.exit(code)


def agree(question: str) -> None:
    """Asks a question that is answered by yes or no, in Spanish or English; anything but a yes ends the command."""
    said = click.prompt(f"{question} [s/N]", default="", show_default=False, err=True)
    if said.strip().lower() not in YES:
        raise click.Abort


def accepted(answer: dict[str, Any], as_json: bool) -> dict[str, Any]:
    """Returns an answer that is no refusal; a refusal ends the command. With `as_json` prints the answer either way."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=1))
    if "problem" in answer:
        if as_json:
            sys.exit(REFUSED)
        faults = [fault["detail"] for fault in answer["problem"]["errors"]]
        fail(" ".join(faults or [answer["problem"]["detail"]]))
    return answer


def ask_of_each(
    service: Service, function: str, codes: tuple[str, ...], outcomes: dict[str, str], undone: str, as_json: bool
) -> list[str]:
    """Asks a function about each virtual code and prints what became of it; the codes whose outcome is `undone`."""
    left = []
    for code in codes:
        answer = accepted(service.call(function, {"virtual_code": code}), as_json)
        if answer["outcome"] == undone:
            left.append(answer["virtual_code"])
        if not as_json:
            click.echo(f"{answer['virtual_code']}  {outcomes[answer['outcome']]}")
    return left


def say_moment(moment: str) -> str:
    """A moment (ISO 8601, Lima time) to the second, as the console writes it."""
    return moment.replace("T", " ")[:19]
