"""The documents of the repository agree with its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def address(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and GitLab make them."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


# What the repository has a list of: a count of it by hand would be wrong some day.
COUNTED = re.compile(
    r"(?i)\b(four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|\d+)\s+"
    r"(?:\w+\s+)?(questions|presets|mitigations|issues|faults|releases|recipes|"
    r"pieces|rules|errors|decisions|checks|layers|parts|modules)\b"
)
LENGTH = re.compile(r"\blength\s*[=!]=\s*(?:[2-9]|\d\d)")


# What a script makes has the count of the moment.
MADE = re.compile(
    r"(?s)<!-- made: .*?<!-- end of |<!-- (\w+): begin -->.*?<!-- \1: end -->"
)


def counts(text: str) -> list[str]:
    """Return the counts of listed things that are written by hand."""
    by_hand = MADE.sub("", text)
    found = [*COUNTED.finditer(by_hand), *LENGTH.finditer(by_hand)]
    return [match[0] for match in found]


COUNTING = [
    *DOCUMENTS,
    ROOT / "copier.yml",
    *sorted((ROOT / "extensions").glob("*.*")),
    *sorted((ROOT / "template").rglob("*.md*")),
]


@pytest.mark.parametrize("path", COUNTING, ids=address)
def test_no_count_is_written_by_hand(path: Path) -> None:
    text = path.read_text()
    # What a release or a decision changed stays as it was at the time.
    if path.name == "CHANGELOG.md" or path.parent.name == "decisions":
        return

    assert counts(text) == []
    planted = "The nine known issues, 12 questions and {{ skipped | length == 8 }}."
    assert len(counts(text + planted)) == len(["issues", "questions", "length"])


def test_every_question_has_a_section() -> None:
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    text = (ROOT / "docs/questions.md").read_text()

    for name, question in questions.items():
        if name[0] != "_" and "when" not in question:
            assert re.search(rf"(?m)^##+ `?{name}`?$", text), name


@pytest.mark.parametrize("path", DOCUMENTS, ids=address)
def test_links_lead_to_files_and_headings(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", path.read_text()):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        page = path.parent / file if file else path
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=address)
def test_commands_give_the_whole_address_of_the_template(path: Path) -> None:
    """The project records the address, and update bots cannot read `gh:` or `gl:`."""
    commands = re.findall(r"(?m)^.*\bcopier copy .*$", path.read_text())

    assert [line for line in commands if re.search(r"\bg[hl]:", line)] == []


def test_the_changelog_can_be_quoted_in_a_message() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()

    assert not re.search(r"{[{%#]", text)
    releases = re.findall(r"(?m)^## (.*)\n(.*)$", text)
    for version, below in releases:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert re.fullmatch(r"Released \d{4}-\d{2}-\d{2}", below)
    if releases:
        declared = (ROOT / "pyproject.toml").read_text()
        assert f'\nversion = "{releases[0][0]}"\n' in declared


def test_the_newest_entry_of_the_changelog_fits_a_terminal() -> None:
    _, newest, *_ = (ROOT / "CHANGELOG.md").read_text().split("\n## ")

    assert [line for line in newest.splitlines() if len(line) > 79] == []


def too_wide(pages: list[Path]) -> list[str]:
    """Return the lines of code that are too wide for a page."""
    return [
        f"{path.name}: {line}"
        for path in pages
        for code in re.findall(r"(?ms)^ *```.*?^ *```$", path.read_text())
        for line in code.splitlines()
        if len(line) > 120
    ]


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_no_command_of_a_project_is_wider_than_a_page(
    database: str, server: str, render: Renderer
) -> None:
    project = render(preset="full", database=database, server=server)

    assert too_wide([*project.glob("*.md"), *project.glob("docs/*.md")]) == []


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_the_pages_and_the_example_have_the_same_variables(
    database: str, render: Renderer
) -> None:
    project = render(preset="full", database=database, tasks="threads")
    page = (project / "docs/deploying.md").read_text()
    example = (project / ".env.example").read_text()
    config = (project / "config.py").read_text()
    rows = re.findall(r"(?m)^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", page)
    of_page = set(re.findall(r"[A-Z_]+", " ".join(rows)))
    of_example = set(re.findall(r"(?m)^#?([A-Z_]+)=", example))
    settings = {n for n in of_page if f" {n.removeprefix('FLASK_')} = " in config}

    assert rows
    assert of_page - settings - of_example == set()
    assert {n for n in of_example if f"`{n}" not in page} <= {
        "FLASK_MAX_CONTENT_LENGTH", "FLASK_SESSION_COOKIE_SECURE", "TEST_DATABASE_URL"
    }  # fmt: skip


def test_the_git_settings_of_the_page_are_those_that_the_recipes_reset() -> None:
    page = (ROOT / "docs/updating.md").read_text()
    table = page.partition("| setting | what happens |")[2].partition("\n\n")[0]
    named = set(re.findall(r"(?m)^\| `(\w+\.\w+)", table))
    code = (ROOT / "template/updates/processes.py").read_text()
    reset = set(re.findall(r'(?m)^    "(\w+\.\w+)": ', code))

    # Hooks undo no edit: they stop an update.
    assert named == reset - {"core.hooksPath"}


def test_the_rules_for_agents_name_each_rule_that_tests_read() -> None:
    rules = (ROOT / "template/tests/maintained/rules/source_rules.py").read_text()
    names = re.findall(r'(?m)^    "([a-z-]+)": Rule\(', rules)
    page = (ROOT / "template/AGENTS.md.jinja").read_text()

    assert names
    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    "words",
    [
        "partially initialized module",
        "Working outside of application context",
        "BuildError",
        "The CSRF token is missing",
    ],
)
def test_the_first_page_quotes_the_messages_of_errors(words: str) -> None:
    assert words in (ROOT / "template/docs/first-page.md").read_text()
