"""What the docs list is what there is, and what is named is in the glossary."""

import ast
import base64
import re
from functools import cache
from pathlib import Path

import pytest
from constancia import event_log, settings
from constancia.asking.request import draw_request_id

from infra import parts, signals, wiring
from tests.infra.test_imports import sources
from tests.trust.failing import FAULTS

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


@pytest.mark.parametrize("stored", [*wiring.TABLES, *wiring.BUCKETS], ids=lambda stored: stored.name)
def test_the_data_map_names_the_functions_that_reach_a_store(stored: parts.Table | parts.Bucket) -> None:
    page = (ROOT / "docs" / "data-map.md").read_text()
    (row,) = (line for line in page.splitlines() if line.startswith(f"| `{stored.name}`"))
    named = set(re.findall(r"`(\w+)`", row.split("|")[5]))
    assert named == {f.name for f in wiring.FUNCTIONS if any(grant.resource == stored.name for grant in f.grants)}


def test_the_page_on_trust_says_how_hard_a_request_id_is_to_guess() -> None:
    (bits,) = re.findall(r"request ids of (\d+) random bits", TRUST)
    assert len(base64.urlsafe_b64decode(draw_request_id())) * 8 == int(bits)


def test_people_read_one_word_for_marks() -> None:
    """The one that the glossary names; but for one, these files do not have the certificate's formula."""
    read = [*(ROOT / "layers" / "core").rglob("*.py"), *(ROOT / "infra").rglob("*.py")]
    read += [file for file in (ROOT / "portal").rglob("*") if file.suffix in (".html", ".js", ".json", ".svg")]
    read.remove(ROOT / "portal" / "modules" / "paper-words.js")
    others = [file.name for file in read if re.search("calificaci|calificativ", file.read_text(), re.IGNORECASE)]
    assert (len(read) > 60, others) == (True, [])


TERMS = {
    # What a part of a program does for the others, as books on software call it.
    "adapter archive cache client cutter downloader drawer limiter loader mailer poller reader repository scheduler"
    " store verifier workflow writer": "parts of a program",
    # What passes between parts.
    "action answer batch change condition context counter difference element entry error event field form index item"
    " key limit link log message metric name history notice order result row setting summary value": "data",
    # What AWS, HTTP or Python call so.
    "alarm bucket bus cloud data deployment edge function gateway grant inbox layer proxy queue route runtime service"
    " session signal stack stream table trigger view watch watched worker"
    " cross media site type": "AWS and HTTP",
    # Products and standards by their own names.
    "altcha captcha dynamodb openapi pdf qr recaptcha s3 ses": "proper names",
    # A page, as PDF and typography speak of it.
    "block box character column font glyph group line page rendering shape slot style tag text typeface": "drawing",
    # States and circumstances, in their everyday meaning.
    "accepted adult bad broken cancelled challenge changed claimed confirmed common covered dated duplicate ended"
    " failed found installation invalid local long malformed missing must no not refused required reservation sent"
    " signed state stored taken temporarily too many unavailable unprintable unreachable waiting"
    " exceeded failure needed unknown unsupported wrong": "plain English",
    "apply at be build by citizen day document download file figure has is mail operator parent period person port"
    " problem question report run schedule sheet": "plain English",
}
"""Words that a class may have in its name beside those of the glossary, by what they are."""
BANNED = "card clock counterfoil desk diary gate gatekeeper kept postman pump register said shelf told"
"""Words of a stationer's shop that named classes once; they stay out of the glossary and of `TERMS`."""


def words_of_the_glossary() -> set[str]:
    """The words of its English column."""
    columns = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text().splitlines() if line[:1] == "|"]
    return {word for column in columns for word in re.findall("[a-z0-9]+", column[2].lower())}


@cache
def known_words() -> set[str]:
    return words_of_the_glossary() | {word for words in TERMS for word in words.split()}


def singulars(word: str) -> set[str]:
    """What a word may be the plural of, itself included."""
    return {word, word.removesuffix("s"), word.removesuffix("es"), re.sub("ies$", "y", word)}


