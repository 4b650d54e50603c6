"""Merges the Python files of a project that has another line length.

Such a project has other line breaks in most files, and a merge would take them for
edits. Here both sides and their base get the project's own format first, so that only
a difference in meaning is a conflict.

Maintained by copier-flask.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from updates import git
from updates.processes import run

# Those of the template, which are the defaults of ruff.
DEFAULTS = {"line-length": 88, "indent-width": 4, "format": {}}
FILES = (".ruff.toml", "ruff.toml", "pyproject.toml")
LABELS = ("before updating", "last update", "after updating")
SUFFIXES = (".py", ".pyi")


@contextmanager
def own_settings(folder: Path, commit: str) -> Iterator[Path | None]:
    """Yield a file with the settings of ruff in a commit; None if they are as ours.

    In the work tree the file may have the marks of a conflict.
    """
    with tempfile.TemporaryDirectory() as place:
        for name in FILES:
            found = run(folder, "git", "show", f"{commit}:./{name}")
            settings = settings_in(found.output, name) if not found.status else {}
            if settings:
                path = Path(place) / name
                write(path, found.output)
                yield path if differ(settings) else None
                return
        yield None


def settings_in(text: str, name: str) -> dict[str, Any]:
    """Return the settings of ruff in a file, none if it cannot be read."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    if name == "pyproject.toml":
        content = content.get("tool", {}).get("ruff", {})
    return content


def differ(settings: dict[str, Any]) -> bool:
    """Tell whether settings give another format than those of the template."""
    return any(settings.get(key, value) != value for key, value in DEFAULTS.items())


def ruff(settings: Path) -> tuple[str, ...]:
    """Return the command that formats: that of the environment, if there is one."""
    command = ("ruff",) if shutil.which("ruff") else ("uvx", "ruff")
    # Without --force-exclude, ruff formats files that are named and excluded.
    options = ("--no-cache", "--quiet", "--force-exclude")
    return (*command, "format", *options, "--config", str(settings))


def format_folder(folder: Path, settings: Path) -> None:
    """Give all Python files in a folder a format."""
    run(folder, *ruff(settings), ".")


def merge_again(folder: Path, settings: Path, changed: Sequence[str]) -> None:
    """Give the files that an update has changed the project's own format.

    Files with a conflict are merged once more, from sides with that format.
    """
    unmerged = [name for name in git.unmerged(folder) if name.endswith(SUFFIXES)]
    for name in unmerged:
        settle(folder, name, settings)
    others = [
        name
        for name in changed
        if name.endswith(SUFFIXES) and name not in unmerged and (folder / name).exists()
    ]
    if others:
        run(folder, *ruff(settings), *others)


def settle(folder: Path, name: str, settings: Path) -> None:
    """Merge a file with a conflict once more; without marks, the conflict is over."""
    stages = [run(folder, "git", "show", f":{stage}:./{name}") for stage in (1, 2, 3)]
    if any(each.status for each in stages):
        return  # one side has no such file
    base, ours, theirs = (each.output for each in stages)
    base = formatted(folder, base, name, settings)
    theirs = formatted(folder, theirs, name, settings)
    merged, marks = merge(ours, base, theirs)
    write(folder / name, merged)
    if not marks:
        git.git(folder, "reset", "--quiet", "HEAD", "--", name)


def formatted(folder: Path, text: str, name: str, settings: Path) -> str:
    """Return a file with the project's own format, as it is if it cannot be read."""
    done = run(folder, *ruff(settings), "--stdin-filename", name, "-", given=text)
    return text if done.status else done.output


def merge(ours: str, base: str, theirs: str) -> tuple[str, bool]:
    """Return three texts merged, and whether there are marks in it."""
    names = ("ours", "base", "theirs")
    with tempfile.TemporaryDirectory() as place:
        for name, text in zip(names, (ours, base, theirs), strict=True):
            write(Path(place) / name, text)
        labels = [part for label in LABELS for part in ("-L", label)]
        done = run(Path(place), "git", "merge-file", "-p", *labels, *names)
        return done.output, done.status != 0


def write(path: Path, text: str) -> None:
    """Write a text with its line ends as they are."""
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
