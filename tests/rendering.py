"""Rendering in this process, and running the tools of what was rendered."""

from __future__ import annotations

import atexit
import contextlib
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import CodeType
from typing import Any

import copier
import jinja2

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PRESETS = ("website", "api", "full", "minimal", "custom")

compiled: dict[tuple[object, ...], CodeType] = {}
configs: dict[bytes, Any] = {}
cloned: dict[tuple[str, str], Path] = {}


@contextlib.contextmanager
def fewer_forks_and_compiles() -> Iterator[None]:
    """Make Copier render the same files in a fifth of the time, update in a third.

    Copier starts git once for each file, to keep executable bits in an index that a
    test has not got; it reads copier.yml and compiles each template again for each
    render; and it clones a template five times for an update, with a hundred processes.
    Tests compare the results with Copier's own.
    """
    main, template = copier._main, copier._template  # type: ignore[attr-defined]
    stock_clone, stock_compile = template.clone, jinja2.Environment.compile
    stock_git, stock_load = main.is_git_available, template.load_template_config

    def compile_once(environment: jinja2.Environment, source: Any, *more: Any) -> Any:
        if not isinstance(source, str):
            return stock_compile(environment, source, *more)
        key = (source, *more, environment.trim_blocks, environment.undefined)
        if key not in compiled:
            compiled[key] = stock_compile(environment, source, *more)
        return compiled[key]

    def load_once(path: Path, quiet: bool = False) -> Any:
        content = path.read_bytes()
        if content not in configs:
            configs[content] = stock_load(path, quiet)
        return copy.deepcopy(configs[content])

    def clone_once(url: str, ref: str = "HEAD", location: str | None = None) -> str:
        # Only tags stay what they are.
        if not ref.startswith("v"):
            return str(stock_clone(url, ref, location))
        if (url, ref) not in cloned:
            cloned[url, ref] = Path(stock_clone(url, ref))
            for name in ("docs", "tests", ".github"):
                shutil.rmtree(cloned[url, ref] / name, ignore_errors=True)
        # Copier removes what it was given.
        target = location or tempfile.mkdtemp()
        shutil.copytree(cloned[url, ref], target, symlinks=True, dirs_exist_ok=True)
        return target

    main.is_git_available = lambda: False
    template.load_template_config = load_once
    template.clone = clone_once
    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]
    try:
        yield
    finally:
        main.is_git_available = stock_git
        template.load_template_config = stock_load
        template.clone = stock_clone
        jinja2.Environment.compile = stock_compile  # type: ignore[method-assign]


@atexit.register
def remove_clones() -> None:
    for folder in cloned.values():
        shutil.rmtree(folder, ignore_errors=True)


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
    """Return what a project holds, by relative path, without git's own folder."""
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
    """Run a command and return its output; show all of it where it fails."""
    done = attempt(folder, *command, **environment)
    assert done.returncode == 0, (
        f"{command} ended with {done.returncode}:\n{said(done)}"
    )
    return done.stdout


def attempt(
    folder: Path, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    return f"{done.stdout}\n{done.stderr}"
