"""Updates by the project's recipes, on machines with harmful settings of Git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import copier
import pytest

from tests.support.editing import edit
from tests.support.ordinary_texts import ORDINARY
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import said
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import flask
from tests.update.in_use import has_one_head
from tests.update.projects_to_update import check
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.scenarios import applied
from tests.update.scenarios import BEFORE
from tests.update.scenarios import deleted
from tests.update.scenarios import everything
from tests.update.scenarios import kept_file_near
from tests.update.scenarios import MINE
from tests.update.starts import OLDEST

JUST = str(BIN / "just")
NEWEST = COMING[-1]
HEADERS = "app/core/headers.py"
# Each of them reverts or hides edits in a plain `copier update`, or stops it.
SETTINGS = """
[core]
	excludesFile = FOLDER/ignored
	attributesFile = FOLDER/attributes
	hooksPath = FOLDER/hooks
[apply]
	whitespace = error
[status]
	showUntrackedFiles = no
[init]
	templateDir = FOLDER/template
"""
IGNORED = ".env*\nAGENTS.md\ndocs/\n*.conf.py\nstyle.css\n"


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Variables by which git and Python take harmful settings."""
    folder = tmp_path / "machine"
    for name in ("hooks", "template/hooks", "template/info"):
        (folder / name).mkdir(parents=True)
    for name in (
        "hooks/post-checkout",
        "hooks/pre-commit",
        "template/hooks/post-merge",
    ):
        (folder / name).write_text("#!/bin/sh\nexit 1\n")
        (folder / name).chmod(0o755)
    (folder / "ignored").write_text(IGNORED)
    (folder / "template/info/exclude").write_text("app/\n")
    (folder / "attributes").write_text("*.css binary\n*.md -diff\n")
    (folder / "settings").write_text(SETTINGS.replace("FOLDER", str(folder)))
    return {
        "GIT_CONFIG_GLOBAL": str(folder / "settings"),
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    }


def own_work(project: Path) -> Expected:
    """Edits of each kind, with letters beyond ASCII and a break of Markdown."""
    expected = everything(project)
    expected.edits |= kept_file_near(project).edits
    expected.gone = deleted(project).gone - {"app/static/favicon.ico"}
    (project / "app/static/favicon.ico").write_bytes(
        expected.binary["app/static/favicon.ico"]
    )
    for name, text in {
        ".env.example": "\nSHOP_KEY=\n",
        "app/static/css/style.css": '\n.us::before {\n  content: "„Íß“";\n}\n',
        "docs/Nötes.md": "A line that  \nbreaks.\n",
    }.items():
        path = project / name
        path.write_text((path.read_text() if path.exists() else "") + text)
        expected.edits[name] = text
    commit_all(project, "my own work")
    return expected


def test_no_setting_of_a_machine_reverts_an_edit(
    project: Project, machine: dict[str, str]
) -> None:
    ours = project(WORK_TREE, "website")
    expected = own_work(ours)

    command = ("update", "--merge-only", "--data", "greeting=true")
    printed = run(ours, JUST, *command, **machine)

    check(ours, NEWEST, expected)
    assert "greeting: true" in (ours / ".copier-answers.yml").read_text()
    assert "git-settings" not in printed


def plain(project: Path) -> str:
    done = attempt(
        project, str(BIN / "copier"), "update", "--defaults", f"--vcs-ref={NEWEST}"
    )
    assert done.returncode == 0, said(done)
    return done.stderr


def test_after_a_plain_update_a_check_finds_the_settings(
    project: Project, machine: dict[str, str]
) -> None:
    ours = project(OLDEST, "website")

    printed = plain(ours)
    assert "  uv run just git-settings" in printed
    assert "run `uv run just update`" in printed

    done = attempt(ours, JUST, "git-settings", **machine)
    assert done.returncode == 1
    for named in ("apply.whitespace", "showuntrackedfiles", ".env.example", "README"):
        assert named in done.stdout


def with_a_conflict(project: Path) -> None:
    edit(project / HEADERS, BEFORE, MINE)
    commit_all(project, "my own work")