def unknown_words(class_name: str) -> list[str]:
    words = [word.lower() for word in re.findall("[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", class_name)]
    return [word for word in words if not singulars(word) & known_words()]


def test_every_public_class_is_named_in_words_of_the_glossary_or_in_standard_terms() -> None:
    classes = {
        node.name: path.relative_to(ROOT)
        for path in sources().values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    assert len(classes) > 80
    found = {f"{path}: {name}": unknown_words(name) for name, path in classes.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_the_words_of_the_stationers_shop_are_gone() -> None:
    assert set(BANNED.split()) & known_words() == set()
    assert unknown_words("CertificateRepositories") == []
    assert unknown_words("Counterfoils") == ["counterfoils"]


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for part in page.read_text().split("](")[1:]:
        target = part.partition(")")[0].partition("#")[0]
        assert target.startswith("http") or (page.parent / target).exists(), target


TRUST = (ROOT / "docs" / "trust.md").read_text()


def test_every_test_that_the_docs_name_exists() -> None:
    written = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text())}
    assert len(named) > 30
    assert [name for name in sorted(named) if f"def {name}(" not in written] == []


def test_every_rule_that_is_cited_is_written_down() -> None:
    rules = re.findall(r"^## (\d+)\. ", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE)
    assert rules == [str(number) for number in range(1, len(rules) + 1)]
    cited: set[str] = set()
    for folder, kind in (
        ("layers/core", "*.py"),
        ("functions", "*.py"),
        ("portal", "*.js"),
        ("docs", "*.md"),
        ("tests", "*.py"),
    ):
        for file in (ROOT / folder).rglob(kind):
            for numbers in re.findall(r"\brules? ((?:\d+(?:, | and )?)+)", file.read_text()):
                cited |= set(re.findall(r"\d+", numbers))
    assert len(cited) > 10
    assert cited <= set(rules)


def source_of(module: str) -> str:
    """The source of what `python -m` runs."""
    path = ROOT / module.replace(".", "/")
    return (path / "__main__.py" if path.is_dir() else path.with_suffix(".py")).read_text()


def test_every_command_file_and_setting_that_the_page_on_trust_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", TRUST)) <= targets
    for module, options in re.findall(r"`python -m ([\w.]+)([^`]*)`", TRUST):
        source = source_of(module)
        assert [option for option in re.findall(r"--\w+", options) if f'"{option}"' not in source] == [], module
    for path in re.findall(r"`((?:tests|infra|docs)/[\w/.]+)`", TRUST):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", TRUST):
        assert name in settings.SETTINGS, name
    for name in re.findall(r"alarms `(\w+)` and `(\w+)`", TRUST):
        assert set(name) <= {signal.name for signal in signals.SIGNALS}


def test_the_numbers_that_the_page_on_trust_takes_from_the_code_are_those_of_the_code() -> None:
    bits = 8 * len(base64.urlsafe_b64decode(draw_request_id()))
    assert f"request ids of {bits} random bits" in TRUST
    assert ("is made to fail in thirteen ways" in " ".join(TRUST.split()), len(FAULTS)) == (True, 13)
    limits = {name: int(str(setting.default)) for name, setting in settings.SETTINGS.items() if "_FAILURES_" in name}
    here, target, network = (
        {limits[f"{purpose}_FAILURES_{kind}"] for purpose in ("IDENTITY", "VERIFICATION")}
        for kind in ("HERE", "TARGET", "NETWORK")
    )
    assert (here, target, network) == ({15}, {60}, {600})
    assert "(60 a day at a student or code, 600 an hour from a network)" in TRUST
    assert "sixty failures from four networks" in " ".join(TRUST.split())


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


def test_every_file_that_the_docs_name_exists() -> None:
    """Paths in backticks, from the root or, as the journeys say, from the folder of the core or of the renderer."""
    layers = ROOT / "layers"
    roots = (ROOT, layers / "core/python/constancia", layers / "core/python", layers / "rendering/python")
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(r"`([\w./-]+/?[\w-]+\.(?:py|js|toml))`", page.read_text())
    }
    assert len(named) > 50
    assert [(page, path) for page, path in sorted(named) if not any((root / path).exists() for root in roots)] == []
