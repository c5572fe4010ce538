"""What the docs list is what there is."""

import re
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "trust.md"], ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for part in page.read_text().split("](")[1:]:
        target = part.partition(")")[0].partition("#")[0]
        assert target.startswith("http") or (page.parent / target).exists(), target


TRUST = (ROOT / "docs" / "trust.md").read_text()


def test_every_test_that_the_page_on_trust_names_exists() -> None:
    written = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", TRUST))
    assert len(named) > 30
    assert [name for name in sorted(named) if f"def {name}(" not in written] == []


def test_every_command_file_and_setting_that_the_page_on_trust_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", TRUST)) <= targets
    for module, options in re.findall(r"`python -m ([\w.]+)([^`]*)`", TRUST):
        source = (ROOT / module.replace(".", "/")).with_suffix(".py").read_text()
        assert [option for option in re.findall(r"--\w+", options) if f'"{option}"' not in source] == [], module
    for path in re.findall(r"`((?:tests|infra|docs)/[\w/.]+)`", TRUST):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", TRUST):
        assert name in settings.SETTINGS, name
    for name in re.findall(r"alarms `(\w+)` and `(\w+)`", TRUST):
        assert set(name) <= {signal.name for signal in wiring.SIGNALS}


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
