"""The e-mails to operators: what a load did, what a report says. Figures and links, never persons."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any


def recipients(setting: str) -> Iterator[str]:
    """The addresses of a setting, parted by commas."""
    return (address.strip() for address in setting.split(",") if address.strip())


def notice(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    """A plain message. Its subject may name a file, and files have names with line breaks too."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())
    message.set_content(text)
    return message


def of_load(summary: dict[str, Any]) -> tuple[str, str]:
    """Subject and text on a finished load, from its summary."""
    name = summary["file"]
    if summary["refused"]:
        return f"No se cargó {name}", f"No se cargó nada de {name}.\n\n{summary['reason']}\n"
    rejected = f", {summary['rejected']} rechazadas" if summary["rejected"] else ""
    text = (
        f"Archivo: {name}\n\n"
        f"Líneas leídas:    {summary['read']}\n"
        f"Nuevas:           {summary['loaded']}\n"
        f"Reemplazadas:     {summary['replaced']}\n"
        f"Sin cambios:      {summary['unchanged']}\n"
        f"Ya superadas:     {summary['outdated']}\n"
        f"Rechazadas:       {summary['rejected']}\n"
        f"Segundos:         {summary['seconds']}\n"
    )
    if summary["rejects"]:
        text += f"\nLas rechazadas, con línea, dato y motivo, están junto al archivo: {summary['rejects']}\n"
    if summary["loaded_before"]:
        text += "\nEste mismo archivo ya se había cargado antes.\n"
    return f"Carga de {name}: {summary['read']} líneas{rejected}", text
