"""What the docs list is what there is."""

import re
from pathlib import Path

from constancia import event_log, settings

from infra import wiring

ROOT = Path(__file__).parents[2]


def between(text: str, mark: str) -> str:
    """What stands between two marks of a page."""
    return text.partition(f"<!-- {mark} -->\n")[2].partition(f"<!-- /{mark} -->")[0]


def functions_table() -> str:
    """The README's table of functions."""
    rows = ["| function | wakes on | does |", "|---|---|---|"]
    for function in wiring.FUNCTIONS:
        rows.append(f"| [{function.name}](functions/{function.name}.py) | {function.wakes_on} | {function.does} |")
    return "\n".join(rows) + "\n"


def settings_table() -> str:
    """The table of settings."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, setting in settings.SETTINGS.items():
        default = "(needed)" if setting.default is None else f"`{setting.default}`" if setting.default else "(empty)"
        rows.append(f"| `{name}` | {default} | {setting.meaning} |")
    return "\n".join(rows) + "\n"


def test_the_readme_lists_the_functions_of_the_wiring() -> None:
    assert between((ROOT / "README.md").read_text(), "functions") == functions_table()


def test_every_setting_is_documented() -> None:
    assert between((ROOT / "docs" / "settings.md").read_text(), "settings") == settings_table()


def test_every_event_and_fact_of_the_log_is_documented() -> None:
    documented = (ROOT / "docs" / "events.md").read_text()
    for name in (*event_log.NAMES, *event_log.FACTS):
        assert f"`{name}`" in documented, name


def test_people_read_one_word_for_marks() -> None:
    """The one that the glossary names; the certificate's formula is not among these files."""
    read = [*(ROOT / "layers" / "core").rglob("*.py"), *(ROOT / "infra").rglob("*.py")]
    read += [file for file in (ROOT / "portal").rglob("*") if file.suffix in (".html", ".js", ".json", ".svg")]
    others = [file.name for file in read if re.search("calificaci|calificativ", file.read_text(), re.IGNORECASE)]
    assert (len(read) > 60, others) == (True, [])


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    for part in text.split("](")[1:]:
        target = part.partition(")")[0]
        assert target.startswith("http") or (ROOT / target).exists(), target


def write() -> None:
    """Writes the tables anew: `python -m tests.infra.test_docs`."""
    for page, mark, table in (
        ("README.md", "functions", functions_table()),
        ("docs/settings.md", "settings", settings_table()),
    ):
        file = ROOT / page
        text = file.read_text()
        file.write_text(text.replace(f"<!-- {mark} -->\n{between(text, mark)}", f"<!-- {mark} -->\n{table}"))


if __name__ == "__main__":
    write()
