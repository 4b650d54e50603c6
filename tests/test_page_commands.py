"""Each command of each page is run by a test, or says why not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from collections.abc import Iterator

import pytest

from tests.support.pages import Block
from tests.support.pages import blocks
from tests.support.pages import fences
from tests.support.pages import OTHERS
from tests.support.pages import page_text
from tests.support.pages import PAGES
from tests.support.pages import PART
from tests.support.pages import SHELL
from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run

RECIPE = re.compile(r"`(?:uv run |\.venv/bin/)?just ([a-z][\w-]*)[ `]")
Taken = set[tuple[str, ...]]


def calls(source: str, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


def texts(call: ast.Call) -> tuple[str, ...]:
    """Return the page, and the section, that a call has as texts."""
    return tuple(
        argument.value
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def taken() -> Taken:
    """Return the sections and the pages that tests take to run them."""
    found: Taken = set()
    for path in (ROOT / "tests").rglob("*.py"):
        source = path.read_text()
        for name, count in (("page_commands", 2), ("whole_page", 1)):
            for call in calls(source, name):
                assert len(texts(call)) == count, f"{path.name}: {ast.unparse(call)}"
                found.add(texts(call))
    return found


def findings(found: Iterable[Block], taken: Taken) -> Iterator[str]:
    """Yield blocks that no test runs, and marked ones that a test runs."""
    for block in found:
        is_taken = {(block.page,), (block.page, block.section)} & taken
        where = f"{block.page}, {block.section}: {block.text.strip()}"
        if not is_taken and block.reason is None:
            yield f"no test runs it, and no mark says why: {where}"
        if is_taken and block.reason is not None and (block.page,) in taken:
            yield f"a test runs it, in spite of the mark: {where}"


def test_each_command_of_a_page_is_run_or_marked() -> None:
    everything = [block for page in PAGES for block in blocks(page)]

    assert list(findings(everything, taken())) == []


def test_what_tests_run_is_in_the_pages() -> None:
    there = {part for page in PAGES for b in blocks(page) for part in (
        (b.page,), (b.page, b.section)
    )}  # fmt: skip

    assert taken() - there == set()


def test_each_fence_of_a_page_says_what_it_holds() -> None:
    for page in PAGES:
        kinds = [part["kind"] for part in fences(page) if not part["heading"]]

        assert {*kinds} <= SHELL | OTHERS, page
        assert not re.search(r"(?m)^(?:[ \t]+```|[ \t]*~~~)", page_text(page)), page
        assert 2 * len(kinds) == (ROOT / page).read_text().count("\n```"), page


def test_the_headings_above_commands_are_distinct() -> None:
    for page in PAGES:
        headings = [part["heading"] for part in fences(page) if part["heading"]]
        for block in blocks(page):
            assert headings.count(block.section) == 1, (page, block.section)


def recipes(folder: str) -> set[str]:
    return {*run(ROOT / folder, str(BIN / "just"), "--summary").split()}


def test_each_recipe_that_a_page_names_is_there() -> None:
    of_projects, ours = recipes("template"), recipes(".")
    for page in PAGES:
        known = of_projects if page.startswith("template/") else of_projects | ours
        named = set(RECIPE.findall(page_text(page)))

        assert named - known == set(), page


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("## New\n\n```sh\nls\n```\n", "no test runs it"),
        ("## Old\n\n<!-- not run: slow -->\n```sh\nls\n```\n", ""),
        ("## Old\n\n```sh\nls\n```\n", ""),
        ("## New\n\n<!-- not run: slow -->\n\n```sh\nls\n```\n", ""),
        ("## New\n\n<!-- not run: -->\n```sh\nls\n```\n", "no test runs it"),
    ],
)
def test_a_command_without_a_test_or_a_mark_is_found(text: str, finding: str) -> None:
    heading, fence = list(PART.finditer(text))
    block = Block("page.md", heading["heading"], fence["text"], fence["reason"])
    (found,) = list(findings([block], {("page.md", "Old")})) or [""]

    assert found.startswith(finding) if finding else not found
