"""E-mails to operators on loads and reports. They hold figures and links, never persons."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from constancia.reporting.wording import counted, number


def recipients(setting: str) -> Iterator[str]:
    """The e-mail addresses in a setting, separated by commas."""
    return (address.strip() for address in setting.split(",") if address.strip())


def notice(sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    """A message in plain text. Line breaks in its subject become spaces: a file may have them in its name."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.splitlines())
    message.set_content(text)
    return message


def of_load(summary: dict[str, Any]) -> tuple[str, str]:
    """The subject and the text of the e-mail on a load that ended, from its summary."""
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
    watched = {
        "guardians_changed": "Cambian los padres o apoderados de {} personas ya registradas.",
        "closed_changed": "Cambian {} actas que la institución ya había cerrado.",
        "changed_back": "{} líneas devuelven un dato a como estaba hace menos de 30 días. Revisa por qué se cambió.",
    }
    if any(summary[change] for change in watched):
        text += "\nPara revisar:\n"
    for change, sentence in watched.items():
        if summary[change]:
            text += f"- {sentence.format(number(summary[change]))}\n"
    if summary["loaded_before"]:
        text += "\nEste mismo archivo ya se había cargado antes.\n"
    if summary["cancelled"]:
        text += (
            f"\nLa carga se canceló y no está completa: el archivo tiene {counted(summary['lines'], 'líneas')}. "
            "Lo que se cargó se queda. Para completarla, carga el mismo archivo otra vez.\n"
        )
        return f"Se canceló la carga de {name}: {read} de {number(summary['lines'])}{rejected}", text
    return f"Carga de {name}: {read}{rejected}", text
