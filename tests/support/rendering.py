"""Renders in this process, and runs the tools of rendered projects."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import copier

from tests.support.fast_copier import fewer_forks_and_compiles

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PRESETS = ("website", "api", "full", "minimal", "custom")


class Renderer:
    """Renders projects side by side into one folder."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.template = template
        self.folder = folder
        self.numbers = count(1)

    def __call__(self, **answers: object) -> Path:
        project = self.folder / f"project-{next(self.numbers)}"
        with fewer_forks_and_compiles():
            copier.run_copy(
                str(self.template), project, data=answers, defaults=True, quiet=True
            )
        return project


def copied_tree(source: Path, target: Path) -> Path:
    """Copy what git would commit from `source`: tracked or new, not ignored."""
    listed = git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in sorted(set(filter(None, listed.split("\0")))):
        if (source / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target / name)
    return target


def released(folder: Path, tag: str) -> Path:
    """Return the work tree's template as a git repository with one release."""
    repository = copied_tree(ROOT, folder)
    start_repository(repository, "release")
    git(repository, "tag", tag)
    return repository


def files(project: Path) -> dict[str, bytes]:
    """Return the content of each file of a project by relative path, without `.git`."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(project).parts
    }


def git(folder: Path, *arguments: str) -> str:
    return run(folder, "git", *arguments)


def start_repository(folder: Path, message: str) -> None:
    git(folder, "init", "--quiet")
    commit_all(folder, message)


def commit_all(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


def run(folder: Path, *command: str, **environment: str) -> str:
    """Run a command and return its output; a failure shows all of it."""
    return run_within(300, folder, *command, **environment)


def run_within(seconds: float, folder: Path, *command: str, **environment: str) -> str:
    """Run a command that may take longer than others, and return its output."""
    done = attempt_within(seconds, folder, *command, **environment)
    assert done.returncode == 0, (
        f"{command} ended with {done.returncode}:\n{said(done)}"
    )
    return done.stdout


def attempt(
    folder: Path, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return attempt_within(300, folder, *command, **environment)


def attempt_within(
    seconds: float, folder: Path, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    # A project's pytest is no xdist worker; as one it would use another database.
    outside = {key: os.environ[key] for key in os.environ if "PYTEST_XDIST" not in key}
    return subprocess.run(
        command,
        cwd=folder,
        env={**outside, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    return f"{done.stdout}\n{done.stderr}"
