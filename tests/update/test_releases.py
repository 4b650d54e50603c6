"""The releases in the history, and paths and answers that they dropped."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.support.facts.answers import SAME
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.update import releases
from tests.update.dropped import dropped
from tests.update.dropped import known_by_guard
from tests.update.dropped import lost
from tests.update.dropped import questions
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import presets
from tests.update.projects_to_update import retired
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.starts import COMMITS
from tests.update.starts import RELEASES
from tests.update.starts import STARTS


def test_every_heading_has_its_release() -> None:
    headings = releases.HEADING.findall((ROOT / "CHANGELOG.md").read_text())

    # The newest may be about to be committed.
    assert set(headings[1:]) <= set(releases.found(ROOT)) <= set(headings)
    assert RELEASES


def test_every_release_is_tagged(published: Path) -> None:
    assert {*RELEASES, WORK_TREE, *COMING} <= set(git(published, "tag").split())


@pytest.mark.parametrize("release", STARTS)
@pytest.mark.parametrize(("preset", "other"), SAME.items())
def test_a_preset_that_a_push_leaves_out_gave_the_answers_of_another(
    preset: str, other: str, release: str, base: Callable[[str, str], Path]
) -> None:
    if not {preset, other} <= set(presets(ROOT, COMMITS[release])):
        return
    answers = answers_of(base(release, preset))

    assert answers | {"preset": other} == answers_of(base(release, other))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A repository with three releases, two of which share a beginning."""
    repository = tmp_path / "history"
    repository.mkdir()
    git(repository, "init", "--quiet")
    text = "# Changes\n"
    for version in ("0.1.1", "0.1.10", "0.2.0"):
        text = text.replace("# Changes\n", f"# Changes\n\n## {version}\nReleased\n", 1)
        (repository / "CHANGELOG.md").write_text(text)
        commit_all(repository, version)
        (repository / "later").write_text(version)
        commit_all(repository, "work")
    return repository


def test_the_command_of_the_page_tags_each_release(
    published: Path, tmp_path: Path
) -> None:
    (command,) = page_commands("CONTRIBUTING.md", "A release")
    clone = tmp_path / "copier-flask"
    git(published, "clone", "--quiet", "--no-tags", str(published), str(clone))

    printed = run_block(clone, command)

    assert git(clone, "tag").split() == git(published, "tag").split()
    assert "v0.1.0" in printed


def test_a_release_is_the_first_commit_with_its_heading(history: Path) -> None:
    found = releases.found(history)

    assert list(found) == ["0.1.1", "0.1.10", "0.2.0"]
    for version, commit in found.items():
        assert (
            git(history, "show", "--no-patch", "--format=%s", commit).strip() == version
        )


def test_a_real_tag_wins(history: Path) -> None:
    git(history, "tag", "v0.1.10", "HEAD")

    found = releases.found(history)

    assert found["0.1.10"] == git(history, "rev-parse", "HEAD").strip()
    assert releases.tag(history) == ["v0.1.1", "v0.2.0"]
    assert releases.tag(history) == []


def test_a_shallow_clone_is_refused(history: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{history}", "shallow")

    with pytest.raises(releases.HistoryError, match="shallow"):
        releases.found(tmp_path / "shallow")


def test_a_squashed_history_is_refused(history: Path, tmp_path: Path) -> None:
    git(history, "checkout", "--quiet", "--orphan", "squashed")
    commit_all(history, "all at once")

    with pytest.raises(releases.HistoryError, match="rewritten or cut"):
        releases.found(history)


@pytest.mark.parametrize("new", [WORK_TREE, COMING[-1]])
@pytest.mark.parametrize("old", STARTS)
def test_no_path_is_removed_undeclared(
    old: str, new: str, published: Path, tmp_path: Path
) -> None:
    assert set(dropped(published, old, new, tmp_path)) == set()


def test_a_path_that_disappears_is_named(published: Path, tmp_path: Path) -> None:
    # Backwards, the last release to come takes away what it had brought.
    assert "app/core/farewell.py" in set(
        dropped(published, COMING[-1], WORK_TREE, tmp_path)
    )


@pytest.mark.parametrize("new", [WORK_TREE, COMING[-1]])
@pytest.mark.parametrize("old", STARTS)
def test_every_recorded_answer_keeps_working(
    old: str, new: str, published: Path
) -> None:
    assert not lost(
        questions(published, old),
        questions(published, new),
        known_by_guard(published, new),
    )


def test_an_answer_that_disappears_is_named(published: Path) -> None:
    old = questions(published, WORK_TREE)
    new = {name: question for name, question in old.items() if name != "database"}
    new["ci"] = {**old["ci"], "choices": ["github", "none"]}

    assert lost(old, new, set()) == {"database", "ci=gitlab"}


@pytest.mark.parametrize("tag", [*STARTS, WORK_TREE, COMING[-1]])
def test_the_message_names_the_retired_paths_of_its_release(
    tag: str, published: Path
) -> None:
    named = named_in_messages(published, tag)

    assert sorted(named) == sorted(retired(published, tag, {"ci": "none"}))


def named_in_messages(published: Path, tag: str) -> list[str]:
    """Return the paths that the message of a release names."""
    listed = git(published, "ls-tree", "--name-only", f"{tag}:extensions").split()
    if "retired.yml" in listed:
        text = git(published, "show", f"{tag}:extensions/retired.yml")
        former = yaml.safe_load(text)
        return [*former["retired"], *former["moved"]]
    # Until 0.14.1 they were in the macro itself.
    messages = git(published, "show", f"{tag}:extensions/messages.jinja")
    sets = re.findall(r"{% set (?:retired|moved) = (.*?) %}", messages, re.S)
    return [name for names in sets for name in yaml.safe_load(names)]
