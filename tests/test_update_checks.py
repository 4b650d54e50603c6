"""The project's recipes that find conflict marks, rejected edits and bad settings."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.ordinary_texts import ORDINARY
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.rendering import start_repository

JUST = str(BIN / "just")
MARKED = """before
<<<<<<< before updating
mine
=======
theirs
>>>>>>> after updating
after
"""


@pytest.fixture
def project(render: Renderer) -> Path:
    ours = render(preset="website")
    start_repository(ours, "start")
    return ours


def conflicts(project: Path) -> subprocess.CompletedProcess[str]:
    return attempt(project, JUST, "conflicts")


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "compose.yaml",
        ".github/workflows/ci.yml",
        ".env.example",
        "app/templates/base.html",
        "app/models.py",
        "docs/new page.md",
    ],
)
def test_marks_are_found_in_any_file(name: str, project: Path) -> None:
    (project / name).write_text(MARKED)

    done = conflicts(project)

    assert done.returncode == 1
    assert f"{name}:2:<<<<<<< before updating" in done.stdout
    assert "remove the marks" in done.stdout


@pytest.mark.parametrize("left", ["<<<<<<< before updating", ">>>>>>> after updating"])
def test_partial_marks_are_found_with_crlf_and_once_committed(
    left: str, project: Path
) -> None:
    (project / "README.md").write_bytes(f"{left}\r\n".encode())
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "when the commands are pasted")

    assert conflicts(project).returncode == 1


@pytest.mark.parametrize("text", ORDINARY.values(), ids=list(ORDINARY))
def test_ordinary_texts_pass(text: str, project: Path) -> None:
    (project / "docs/notes.md").write_text(text)
    (project / "docs/staged.md").write_text(text)
    git(project, "add", "docs/staged.md")

    done = conflicts(project)

    assert done.returncode == 0, said(done)


def global_settings(folder: Path, settings: str) -> dict[str, str]:
    (folder / "global").write_text(settings)
    return {"GIT_CONFIG_GLOBAL": str(folder / "global")}


def test_marks_are_found_in_files_that_git_ignores_but_tracks(
    project: Path, tmp_path: Path
) -> None:
    (project / ".env.example").write_text(MARKED)
    (tmp_path / "ignored").write_text(".env*\n")
    settings = f"[core]\nexcludesFile = {tmp_path}/ignored\n"

    found = attempt(project, JUST, "conflicts", **global_settings(tmp_path, settings))

    assert found.returncode == 1


def test_ignored_files_are_not_searched(project: Path) -> None:
    for folder in (".venv", "instance"):
        (project / folder).mkdir()
        (project / folder / "notes.md").write_text(MARKED)
    (project / ".venv/fix.py.rej").write_text("")

    assert conflicts(project).returncode == 0


@pytest.mark.parametrize("name", ["README.md.rej", "app/core/headers.py.rej"])
@pytest.mark.parametrize("ignored", [False, True], ids=["seen", "ignored"])
def test_rejected_edits_are_found(name: str, ignored: bool, project: Path) -> None:
    if ignored:
        (project / ".git/info/exclude").write_text("*.rej\n")
    (project / name).write_text("@@ -1 +1 @@\n-a\n+b\n")

    done = conflicts(project)

    assert done.returncode == 1
    assert name in done.stdout
    assert (name in git(project, "status", "--porcelain")) is not ignored


def test_marks_are_found_without_a_repository(render: Renderer) -> None:
    project = render(preset="minimal")
    assert conflicts(project).returncode == 0

    (project / "README.md").write_text(MARKED)

    assert conflicts(project).returncode == 1


def test_a_search_that_cannot_run_fails(project: Path, tmp_path: Path) -> None:
    broken = tmp_path / "git"
    broken.write_text("#!/bin/sh\nexit 128\n")
    broken.chmod(0o755)
    folder = {"PATH": f"{tmp_path}:{BIN}:/usr/bin:/bin"}

    assert attempt(project, JUST, "conflicts", **folder).returncode != 0


def test_the_check_the_hook_and_ci_run_the_same_search(render: Renderer) -> None:
    github, gitlab = render(ci="github"), render(ci="gitlab")
    steps = yaml.safe_load((github / ".github/workflows/ci.yml").read_text())
    jobs = yaml.safe_load((gitlab / ".gitlab-ci.yml").read_text())
    hooks = yaml.safe_load((github / ".pre-commit-config.yaml").read_text())
    command = "uv run --no-sync just conflicts"

    assert command in [step.get("run") for step in steps["jobs"]["check"]["steps"]]
    assert command in jobs["check"]["script"]
    entries = [hook["entry"] for hook in hooks["repos"][0]["hooks"]]
    assert "uv run just conflicts" in entries
    shown = run(github, JUST, "--show", "check")
    assert "check: conflicts lint types test" in shown


def test_a_recipe_of_the_owner_replaces_a_maintained_one(project: Path) -> None:
    with (project / "justfile").open("a") as recipes:
        recipes.write('\nupdate:\n    @echo "mine"\n')

    assert run(project, JUST, "update") == "mine\n"


HARMFUL = {
    "[apply]\nwhitespace = error\n": "apply.whitespace error",
    "[apply]\nwhitespace = fix\n": "apply.whitespace fix",
    "[status]\nshowUntrackedFiles = no\n": "status.showuntrackedfiles no",
    "[core]\nexcludesFile = FOLDER/ignored\n": ".env.example matches core.excludesFile",
    "[core]\nattributesFile = FOLDER/attributes\n": "README.md: diff: unset",
}


def settings_seen(
    project: Path, folder: Path, settings: str
) -> subprocess.CompletedProcess[str]:
    (folder / "ignored").write_text(".env*\n")
    (folder / "attributes").write_text("*.md -diff\n*.css binary\n")
    settings = settings.replace("FOLDER", str(folder))
    return attempt(project, JUST, "git-settings", **global_settings(folder, settings))


@pytest.mark.parametrize(("settings", "named"), HARMFUL.items(), ids=HARMFUL.values())
def test_a_setting_that_drops_edits_is_named(
    settings: str, named: str, project: Path, tmp_path: Path
) -> None:
    done = settings_seen(project, tmp_path, settings)

    assert done.returncode == 1
    assert named in done.stdout
    assert "just update" in done.stdout


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "[apply]\nwhitespace = nowarn\n",
        "[status]\nshowUntrackedFiles = all\n",
        "[core]\nexcludesFile = FOLDER/nowhere\n",
    ],
    ids=["none", "whitespace", "untracked", "no such file"],
)
def test_other_settings_pass(settings: str, project: Path, tmp_path: Path) -> None:
    (project / ".gitignore").write_text("docs/\n")
    (project / ".gitattributes").write_text("*.md -diff\n")

    done = settings_seen(project, tmp_path, settings)

    assert done.returncode == 0, said(done)


def test_no_binary_file_is_rendered_on_an_update(
    template: Path, render: Renderer
) -> None:
    """Copier keeps no edit of a binary file: `git apply` gets no binary patch."""
    copied = render(preset="full", tasks="threads")
    start_repository(copied, "start")
    listed = git(copied, "ls-files", "--eol").splitlines()
    binary = {line.split("\t")[1] for line in listed if line.startswith("i/-text")}
    assert binary

    config = (template / "copier.yml").read_text()
    block = config.split("{% if _copier_operation == 'update' %}\n")[1]
    excluded = block.split("{% endif %}")[0].split()

    assert {f"/{name}" for name in binary} == set(excluded)
