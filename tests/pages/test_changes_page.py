"""The page of what changed, in Chromium: it shows what Copier renders.

The store has the oldest release, the newest one and the work tree; with --all each.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser
from playwright.sync_api import Page

from tests.commands import syntax
from tests.commands.release_diff import Answers
from tests.commands.release_diff import Comparison
from tests.commands.release_diff import diff
from tests.commands.release_diff import recorded
from tests.commands.release_diff import Templates
from tests.commands.release_trees import commits
from tests.commands.release_trees import WORK_TREE
from tests.commands.store import build
from tests.pages.stores import by_copier
from tests.pages.stores import Case
from tests.pages.stores import differences
from tests.pages.stores import in_browser
from tests.pages.stores import QUESTIONS
from tests.pages.stores import random_answers
from tests.pages.stores import served
from tests.support import options
from tests.support.browsers.playwright_pages import browser as started
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import PRESETS
from tests.support.rendering import ROOT

OLDEST, *_, NEWEST = commits()
VERSIONS = [*(commits() if options.chosen.everything else (OLDEST, NEWEST)), WORK_TREE]
RANDOM_SETS = 50 if options.chosen.everything else 8
READY = "body[data-round]"


@dataclass
class Served:
    url: str
    folder: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def store(shared: Path) -> Iterator[Served]:
    """The page with its store, which all processes of the run share."""
    folder = shared / "store-of-changes"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            build(folder.with_suffix(".new"), VERSIONS)
            folder.with_suffix(".new").rename(folder)
    with served(folder) as url:
        yield Served(url, folder)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def page(browser: Browser, store: Served) -> Iterator[Page]:
    with visitor(browser, store.url) as reader:
        reader.page.goto(f"{store.url}/icon.svg")  # a page without a script
        yield reader.page


@pytest.fixture
def opened(browser: Browser, store: Served) -> Iterator[Callable[..., Visitor]]:
    """Return a function that opens the page with a fragment, and waits for it."""
    with visitor(browser, store.url, accept_downloads=True) as reader:

        def open_page(fragment: str = "") -> Visitor:
            reader.page.goto("about:blank")
            reader.open(f"/index.html#{fragment}")
            reader.page.wait_for_selector(READY)
            return reader

        yield open_page


def is_whole(version: str) -> bool:
    """Return whether each preset is looked at on a release."""
    return options.chosen.everything or version == WORK_TREE


def cases(page: Page) -> list[Case]:
    """Return presets on every release of the store, and answers by chance."""
    chance = Random(22)  # noqa: S311  # no secret
    asked = {name: page.evaluate(QUESTIONS, {"version": name}) for name in VERSIONS}
    random = [
        Case(version, random_answers(asked[version], chance))
        for version in (chance.choice(VERSIONS) for _ in range(RANDOM_SETS))
    ]
    presets = [
        Case(version, {"preset": preset})
        for version in VERSIONS
        for preset in (PRESETS if is_whole(version) else PRESETS[:1])
    ]
    return presets + random


def test_the_page_makes_the_files_that_copier_renders(
    page: Page,
    templates: Templates,
    tmp_path: Path,
    measured: Callable[[str], None],
) -> None:
    asked = cases(page)
    made = in_browser(page, asked)
    wanted = [
        by_copier(templates, case, tmp_path / f"project-{number}")
        for number, case in enumerate(asked)
    ]

    found = {
        str(case): differing[:5]
        for case, one, other in zip(asked, wanted, made, strict=True)
        if (differing := differences(one, other))
    }
    refused = sum(isinstance(one, str) for one in wanted)
    measured(
        f"the page of what changed: {len(asked) - refused} projects as Copier renders "
        f"them, {refused} refused in its words, {len(VERSIONS)} releases"
    )
    assert found == {}
    assert refused < len(asked) / 2


# What a store could have wrong, and a path that shows it.


def swap(index: dict[str, Any], _: Path) -> None:
    """Give one file the content of another one."""
    some = index["files"]
    some["app/core/proxy.py"]["file"] = some["app/core/errors.py"]["file"]


def lose(index: dict[str, Any], _: Path) -> None:
    del index["files"]["app/core/proxy.py"]


def keep_all(index: dict[str, Any], _: Path) -> None:
    """Leave no file out, with any answers."""
    index["exclude"] = []


def other_branch(index: dict[str, Any], store: Path) -> None:
    """Turn the first condition of a template round."""
    name = index["parts"]["template/Dockerfile.jinja"]
    tree = json.loads((store / name).read_text())
    (first, *_) = [node for node in tree if node["kind"] == "If"]
    first["test"] = {"kind": "Not", "node": first["test"]}
    (store / "files/spoiled.json").write_text(json.dumps(tree))
    index["parts"]["template/Dockerfile.jinja"] = "files/spoiled.json"


def other_default(index: dict[str, Any], _: Path) -> None:
    (question,) = [one for one in index["questions"] if one["name"] == "docker"]
    question["default"] = False


def cannot_run(index: dict[str, Any], _: Path) -> None:
    index["files"]["app/core/proxy.py"]["executable"] = True


FAULTS = {
    swap: "app/core/proxy.py",
    lose: "app/core/proxy.py",
    keep_all: "app/models_plain.py",
    other_branch: "Dockerfile",
    other_default: "Dockerfile",
    cannot_run: "app/core/proxy.py",
}


def test_a_fault_of_the_store_is_found(
    page: Page,
    store: Served,
    templates: Templates,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("planted faults", len(FAULTS))
    case = Case(WORK_TREE, {"preset": "api"})
    wanted = by_copier(templates, case, tmp_path / "project")

    for number, (plant, path) in enumerate(FAULTS.items()):
        spoiled = store.folder / f"spoiled-{number}"
        shutil.copytree(store.folder / "store", spoiled, dirs_exist_ok=True)
        index = json.loads((spoiled / f"releases/{WORK_TREE}.json").read_text())
        plant(index, spoiled)
        (spoiled / f"releases/{WORK_TREE}.json").write_text(json.dumps(index))
        (made,) = in_browser(page, [case], f"{spoiled.name}/")
        shutil.rmtree(spoiled)

        assert path in differences(wanted, made), plant.__name__


def patch_of(reader: Visitor, target: Path) -> str:
    """Return what the page saves as a patch."""
    with reader.page.expect_download() as download:
        reader.page.click("text=Save as a patch")
    download.value.save_as(target)
    return target.read_text()


def numbers(repository: Path, patch: Path) -> dict[str, tuple[int, int]]:
    """Return how many lines a patch adds and removes, by file; -1 for a binary one."""
    listed = git(repository, "apply", "--numstat", str(patch)).splitlines()
    rows = [line.replace("-\t-\t", "-1\t-1\t").split("\t") for line in listed]
    return {path: (int(added), int(removed)) for added, removed, path in rows}


# Two sets of answers, in the address of the page.
SMALLER = (
    "a.preset=website&b.preset=website&b.auth=false"
    "&b.skip_mitigations[]=csrf_cache&b.skip_mitigations[]=key_rotation"
)
SHOWN = """
[...document.querySelectorAll("details.file")].map(file => [
  file.querySelector(".path").textContent,
  file.querySelectorAll("ins").length,
  file.querySelectorAll("del").length])
