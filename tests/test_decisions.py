"""The pages on decisions have one form, are indexed, and name what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.rendering import ROOT

FOLDER = ROOT / "docs/decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = FOLDER / "README.md"
SECTIONS = ["Context", "Decision", "Consequences", "Held by"]
MAX_LINES = 60
# The first and last number of the table of further issues: an issue keeps its number.
FURTHER_ISSUES = range(10, 38)
# A path of this repository, or of a rendered project, whose files are in template/.
PATH = re.compile(
    r"`((?:\.?/)?(?:app|deploy|docs|extensions|migrations|template|tests)/[\w./-]*)"
    r"(?:::(test_\w+))?`"
)
# The functions after a path: `tests/test_one.py`: `test_first`, `test_second`
LIST_ITEM = re.compile(r"(?ms)^- `([\w./-]+)`:((?:,?\s+`test_\w+`)+)")


def title(page: Path) -> str:
    return page.read_text().partition("\n")[0].removeprefix("# ")


def file_name(title: str) -> str:
    """Return the name of the page: 7. The libraries is 007-the-libraries.md."""
    number, _, words = title.partition(". ")
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return f"{int(number):03}-{slug}.md"


def held_by(page: Path) -> str:
    return page.read_text().partition("\n## Held by\n")[2]


def existing(path: str) -> Path | None:
    """Return the file or folder of a path, as it is in this repository."""
    for root in (ROOT, ROOT / "template"):
        for name in (path, f"{path}.jinja"):
            if (root / name).exists():
                return root / name
    return None


def named_tests(page: Path) -> Iterator[tuple[str, str]]:
    text = page.read_text()
    yield from ((path, test) for path, test in PATH.findall(text) if test)
    for path, names in LIST_ITEM.findall(held_by(page)):
        yield from ((path, test) for test in re.findall(r"test_\w+", names))


def defines(path: str, test: str) -> bool:
    file = existing(path)
    return file is not None and f"\ndef {test}(" in file.read_text()


def test_each_decision_has_its_sections_and_fits_on_a_page() -> None:
    numbers = [int(page.name[:3]) for page in PAGES]
    sections = {
        page.name: re.findall(r"(?m)^##+ (.*)$", page.read_text()) for page in PAGES
    }

    assert numbers == list(range(1, len(PAGES) + 1))
    assert [p.name for p in PAGES if p.name != file_name(title(p))] == []
    assert [name for name, found in sections.items() if found != SECTIONS] == []
    assert [p.name for p in PAGES if len(p.read_text().splitlines()) > MAX_LINES] == []


def test_the_index_has_every_decision_once_in_order() -> None:
    entries = re.findall(r"(?m)^- (.*)$", INDEX.read_text())

    assert entries == [f"[{title(page)}]({page.name})" for page in PAGES]


def test_every_path_of_a_decision_exists() -> None:
    missing = [
        f"{page.name}: {path}"
        for page in [*PAGES, INDEX]
        for path, _ in PATH.findall(page.read_text())
        if not existing(path)
    ]

    assert missing == []


def test_every_decision_is_held_by_something_that_exists() -> None:
    unheld = [page.name for page in PAGES if not PATH.search(held_by(page))]
    missing = [
        f"{page.name}: {path}::{test}"
        for page in PAGES
        for path, test in named_tests(page)
        if not defines(path, test)
    ]

    assert unheld == []
    assert missing == []


def test_every_test_under_held_by_has_a_path() -> None:
    """The name of a test says nothing if the path before it is not recognised."""
    for page in PAGES:
        named = {test for _, test in named_tests(page)}

        assert set(re.findall(r"`(test_\w+)`", held_by(page))) <= named, page.name


def test_every_further_issue_is_tested_or_does_not_apply() -> None:
    (page,) = [page for page in PAGES if "further-issues" in page.name]
    rows = re.findall(r"(?m)^\| (\d+)[a-g]? \| .* \| (.*) \|$", page.read_text())

    assert sorted({int(number) for number, _ in rows}) == list(FURTHER_ISSUES)
    for number, held in rows:
        assert re.search(r"::test_|^`upload_limits`$|^Does not apply: ", held), number


def test_decisions_are_read_without_knowing_their_history() -> None:
    """The document that the template began with is not part of the repository."""
    texts = {page.name: page.read_text() for page in [*PAGES, INDEX]}

    assert [n for n, text in texts.items() if re.search(r"(?i)\bseed", text)] == []
