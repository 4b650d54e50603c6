"""`just release-diff`: what two releases render with some answers, as Git diffs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.commands.release_diff import Comparison
from tests.commands.release_diff import diff
from tests.commands.release_diff import main
from tests.commands.release_diff import recorded
from tests.commands.release_trees import commits
from tests.commands.release_trees import WORK_TREE
from tests.commands.store import main as store
from tests.commands.syntax import SyntaxUnknownError
from tests.commands.syntax import written
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.update.releases import as_numbers

OLDEST, *_, NEWEST = commits()


def test_git_applies_the_diff_and_gives_the_second_project(tmp_path: Path) -> None:
    answers = {"preset": "api", "project_name": 'It\'s "mine"', "ci": "gitlab"}
    comparison = Comparison(NEWEST, WORK_TREE, answers)
    first, second, _ = comparison.render(tmp_path)
    patch = tmp_path / "changes.patch"
    patch.write_text(diff(first, second, tmp_path / "diff"))

    applied = shutil.copytree(first, tmp_path / "applied")
    git(applied, "init", "--quiet")
    git(applied, "apply", "--whitespace=nowarn", str(patch))

    assert files(applied) == files(second)
    assert f"-_commit: v{NEWEST}\n" in patch.read_text()
    assert f"+_commit: {WORK_TREE}\n" in patch.read_text()
    assert str(tmp_path) not in patch.read_text()


def test_an_answer_of_one_release_only_is_left_out_of_the_other_one(
    tmp_path: Path,
) -> None:
    first, second, notes = Comparison(
        OLDEST, NEWEST, {"preset": "minimal", "docker": "yes"}
    ).render(tmp_path)

    assert "docker" not in recorded(first)
    assert recorded(second)["docker"] is True
    assert (second / "Dockerfile").exists()
    left_out, new = notes
    assert left_out == (
        f"{OLDEST} does not have the question docker; it is left out there."
    )
    assert "auth=false" in new
    assert "docker" not in new


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["0.0.9", NEWEST], 2, "0.0.9 is not a release: choose one of 0.1.0, "),
        ([OLDEST, NEWEST, "dokcer=no"], 1, "dokcer is not a question: "),
        ([OLDEST, NEWEST, "minimal"], 1, "minimal is no answer: write NAME=VALUE."),
        ([OLDEST, NEWEST, "preset=api"], 1, f'{OLDEST}: preset cannot be "api": '),
        ([NEWEST, OLDEST, "project_name="], 1, f"{NEWEST}: project_name is not acc"),
    ],
    ids=["a release", "a question", "no answer", "a value", "a name"],
)
def test_an_error_is_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(said)
    assert output.err.count("\n") == 1


def test_the_commands_of_the_page_run() -> None:
    releases, answers = page_commands("docs/what-changed.md", "A command")

    assert "\n+_commit: v0.14.1\n" in run_block(ROOT, releases)
    printed = run_block(ROOT, answers)
    assert "\n+++ b/Dockerfile\n" in printed
    assert "\n+_commit" not in printed


def test_the_store_is_written_into_an_empty_folder_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("text")

    assert store([str(tmp_path), WORK_TREE]) == 2
    assert capsys.readouterr().err.endswith("is not empty: name a new folder.\n")
    assert store([str(tmp_path / "new"), "1.2.3"]) == 1
    assert "1.2.3 is not a release" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ name | center(9) }}", "the filter 'center'"),
        ("{{ names | map('center', 9) | list }}", "the filter or test 'center'"),
        ("{{ name is odd }}", "the test 'odd'"),
        ("{{ name.title() }}", "the method 'title'"),
        ("{% with a = 1 %}{{ a }}{% endwith %}", "the tag 'With'"),
        ("{{ number * 2 }}", "the tag 'Mul'"),
    ],
)
def test_syntax_that_the_page_does_not_know_stops_the_store(
    text: str, said: str
) -> None:
    with pytest.raises(SyntaxUnknownError, match=said):
        written(Environment(autoescape=True), "a template", text)


def test_releases_are_in_the_order_of_their_numbers() -> None:
    assert list(commits()) == sorted(commits(), key=as_numbers)
