"""CONTRIBUTING.md names the paths, the folders and the recipes that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.commands import new_piece
from tests.support.facts.known_issues import ISSUES
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import copied_tree
from tests.support.rendering import git
from tests.support.rendering import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES = ("A question", "A mitigation", "A release")
MOST_PATHS_OF_A_PIECE = 8


def section(title: str) -> str:
    return re.split(r"\n##+ ", PAGE.partition(f"# {title}\n")[2])[0]


def paths(title: str) -> list[str]:
    """Return the first column of the table of a section."""
    return re.findall(r"(?m)^\| `([^`]+)`(?:,[^|]+)? \|", section(title))


def missing(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if not (ROOT / path).exists()]


def in_template(files: Iterable[str]) -> set[str]:
    return {f"template/{path}" for path in files}


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_worked_example_lists_paths_that_exist(title: str) -> None:
    assert len(paths(title)) > 4
    assert missing(paths(title)) == []


def test_a_path_that_does_not_exist_is_found() -> None:
    assert missing(["copier.yml", "template/nowhere.py"]) == ["template/nowhere.py"]


def test_the_example_of_a_piece_is_its_skeleton_and_few_files_more(
    tmp_path: Path,
) -> None:
    (name,) = re.findall(r"just piece (\w+)`", section("A piece"))
    skeleton = new_piece.write(copied_tree(ROOT, tmp_path / "copy"), name)
    listed = paths("A piece")

    assert listed[: len(skeleton)] == skeleton
    assert missing(listed[len(skeleton) :]) == []
    assert len(listed) <= MOST_PATHS_OF_A_PIECE


def test_the_example_of_a_mitigation_has_all_files_of_a_mitigation() -> None:
    (name,) = re.findall(r"For instance `(\w+)`", section("A mitigation"))
    (issue,) = [issue for issue in ISSUES if issue["id"] == name]

    assert in_template(issue["files"]) - {*paths("A mitigation")} == set()


def test_the_example_of_a_question_is_one() -> None:
    (name,) = re.findall(r"For instance `(\w+)`", section("A question"))

    assert QUESTIONS_DECLARED[name]["type"] == "text"


def folders() -> set[str]:
    tracked = git(ROOT, "ls-files").splitlines()
    return {f"{path.split('/')[0]}/" for path in tracked if "/" in path}


def test_the_table_of_folders_has_each_folder() -> None:
    hidden = {folder for folder in folders() if folder[0] == "."}

    assert {*paths("The house")} == folders() - hidden | {"copier.yml"}


def test_the_table_of_layers_has_each_layer() -> None:
    with_tests = {path.parent for path in (ROOT / "tests").glob("*/test_*.py")}
    layers = {path.relative_to(ROOT).as_posix() for path in with_tests}

    # tests/test_projects.py runs those of tests/shipped, in projects.
    # The page has a table of the modules that tests share, too.
    named = {path for path in paths("Tests") if path.startswith("tests/")}
    assert named == layers - {"tests/shipped"} | {"tests/test_*.py"}


def test_the_page_begins_with_the_first_hour() -> None:
    assert PAGE.split("\n## ")[1].startswith("The first hour\n")
    assert len(section("The first hour").strip().splitlines()) <= 25