"""


@pytest.mark.parametrize(
    ("fragment", "comparison"),
    [
        (
            f"from={OLDEST}&to={WORK_TREE}&a.preset=minimal&a.author_name=O'Neil \\",
            Comparison(
                OLDEST, WORK_TREE, {"preset": "minimal", "author_name": "O'Neil \\"}
            ),
        ),
        (
            f"from={NEWEST}&to={WORK_TREE}&new=yes&a.preset=api&a.ci=gitlab",
            Comparison(
                NEWEST, WORK_TREE, {"preset": "api", "ci": "gitlab"}, new_projects=True
            ),
        ),
        (
            f"release={WORK_TREE}&{SMALLER}",
            Comparison(
                WORK_TREE, WORK_TREE, {"preset": "website"},
                then={
                    "preset": "website", "auth": False,
                    "skip_mitigations": ["csrf_cache", "key_rotation"],
                },
            ),
        ),
    ],
    ids=["an update", "two new projects", "two sets of answers"],
)  # fmt: skip
def test_the_lines_that_it_shows_are_those_of_git(
    fragment: str,
    comparison: Comparison,
    opened: Callable[..., Visitor],
    tmp_path: Path,
) -> None:
    first, second, _ = comparison.render(tmp_path)
    expected = tmp_path / "expected.patch"
    expected.write_text(diff(first, second, tmp_path / "diff"))
    reader = opened(fragment)
    saved = tmp_path / "saved.patch"
    text = patch_of(reader, saved)
    if reader.page.locator("text=Open all files").count():
        reader.page.click("text=Open all files")

    applied = shutil.copytree(first, tmp_path / "applied")
    git(applied, "init", "--quiet")
    git(applied, "apply", "--whitespace=nowarn", str(saved))
    counts = numbers(applied, expected)
    binary = {path for path, (added, _) in counts.items() if added < 0}
    assert "diff --git a/.copier-answers.yml b/.copier-answers.yml\n" in text
    made, wanted = files(applied), files(second)
    different = {path for path in made | wanted if made.get(path) != wanted.get(path)}
    assert different <= binary
    shown = {path: (more, less) for path, more, less in reader.page.evaluate(SHOWN)}
    assert shown.keys() == counts.keys()
    for path, (more, less) in shown.items():
        # Git leaves frequent lines out, and so does not always find the smallest diff.
        assert path in binary or more - less == counts[path][0] - counts[path][1]
        assert path in binary or more <= counts[path][0]
    assert reader.complaints == []


def test_its_command_prints_the_same(opened: Callable[..., Visitor]) -> None:
    reader = opened(f"from={NEWEST}&to={WORK_TREE}&a.project_name=It's&a.auth=false")

    command = reader.page.locator(".command code").text_content()

    assert command == (
        f".venv/bin/just release-diff v{NEWEST} {WORK_TREE} "
        """'project_name=It'"'"'s' auth=false"""
    )


def test_new_questions_are_answered_as_an_update_does(
    page: Page, tmp_path: Path
) -> None:
    given: Answers = {"preset": "website"}
    _, second, notes = Comparison(OLDEST, WORK_TREE, given).render(tmp_path)

    found = page.evaluate(
        """async asked => {
          const {Store, served} = await import("/store.js");
          const {ofReleases} = await import("/compare.js");
          const store = new Store(served(new URL("store/", location.href)));
          const {after} = await ofReleases(store, asked);
          return after.recorded;
        }""",
        {"from": OLDEST, "to": WORK_TREE, "given": given, "updating": True},
    )

    assert found == recorded(second)
    assert "auth=false" in notes[0]


def test_it_takes_the_answers_of_a_project(
    opened: Callable[..., Visitor], templates: Templates, tmp_path: Path
) -> None:
    name = 'It\'s: "quoted" # and long enough for the file to break the line of it'
    given = {"preset": "minimal", "project_name": name}
    project = templates.render(OLDEST, given, tmp_path / "project")
    text = (project / ".copier-answers.yml").read_text()
    reader = opened()

    reader.page.click("text=Take the answers of a project")
    reader.page.fill("#answers-file", text)
    reader.page.click("text=Use these answers")
    reader.page.wait_for_selector("body[data-round='2']")

    assert reader.page.input_value("#given-project_name") == name
    assert reader.page.input_value("#given-preset") == "minimal"
    assert reader.page.input_value("#from") == OLDEST
    for wrong in ("", "nothing", "a: [", "_commit: v99.0.0"):
        reader.page.fill("#answers-file", wrong)
        reader.page.click("text=Use these answers")
        said = reader.page.locator("#paste-error").text_content() or ""
        assert said.startswith("This is no answers file: "), wrong


def test_answers_that_a_release_refuses_are_named_in_its_words(
    opened: Callable[..., Visitor],
) -> None:
    reader = opened(
        f"from={OLDEST}&to={WORK_TREE}&a.tasks=threads"
        "&a.skip_mitigations[]=thread_context"
    )

    said = reader.page.locator("#refusal").inner_text()

    assert f"No project of {WORK_TREE} can have these answers" in said
    assert "tasks=threads works by the mitigation thread_context" in said
    assert reader.page.locator("details.file").count() == 0


def test_an_answer_changes_what_is_shown_and_the_address_keeps_it(
    opened: Callable[..., Visitor],
) -> None:
    reader = opened(f"release={WORK_TREE}&a.preset=minimal&b.preset=minimal")
    assert reader.page.locator("#summary").text_content() == "No file differs."

    reader.page.focus("#then-docker")
    reader.page.keyboard.press("Space")
    reader.page.wait_for_selector("details.file")
    paths = reader.page.locator(".path").all_text_contents()
    address = reader.page.evaluate("location.hash")

    assert "Dockerfile" in paths
    assert "b.docker=true" in address
    again = opened(address.removeprefix("#"))
    assert again.page.locator(".path").all_text_contents() == paths
    assert again.page.locator("#then-docker").is_checked()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_the_page_is_for_all_readers(
    browser: Browser, store: Served, width: int, scheme: str
) -> None:
    with visitor(browser, store.url, width=width, scheme=scheme) as reader:
        few = "a.preset=minimal&b.preset=minimal&b.docker=true&b.license=Apache-2.0"
        reader.open(f"/#release={WORK_TREE}&{few}")
        reader.page.wait_for_selector(READY)
        assert reader.faults() == []
        closed = reader.page.locator("details:not([open]) > summary")
        while closed.count():
            closed.first.press("Enter")
        assert reader.violations() + reader.complaints + reader.overflow() == []

        reader.open(f"/#release={WORK_TREE}&a.tasks=threads&b.preset=x")
        reader.page.reload()
        reader.page.wait_for_selector("#refusal:not([hidden])")
        assert reader.violations() + reader.complaints + reader.overflow() == []


def test_without_javascript_or_a_server_it_says_what_to_do(
    browser: Browser, store: Served
) -> None:
    for url, javascript in ((store.url, False), (store.folder.as_uri(), True)):
        with visitor(browser, url, javascript=javascript) as reader:
            reader.open("/index.html")
            seen = reader.page.locator("main").inner_text()

            assert "python3 -m http.server" in seen
            assert "just release-diff" in seen
            assert "Compare two" not in seen


def test_the_page_knows_the_syntax_that_the_store_lets_in(page: Page) -> None:
    known = page.evaluate(
        """async () => {
          const {EXPRESSIONS, STATEMENTS} = await import("/jinja.js");
          const {FILTERS, METHODS, TESTS} = await import("/filters.js");
          return {
            filters: Object.keys(FILTERS), tests: Object.keys(TESTS), methods: METHODS,
            nodes: [...Object.keys(EXPRESSIONS), ...Object.keys(STATEMENTS)]};
        }"""
    )

    assert set(known["filters"]) == syntax.FILTERS
    assert set(known["tests"]) == syntax.TESTS
    assert set(known["methods"]) == syntax.METHODS
    # The nodes that hold these two read them.
    assert {*known["nodes"], "Slice", "NSRef"} == syntax.NODES


def test_another_page_can_import_the_scripts_as_the_documents_say(page: Page) -> None:
    text = (ROOT / "docs/what-changed.md").read_text()
    (code,) = re.findall(r"(?s)```javascript\n(.*?)```", text)
    # A function imports in another way than a script.
    code = re.sub(
        r'import ({.*?}) from "\.(.*?)";', r'const \1 = await import("\2");', code
    )
    code = re.sub(r'release\(".*?"\)', f'release("{NEWEST}")', code)

    paths = page.evaluate(f"async () => {{ {code}\n return [...files.keys()]; }}")

    assert {"app/__init__.py", ".gitlab-ci.yml", ".copier-answers.yml"} <= {*paths}