def test_rejected_edits_are_seen_by_git_and_by_the_check(project: Project) -> None:
    ours = project(OLDEST, "website")
    with_a_conflict(ours)

    copier.run_update(
        ours, vcs_ref=NEWEST, conflict="rej",
        defaults=True, quiet=True, overwrite=True,
    )  # fmt: skip

    assert f"{HEADERS}.rej" in git(ours, "status", "--porcelain")
    assert f"{HEADERS}.rej" in attempt(ours, JUST, "conflicts").stdout


def test_the_printed_commands_commit_no_mark(
    project: Project, environment: Path
) -> None:
    ours = project(OLDEST, "website")
    with_a_conflict(ours)
    commands = plain(ours).split("one line after the other:\n")[1].splitlines()
    (command,) = [line for line in commands if "git commit" in line]

    done = in_environment(ours, environment, "sh", "-c", command)

    assert done.returncode != 0
    assert f"{HEADERS}:" in done.stdout
    assert git(ours, "log", "-1", "--format=%s") == "my own work\n"


def in_environment(
    project: Path, environment: Path, *command: str
) -> subprocess.CompletedProcess[str]:
    settings = {
        "UV_NO_SYNC": "1",
        "UV_PROJECT_ENVIRONMENT": str(environment.parent.parent),
    }
    return attempt(project, *command, **settings)


def test_a_commit_with_the_hooks_takes_ordinary_text_and_no_marks(
    project: Project, environment: Path
) -> None:
    ours = project(WORK_TREE, "website")
    with_a_conflict(ours)
    prek = str(environment.parent / "prek")
    assert in_environment(ours, environment, prek, "install").returncode == 0
    commit = ("git", "commit", "--quiet", "--all", "--message", "text")

    for number, text in enumerate(ORDINARY.values()):
        (ours / f"docs/{number}.md").write_text(text)
    git(ours, "add", "docs")
    done = in_environment(ours, environment, *commit)
    assert done.returncode == 0, said(done)

    updated(ours, NEWEST)
    # git refuses a commit while a file is unmerged, so the file was added.
    git(ours, "add", "--all")
    done = in_environment(ours, environment, *commit)
    assert done.returncode != 0
    assert HEADERS in said(done)

    # What is committed counts, not what is in the folder.
    (ours / HEADERS).write_text(git(ours, "show", f"HEAD:{HEADERS}"))
    done = in_environment(ours, environment, *commit[:3], *commit[4:])
    assert done.returncode != 0
    assert HEADERS in said(done)


def recopied(project: Path) -> str:
    done = attempt(
        project, str(BIN / "copier"), "recopy", "--defaults", "--overwrite",
        f"--vcs-ref={WORK_TREE}",
    )  # fmt: skip
    assert done.returncode == 0, said(done)
    return done.stderr


def test_a_recopy_brings_files_back_and_no_revision(
    project: Project, environment: Path
) -> None:
    ours = project(OLDEST, "website")
    updated(ours, WORK_TREE, auth=True)
    brought_up_to_date(ours, environment)
    (ours / "app/static/favicon.ico").unlink()
    commit_all(ours, "with accounts")
    revisions = sorted((ours / "migrations/versions").glob("*.py"))

    printed = recopied(ours)

    assert (ours / "app/static/favicon.ico").exists()
    assert sorted((ours / "migrations/versions").glob("*.py")) == revisions
    assert has_one_head(ours, environment)
    assert "No new upgrade" in flask(ours, environment, "db", "check")
    assert "git init" not in printed
    assert "git restore ." in printed


def test_the_commands_after_a_recopy_take_one_file_and_put_back_the_rest(
    project: Project,
) -> None:
    ours = project(WORK_TREE, "website")
    expected = applied(ours, own_work)
    (ours / "app/core/proxy.py").write_text("broken\n")
    commit_all(ours, "broken")
    recopied(ours)

    git(ours, "add", "app/core/proxy.py")
    git(ours, "restore", ".")
    git(ours, "clean", "--quiet", "-d", "--force")

    assert git(ours, "status", "--porcelain") == "M  app/core/proxy.py\n"
    check(ours, WORK_TREE, expected)
