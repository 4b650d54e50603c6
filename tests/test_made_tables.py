"""The tables that are made from the declarations are in the pages, and up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import pictures
from tests.commands.made_tables import BLOCK
from tests.commands.made_tables import default_of
from tests.commands.made_tables import MADE
from tests.commands.made_tables import made_again
from tests.commands.made_tables import never_rewritten
from tests.commands.made_tables import PAGES
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import ROOT

QUESTIONS = ROOT / "docs/questions.md"
WITH_TABLES = [page for page in PAGES if BLOCK.search(page.read_text())]
WITH_PRESETS = [
    name for name, declared in QUESTIONS_DECLARED.items() if "presets" in declared
]
MOST_BYTES = 150_000


def path(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", WITH_TABLES, ids=path)
def test_the_tables_of_a_page_are_made_from_the_declarations(page: Path) -> None:
    assert made_again(page.read_text()) == page.read_text(), "run: just record"


def test_each_table_that_can_be_made_is_in_a_page() -> None:
    text = "".join(page.read_text() for page in PAGES)

    assert {match["name"] for match in BLOCK.finditer(text)} == MADE.keys()
    assert (
        len(BLOCK.findall(text))
        == len(re.findall(r"<!-- (?:made:|end of (?!lines of))", text)) / 2
    )


def test_a_table_that_was_edited_by_hand_is_made_again() -> None:
    page = QUESTIONS.read_text()
    edited = page.replace("| `auth` | yes |", "| `auth` | no |")

    assert edited != page
    assert made_again(edited) == page


@pytest.mark.parametrize("name", WITH_PRESETS)
def test_the_section_of_a_question_has_its_default(name: str) -> None:
    section = QUESTIONS.read_text().partition(f"\n## {name}\n")[2].partition("\n## ")[0]

    assert default_of(name) in " ".join(section.split())
    for value in QUESTIONS_DECLARED[name].get("values", []):
        assert f"`{value}`" in section


def test_the_page_of_a_project_lists_what_no_update_writes() -> None:
    page = (ROOT / "template/docs/copier-flask.md.jinja").read_text()
    (sentence,) = re.findall(r"(?ms)^`README\.md`, .*?never changed", page)

    left = [name for name in never_rewritten() if f"`{name}`" not in sentence]
    # "binary files": the only one is an icon.
    assert left == ["app/static/favicon.ico"]
    assert "binary\nfiles" in sentence


def test_the_pictures_are_those_of_the_pages() -> None:
    assert pictures.RECORD.read_text() == pictures.record(), "run: just pictures"


def test_the_readme_shows_a_small_picture_of_each_colour_scheme() -> None:
    readme = (ROOT / "README.md").read_text()
    for scheme in pictures.SCHEMES:
        file = pictures.file(scheme)
        assert f'="{path(file)}"' in readme
        assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert file.stat().st_size < MOST_BYTES
