"""Addresses of the portal that leave the service, on paper and in e-mails."""

from constancia import settings


def verify_url(virtual_code: str) -> str:
    """The verification page with the virtual code filled in: where the QR leads."""
    return f"{settings.text('PORTAL_URL')}/verificar/?codigo={virtual_code}"


def holder_url(virtual_code: str) -> str:
    """The holder's page with the virtual code filled in: where the e-mail leads."""
    return f"{settings.text('PORTAL_URL')}/constancia/?codigo={virtual_code}"
