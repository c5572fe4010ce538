"""The privacy notice (Ley 29733, article 18): which version of the page `/privacidad/` was in force, and its words.

What a request declares, it declares under the version that was in force when it was sent. The version is kept with the
request and with its certificate, which outlives the request: who was told what can be shown as long as data are kept.
"""

VERSIONS = {
    "2026-11-27": "38f20e8387dc1b77340e7248003b2a89a9a2370ec5e9f93995fa7d7123c47aed",
}
"""The SHA-256 of the words of each version, of the text of the page's `main` with single
spaces, by the day from which it was in force; the newest last."""

IN_FORCE = list(VERSIONS)[-1]
"""The version that the portal shows."""
