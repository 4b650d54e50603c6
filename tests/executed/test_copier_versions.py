"""The real `copier` command, at the lowest version allowed and at the newest.

Copier 9.19.0 clones with an option that `git checkout` knows since 2.43.1; 9.19.1 does
without. Where git is older, the lowest one gets it with that option taken away.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.version import Version

from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import PRESETS
from tests.support.rendering import released
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.rendering import start_repository

OLDER_GIT = Path(__file__).parent / "older_git"
LOWEST: str = yaml.safe_load((ROOT / "copier.yml").read_text())["_min_copier_version"]
VERSIONS = ("lowest", "newest")
STYLE = "app/static/css/style.css"
# As Python writes a warning: where it was raised, its category, its text.
WARNING = re.compile(r"(?m)^(.+\.py):\d+: (\w+): (.*)$")
OF_LIBRARIES = {"DeprecationWarning", "PendingDeprecationWarning"}

each_version = pytest.mark.parametrize("version", VERSIONS)


@cache
def number(version: str) -> str:
    """Return the number of a version; the newest is asked for once."""
    if version == "lowest":
        return LOWEST
    uvx = (str(BIN / "uv"), "tool", "run", "--quiet")
    return run(ROOT, *uvx, "copier@latest", "--version").split()[-1]


@cache
def needs_older_git(version: str) -> bool:
    here = re.findall(r"\d+\.\d+\.\d+", git(ROOT, "--version"))[0]
    return number(version) == "9.19.0" and Version(here) < Version("2.43.1")


def copier(
    version: str, folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run Copier as a user does, with all warnings; none may be about the template."""
    more = [str(OLDER_GIT)] if needs_older_git(version) else []
    done = attempt(
        folder,
        *(str(BIN / "uv"), "tool", "run", "--quiet"),
        *("--from", f"copier=={number(version)}", "copier", *arguments),
        PATH=os.pathsep.join([*more, str(BIN), os.environ["PATH"]]),
        PYTHONWARNINGS="always",
    )
    assert not of_the_template(done.stderr), done.stderr
    return done


def of_the_template(output: str) -> list[str]:
    """Return the warnings that a template causes.

    Copier raises these itself, while what it uses of other packages in a way that they
    give up says so from their files, and is its own affair.
    """
    return [
        f"{category}: {text}"
        for place, category, text in WARNING.findall(output)
        if Path(place).parent.name == "copier" or category not in OF_LIBRARIES
    ]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a git repository with two releases."""
    repository = released(tmp_path_factory.mktemp("published") / "template", "v0.1.0")
    style = repository / "template" / STYLE
    style.write_text(style.read_text() + "\n/* the release */\n")
    commit_all(repository, "second release")
    git(repository, "tag", "v0.2.0")
    return repository


def copied(version: str, published: Path, folder: Path, *arguments: str) -> Path:
    folder.mkdir(parents=True)
    done = copier(
        version, folder, "copy", "--defaults", *arguments, str(published), "my-app"
    )
    assert done.returncode == 0, said(done)
    return folder / "my-app"


@each_version
def test_a_version_is_what_it_is_called(
    version: str, measured: Callable[[str], None]
) -> None:
    said = copier(version, ROOT, "--version").stdout.split()[-1]

    assert said == number(version)
    helped = ", on a git that is too old for it" if needs_older_git(version) else ""
    measured(f"Copier, {version}: {said}{helped}")


@pytest.mark.parametrize("preset", PRESETS)
def test_both_copy_the_same_bytes(preset: str, published: Path, tmp_path: Path) -> None:
    answer = f"--data=preset={preset}"
    lowest, newest = (
        files(copied(version, published, tmp_path / version, answer))
        for version in VERSIONS
    )

    assert lowest == newest
    assert b"_commit: v0.2.0" in lowest[".copier-answers.yml"]


REFUSED = {
    "a name that no question has": ("colour=blue", "colour"),
    "a value that is no choice": ("server=waitress", "server"),
    "two answers that exclude each other": (
        "{tasks: threads, skip_mitigations: [thread_context]}",
        "thread_context",
    ),
}


@each_version
@pytest.mark.parametrize(("given", "word"), REFUSED.values(), ids=list(REFUSED))
def test_both_refuse_wrong_answers_and_write_nothing(
    version: str, given: str, word: str, published: Path, tmp_path: Path
) -> None:
    answers = tmp_path / "answers.yml"
    answers.write_text(given if given[0] == "{" else given.replace("=", ": "))
    (tmp_path / "here").mkdir()

    done = copier(
        version, tmp_path / "here", "copy", "--defaults", f"--data-file={answers}",
        str(published), "my-app",
    )  # fmt: skip

    assert done.returncode == 1
    assert word in done.stderr
    assert list((tmp_path / "here").iterdir()) == []


def updated(version: str, published: Path, folder: Path) -> Path:
    """Return a project with an edit of its owner, after an update."""
    project = copied(version, published, folder, "--vcs-ref=v0.1.0")
    style = project / STYLE
    style.write_text("/* the owner */\n\n" + style.read_text())
    start_repository(project, "start")

    done = copier(version, project, "update", "--defaults")

    assert done.returncode == 0, said(done)
    return project


def test_both_update_to_the_same_bytes(published: Path, tmp_path: Path) -> None:
    lowest, newest = (
        files(updated(version, published, tmp_path / version)) for version in VERSIONS
    )

    assert lowest == newest
    assert b"_commit: v0.2.0" in lowest[".copier-answers.yml"]
    style = lowest[STYLE].decode()
    assert style.startswith("/* the owner */\n")
    assert style.endswith("/* the release */\n")


@each_version
def test_a_warning_about_the_template_would_be_seen(
    version: str, tmp_path: Path
) -> None:
    # A change that is not committed is something that Copier warns of.
    repository = released(tmp_path / "template", "v0.1.0")
    (repository / "template/new.txt").write_text("new\n")

    with pytest.raises(AssertionError, match="DirtyLocalWarning"):
        copied(version, repository, tmp_path / "here", "--vcs-ref=HEAD")
