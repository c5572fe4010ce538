"""The headers of the portal's pages and of the API, the same on this machine and in the cloud."""


def content_security_policy(downloads: str = "") -> str:
    """What a page may load and ask for: its own origin, and `downloads`, that of the PDFs, where it is another one."""
    asked = f"'self' {downloads}".rstrip()
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src {asked}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


PORTAL_HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""The headers of every answer of the portal and the API. In the cloud, pages may ask the origin of the PDFs too."""

PORTAL_CACHING = "no-cache"
"""The `Cache-Control` of pages. Browsers revalidate a page and its modules each time, so they always agree."""

ASSETS = "a"
"""The folder of the files that never change; `infra.cloud.edge` has a behaviour for it."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""The `Cache-Control` of those files."""

SCANNING = "verificar"
"""The folder of the only page that may use the camera: it reads the QR of a certificate."""
SCANNING_HEADERS = {"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"}
"""The headers of that page that are others than `PORTAL_HEADERS`."""
