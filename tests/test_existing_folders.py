"""The real `copier` command in a folder that is not empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rendering import attempt
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.rendering import start_repository
from tests.support.terminal import COPIER
from tests.support.terminal import ended
from tests.support.terminal import interview
from tests.support.terminal import pressed_enter

OWN = {
    "README.md": b"# Mine\n",
    "notes.txt": b"buy tea\n",
    "app/mine.py": b"mine = True\n",
    ".env": b"SECRET_KEY=mine\n",
    "uv.lock": b"# mine\n",
}
UNRELATED = {name: content for name, content in OWN.items() if name != "README.md"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `my-app` with a user's files; one has the name of a rendered file."""
    for name, content in OWN.items():
        (tmp_path / "my-app" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "my-app" / name).write_bytes(content)
    return tmp_path / "my-app"


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    """A committed project `my-app`, rendered with answers other than the defaults."""
    answers = (
        "--data",
        "preset=minimal",
        "--data",
        "project_name=Tea",
        "--data=auth=1",
    )
    run(tmp_path, COPIER, "copy", "--defaults", *answers, str(template), "my-app")
    start_repository(tmp_path / "my-app", "start")
    return tmp_path / "my-app"


def test_existing_files_with_other_names_are_kept(
    template: Path, folder: Path, render: Renderer
) -> None:
    (folder / "README.md").unlink()
    run(folder.parent, COPIER, "copy", "--defaults", str(template), "my-app")

    assert files(folder) == files(render()) | UNRELATED


def test_an_existing_repository_keeps_its_history(
    template: Path, folder: Path, render: Renderer
) -> None:
    (folder / "README.md").unlink()
    start_repository(folder, "mine")
    before = git(folder, "rev-parse", "HEAD")
    run(folder, COPIER, "copy", "--defaults", str(template), ".")

    assert git(folder, "rev-parse", "HEAD") == before
    assert git(folder, "diff", "--stat") == ""
    assert files(folder) == files(render()) | UNRELATED


def test_without_a_terminal_an_existing_file_of_the_same_name_stops_the_copy(
    template: Path, folder: Path
) -> None:
    done = attempt(folder.parent, COPIER, "copy", "--defaults", str(template), "my-app")

    assert done.returncode == 1
    assert "Consider using `--overwrite`" in done.stderr
    assert "Traceback" not in done.stderr
    assert files(folder).items() >= OWN.items()


def test_overwriting_completes_a_copy_that_stopped(
    template: Path, folder: Path, render: Renderer
) -> None:
    arguments = ("--defaults", str(template), "my-app")
    attempt(folder.parent, COPIER, "copy", *arguments)
    run(folder.parent, COPIER, "copy", "--overwrite", *arguments)

    assert files(folder) == files(render()) | UNRELATED


@pytest.mark.parametrize(("key", "kept"), [("n", True), ("y", False)])
def test_a_terminal_asks_for_a_file_of_the_same_name(
    key: str, kept: bool, template: Path, folder: Path, render: Renderer
) -> None:
    child = interview(template, folder.parent, "--defaults")
    child.expect(r"Overwrite README\.md\?")
    child.send(key)

    assert ended(child) == 0
    expected = files(render()) | UNRELATED
    assert files(folder) == (expected | OWN if kept else expected)


def test_ctrl_c_at_a_file_of_the_same_name_keeps_it(
    template: Path, folder: Path
) -> None:
    child = interview(template, folder.parent, "--defaults")
    child.expect(r"Overwrite README\.md\?")
    child.send("\x03")

    assert ended(child) != 0
    assert files(folder).items() >= OWN.items()


def test_a_second_copy_changes_nothing(template: Path, project: Path) -> None:
    run(project.parent, COPIER, "copy", "--defaults", str(template), "my-app")

    assert git(project, "status", "--porcelain") == ""


def test_pressing_enter_over_a_project_keeps_its_answers(
    template: Path, project: Path
) -> None:
    assert pressed_enter(interview(template, project.parent)) >= 4

    assert git(project, "status", "--porcelain") == ""


def test_a_second_copy_keeps_edits_unless_told_to_overwrite(
    template: Path, project: Path
) -> None:
    (project / "config.py").write_text("mine = True\n")
    arguments = ("--defaults", str(template), "my-app")
    stopped = attempt(project.parent, COPIER, "copy", *arguments)

    assert stopped.returncode == 1
    assert (project / "config.py").read_text() == "mine = True\n"

    run(project.parent, COPIER, "copy", "--overwrite", *arguments)
    assert git(project, "status", "--porcelain") == ""


def test_overwriting_keeps_the_migrations_of_the_project(
    template: Path, project: Path
) -> None:
    (revision,) = (project / "migrations/versions").iterdir()
    revision.write_text("# mine\n")
    run(project, COPIER, "copy", "--defaults", "--overwrite", str(template), ".")

    assert revision.read_text() == "# mine\n"


def test_a_file_with_the_name_of_the_folder_is_kept(
    template: Path, tmp_path: Path
) -> None:
    (tmp_path / "my-app").write_text("mine\n")
    done = attempt(tmp_path, COPIER, "copy", "--defaults", str(template), "my-app")

    assert done.returncode == 1
    assert "my-app is a file: name a folder for the project." in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "my-app").read_text() == "mine\n"


def test_a_project_of_another_template_is_not_changed(
    template: Path, tmp_path: Path
) -> None:
    recorded = tmp_path / "my-app/.copier-answers.yml"
    recorded.parent.mkdir()
    recorded.write_text("_commit: v3.0\n_src_path: gh:another/template\nname: Theirs\n")
    before = files(tmp_path)
    arguments = ("copy", "--defaults", "--overwrite", str(template), "my-app")
    done = attempt(tmp_path, COPIER, *arguments)

    assert done.returncode == 1
    assert ".copier-answers.yml is of another template" in done.stderr
    assert files(tmp_path) == before
