"""The privacy notice as a person reads it."""

from html.parser import HTMLParser

from infra.delivery import PORTAL


class Words(HTMLParser):
    """The words of a page's `main`, with single spaces."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inside = False
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "main"

    def handle_data(self, data: str) -> None:
        self.found += data.split() if self.inside else []

    def __str__(self) -> str:
        return " ".join(self.found)


NOTICE = str(Words((PORTAL / "privacidad" / "index.html").read_text()))
"""The words of the page `/privacidad/`."""
