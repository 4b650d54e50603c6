"""A project leaves the template, by docs/leaving.md: nothing else depends on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import options
from tests.support.pages import page_commands
from tests.support.pages import page_text
from tests.support.pages import run_block
from tests.support.rendering import attempt
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import run_within
from tests.support.rendering import said
from tests.support.rendering import start_repository
from tests.support.running.projects import uv
from tests.update.projects_to_update import rendered
from tests.update.published import WORK_TREE

# What reads the record, or runs an update; words in a docstring do not.
NEEDS_IT = re.compile(
    r"\.copier-answers|\buvx copier\b|-m updates\b|^(?:from|import) updates\b", re.M
)
ALL_OF_CI = ("github", "gitlab", "none")
LEAVING = ["minimal", "full"] if options.chosen.everything else ["minimal"]
EVERY_BOT = ("none", "workflow", "renovate")


def rows(section: str) -> dict[str, str]:
    """Return the paths in the table of a section, each with what is said of it."""
    text = (
        page_text("docs/leaving.md")
        .partition(f"\n## {section}\n")[2]
        .partition("\n## ")[0]
    )
    return dict(re.findall(r"(?m)^\| `(.+?)` \| (.+) \|$", text))


DELETED, EDITED = rows("What to delete"), rows("What to edit")
RECIPES = set(re.findall(r"`([\w-]+)`", EDITED["justfile"]))


def without_recipes(justfile: Path, names: set[str]) -> None:
    """Remove recipes with their comments, and what only they use."""
    parts = justfile.read_text().split("\n\n")
    kept = [part for part in parts if not is_of(part, names)]
    text = "\n\n".join(kept)
    for name in re.findall(r"(?m)^(\w+) :=", text):
        if not re.search(rf"{{{{ *{name}\b", text):
            text = re.sub(
                rf"(?ms)^(?:# [^\n]*\n)*{name} := (?:'''.*?'''|[^\n]*)\n", "", text
            )
    justfile.write_text(text)


def is_of(part: str, names: set[str]) -> bool:
    """Return whether a paragraph of a justfile has a recipe of one of the names."""
    found = re.search(r"(?m)^([\w-]+)[^:\n]*:(?!=)", part)
    return found is not None and found[1] in names


def needing_it(project: Path) -> set[str]:
    """Return the files that need the record or the package of the updates."""
    return {
        name
        for name, content in files(project).items()
        if not name.endswith(".md")
        and (name == ".copier-answers.yml" or name.startswith("updates/")
             or NEEDS_IT.search(content.decode("utf-8", "replace")))
    }  # fmt: skip


@pytest.mark.parametrize("ci", ALL_OF_CI)
def test_the_lists_are_what_needs_the_template(
    ci: str, published: Path, tmp_path: Path
) -> None:
    bots = EVERY_BOT if "update_bot" in page_text("docs/questions.md") else [None]
    for bot in bots:
        answers = {"preset": "full", "ci": ci} | ({"update_bot": bot} if bot else {})
        ours = rendered(published, WORK_TREE, tmp_path / str(bot), **answers)

        listed = (*DELETED, *EDITED)
        found = needing_it(ours)
        assert {name for name in found if not name.startswith(listed)} == set()
        assert ".copier-answers.yml" in found
        assert "justfile" in found or (ours / "updates").exists()


def test_each_path_of_the_lists_is_deleted_by_the_commands() -> None:
    (command,) = page_commands("docs/leaving.md", "What to delete")

    assert [path for path in DELETED if f" {path.rstrip('/')}" not in command] == []


@pytest.mark.parametrize(
    "preset", ["minimal", "full"] if options.chosen.everything else ["minimal"]
)
def test_nothing_else_depends_on_it(
    preset: str, published: Path, tmp_path: Path
) -> None:
    answers = {"preset": preset, "ci": "github"}
    ours = rendered(published, WORK_TREE, tmp_path / "project", **answers)
    uv(ours, "sync", "--quiet")
    start_repository(ours, "start")

    (leave,) = page_commands("docs/leaving.md", "What to delete")
    run_block(ours, leave)
    without_recipes(ours / "justfile", RECIPES)

    assert not (ours / ".copier-answers.yml").exists()
    git(ours, "clean", "--quiet", "-d", "--force", "-x", "--exclude=.venv")
    assert needing_it_without_venv(ours) == set()
    run_within(1500, ours, "uv", "run", "just", "check")
    left = run(ours, "uv", "run", "just", "--summary").split()
    assert not RECIPES & {*left}
    assert {"check", "test", "conflicts", "fix"} <= {*left}
    done = attempt(ours, "uv", "run", "just", "update")
    assert done.returncode
    assert said(done).strip().splitlines()[0].startswith("error: ")
    assert "does not contain recipe `update`" in said(done)


def needing_it_without_venv(project: Path) -> set[str]:
    return {name for name in needing_it(project) if not name.startswith(".venv/")}
