"""The commands of the README and of docs/start.md that make a project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.pages import ADDRESS
from tests.support.pages import at_the_address
from tests.support.pages import fences
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import attempt
from tests.support.rendering import files
from tests.support.rendering import released
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.terminal import in_terminal
from tests.support.terminal import pressed_enter


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a git repository with a release."""
    return released(tmp_path_factory.mktemp("published") / "template.git", "v0.1.0")


@pytest.fixture(autouse=True)
def address(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead git from the address of the pages to the work tree."""
    for name, value in at_the_address(published, tmp_path).items():
        monkeypatch.setenv(name, value)


def answers(folder: Path) -> dict[str, Any]:
    recorded = (folder / "my-app/.copier-answers.yml").read_text()
    found: dict[str, Any] = yaml.safe_load(recorded)
    return found


def example(section: str, kind: str) -> str:
    """Return what a section of docs/start.md shows beside its commands."""
    heading = ""
    for part in fences("docs/start.md"):
        heading = part["heading"] or heading
        if (heading, part["kind"]) == (section, kind):
            return part["text"]
    raise LookupError(section)


def test_the_command_of_the_readme_asks_and_makes_a_project(
    render: Renderer, tmp_path: Path
) -> None:
    (command,) = page_commands("README.md", "Start a project")
    assert page_commands("docs/start.md", "Render it") == [command]

    child = in_terminal(tmp_path, ["bash", "-c", command])
    assert pressed_enter(child) >= 4

    assert answers(tmp_path)["_commit"] == "v0.1.0"
    assert answers(tmp_path)["_src_path"] == ADDRESS
    made, wanted = files(tmp_path / "my-app"), files(render())
    del made[".copier-answers.yml"], wanted[".copier-answers.yml"]
    assert made == wanted


def test_answers_are_given_on_the_command_line_and_in_a_file(tmp_path: Path) -> None:
    single, with_file = page_commands("docs/start.md", "Answers on the command line")

    printed = said(attempt(tmp_path, "bash", "-c", single))
    assert example("What is printed", "text") in printed
    assert answers(tmp_path)["project_name"] == "Corner shop"
    assert answers(tmp_path)["ci"] == "gitlab"

    shutil.rmtree(tmp_path / "my-app")
    text = example("Answers on the command line", "yaml")
    (tmp_path / "answers.yml").write_text(text)
    run_block(tmp_path, with_file)
    assert answers(tmp_path).items() >= yaml.safe_load(text).items()
    assert answers(tmp_path)["project_slug"] == "corner-shop"


def test_a_wrong_answer_ends_with_the_line_on_the_page(tmp_path: Path) -> None:
    (command,) = page_commands("docs/start.md", "A wrong answer")

    done = attempt(tmp_path, "bash", "-c", command)

    assert done.returncode == 1
    assert example("A wrong answer", "text") in done.stderr
    assert not (tmp_path / "my-app").exists()


def test_mitigations_are_left_out_as_the_page_says(tmp_path: Path) -> None:
    (command,) = page_commands("docs/questions.md", "skip_mitigations")

    run_block(tmp_path, command)

    assert answers(tmp_path)["skip_mitigations"] == ["csrf_cache", "upload_limits"]
