"""What people do with accounts, in Chromium: each walk with JavaScript and without.

On a push the ways take turns; --all walks each way.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.sites import DEVELOPMENT
from tests.pages.sites import EASY
from tests.pages.sites import in_development
from tests.pages.validity import faults
from tests.pages.validity import install
from tests.pages.walking import Findings
from tests.pages.walking import Walker
from tests.pages.walking import walker
from tests.pages.walking import Way
from tests.pages.walks import WALKS
from tests.support import options
from tests.support.browsers.client import make_account
from tests.support.browsers.playwright_pages import browser as started
from tests.support.rendering import Renderer
from tests.support.running.projects import uv
from tests.support.sampling import in_turn

# Two ways in place of eight: each half of the readers is in one of them, and
# test_pages.py opens every page in both widths and both schemes.
WAYS = (
    Way(javascript=True, width=1280, scheme="light"),
    Way(javascript=False, width=375, scheme="dark"),
)
WALKED = (
    list(product(WALKS, WAYS)) if options.chosen.everything else in_turn(WALKS, WAYS)
)


@dataclass(frozen=True)
class Place:
    """A site that is served, with an administrator."""

    project: Path
    url: str
    checker: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def place(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("walks")
    project = Renderer(template, folder)(preset="api", project_name="Harbour")
    uv(project, "sync", "--quiet")
    uv(project, "run", "flask", "db", "upgrade", **DEVELOPMENT)
    make_account(project, DEVELOPMENT, "--admin")
    checker = folder / "html"
    install(checker)
    with in_development(project, **EASY) as server:
        yield Place(project, server.url, checker)


@pytest.mark.parametrize(
    ("walk", "way"), WALKED, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_people_come_to_the_end_and_no_page_has_a_fault(
    walk: Callable[[Walker], None], way: Way, place: Place, browser: Browser
) -> None:
    findings = Findings()
    with walker(browser, place.url, way, place.project, findings) as person:
        walk(person)

    assert findings.faults
    assert {name: found for name, found in findings.faults.items() if found} == {}
    if way.javascript:  # the HTML is the same for all
        assert faults(place.checker, findings.sources) == []


SPOILED = """
() => {
  document.querySelector("main").insertAdjacentHTML("beforeend", `
    <h1>Another</h1> <hr width="330">
    <form><input aria-invalid="true"> <button class="button-danger">Go</button></form>
  `);
}
"""


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_faults_of_a_page_are_seen(way: Way, place: Place, browser: Browser) -> None:
    findings = Findings()
    with walker(browser, place.url, way, place.project, findings) as person:
        person.open("/auth/login")
        person.page.evaluate(SPOILED)
        person.look("a page")

    (found,) = findings.faults.values()
    for fault in (
        "label: <input",
        "the first error has no focus",
        "one click is enough for: Go",
        "it has 2 headings",
        "at 320: ",
    ):
        assert any(each.startswith(fault) for each in found), fault
