"""The operators' console: the command `constancia` and its subcommands."""

import gettext
import os
from pathlib import Path
from typing import Any

import click

from infra.console.answers import fail
from infra.console.certificates import annul, attest, erase_email, resend, show
from infra.console.corrections import corrections
from infra.console.institutions import institution
from infra.console.keys import keys
from infra.console.loading import cancel, load
from infra.console.log import log
from infra.console.machine import issue, serve
from infra.console.protection import protect
from infra.console.reports import report
from infra.console.verify import verify


class OperatorsCommand(click.Group):
    """The command with all others, which tells of a file that cannot be read or written in one line."""

    def invoke(self, context: click.Context) -> Any:
        """Runs the subcommand that was asked for."""
        try:
            return super().invoke(context)
        except OSError as error:
            # Of a closed pipe, which names no file, click itself takes care.
            if error.filename is None:
                raise
            fail(f"no se puede leer o escribir {error.filename} ({error.strerror})")


@click.group(cls=OperatorsCommand, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Constancias de logros de aprendizaje: poner en marcha el servicio y atenderlo.

    \b
    Ejemplos:
      constancia serve
      constancia load actas-2026.jsonl
      constancia show C2CC6526
      constancia report 2026-03 --aws prod
      constancia verify constancia-C2CC6526.pdf --keys https://constancia.minedu.gob.pe

    Los comandos que atienden hablan con el servicio de esta máquina o, con --aws, con el de AWS.
    «constancia COMANDO --help» explica cada uno.
    """


for command in (
    serve,
    issue,
    load,
    cancel,
    annul,
    erase_email,
    show,
    resend,
    protect,
    institution,
    corrections,
    report,
    keys,
    attest,
    log,
    verify,
):
    main.add_command(command)


def _in_spanish(command: click.Command) -> None:
    """Names in Spanish what click names in every line of use."""
    command.options_metavar = "[OPCIONES]"
    if isinstance(command, click.Group):
        command.subcommand_metavar = "COMANDO [ARGUMENTOS]..."
        for each in command.commands.values():
            _in_spanish(each)


_in_spanish(main)
# What click says by itself goes through gettext. Who sets LANGUAGE to something else has its own English.
gettext.bindtextdomain("messages", Path(__file__).with_name("words"))
os.environ.setdefault("LANGUAGE", "es")
