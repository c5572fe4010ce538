"""The e-mails to operators: what a load did, what a report says. Figures and links, never persons."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from constancia.report_wording import counted, number


def recipients(setting: str) -> Iterator[str]:
    """The addresses of a setting, parted by commas."""
    return (address.strip() for address in setting.split(",") if address.strip())


def notice(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    """A plain message. Its subject may name a file, and files have names with line breaks too."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.splitlines())
    message.set_content(text)
    return message


def of_load(summary: dict[str, Any]) -> tuple[str, str]:
    """Subject and text on a finished load, from its summary."""
    name = summary["file"]
    if summary["refused"]:
        return f"No se cargó {name}", f"No se cargó nada de {name}.\n\n{summary['reason']}\n"
    read = counted(summary["read"], "líneas")
    rejected = f", {counted(summary['rejected'], 'rechazadas')}" if summary["rejected"] else ""
    text = (
        f"Archivo: {name}\n\n"
        f"Líneas leídas:    {number(summary['read'])}\n"
        f"Nuevas:           {number(summary['loaded'])}\n"
        f"Reemplazadas:     {number(summary['replaced'])}\n"
        f"Sin cambios:      {number(summary['unchanged'])}\n"
        f"Ya superadas:     {number(summary['outdated'])}\n"
        f"Rechazadas:       {number(summary['rejected'])}\n"
        f"Segundos:         {summary['seconds']}\n"
    )
    if summary["rejects"]:
        text += f"\nLas rechazadas, con línea, dato y motivo, están junto al archivo: {summary['rejects']}\n"
    if summary["loaded_before"]:
        text += "\nEste mismo archivo ya se había cargado antes.\n"
    if summary["cancelled"]:
        text += (
            f"\nLa carga se canceló y no está completa: el archivo tiene {counted(summary['lines'], 'líneas')}. "
            "Lo que se cargó se queda. Para completarla, carga el mismo archivo otra vez.\n"
        )
        return f"Se canceló la carga de {name}: {read} de {number(summary['lines'])}{rejected}", text
    return f"Carga de {name}: {read}{rejected}", text
