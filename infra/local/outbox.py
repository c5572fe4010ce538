"""The outbox of this machine as a page for a browser: the e-mails and SMS that were "sent", newest first."""

import re
from html import escape

_ADDRESS = re.compile(r"https?://[^\s<]+")


def page(messages: list[dict[str, str]]) -> str:
    """The page that shows some messages, see `Views.outbox`. An e-mail is shown as its text, with its links."""
    shown = "".join(_message(message) for message in reversed(messages))
    return (
        '<!doctype html><html lang="es-PE"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Bandeja de salida</title>'
        '<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css">'
        '<link rel="stylesheet" href="/solicitar/request.css"></head>'
        '<body><main class="wide"><h1>Bandeja de salida</h1>'
        "<p>Los correos y mensajes de texto que este servicio «envió». Nada salió de esta máquina.</p>"
        f"{shown or '<p>Todavía no hay ninguno.</p>'}</main></body></html>"
    )


def _message(message: dict[str, str]) -> str:
    title = message.get("subject") or "Mensaje de texto (SMS)"
    text = _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', escape(message["text"]))
    return (
        f'<section class="card"><header><h2>{escape(title)}</h2></header>'
        f'<p class="letter"><strong>Para: {escape(message["to"])}</strong>\n\n{text}</p></section>'
    )
