"""Projects of old releases, what their owners did to them, and their update."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import copier
import jinja2
import yaml

from tests.support.fast_copier import fewer_forks_and_compiles
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git

MARKER = re.compile(rb"(?m)^(<<<<<<<|=======|>>>>>>>)( |$)")

# The project of a release and a preset: the fixture `project`.
Project = Callable[[str, str], Path]


@dataclass
class Expected:
    """What an update must leave as it was, and what it must bring."""

    # The owner's text, which must be in the file afterwards.
    edits: dict[str, str] = field(default_factory=dict)
    # Files that are no text, and what must be in them.
    binary: dict[str, bytes] = field(default_factory=dict)
    # Files that must not exist afterwards.
    gone: set[str] = field(default_factory=set)
    # Files in which both sides changed the same lines: git must say so.
    conflicts: set[str] = field(default_factory=set)
    # The update must equal a fresh render.
    untouched: bool = False


def rendered(template: Path, tag: str, target: Path, **answers: object) -> Path:
    with fewer_forks_and_compiles():
        copier.run_copy(
            str(template), target, data=answers, vcs_ref=tag, defaults=True, quiet=True
        )
    return target


def committed(project: Path) -> Path:
    git(project, "init", "--quiet")
    # As after any command of the project, with a lock file.
    (project / "uv.lock").write_text("# the user's lock\n")
    commit_all(project, "start")
    # One pack instead of a hundred files: each test copies the project.
    git(project, "gc", "--quiet")
    return project


def updated(project: Path, tag: str, **answers: object) -> None:
    common: dict[str, Any] = {"defaults": True, "quiet": True, "overwrite": True}
    with fewer_forks_and_compiles():
        copier.run_update(project, data=answers, vcs_ref=tag, **common)


def record(project: Path) -> dict[str, Any]:
    answers: dict[str, Any] = yaml.safe_load(
        (project / ".copier-answers.yml").read_text()
    )
    return answers


def answers_of(project: Path) -> dict[str, Any]:
    return {name: value for name, value in record(project).items() if name[0] != "_"}


def unmerged(project: Path) -> set[str]:
    listed = git(project, "ls-files", "--unmerged", "-z", "--", ".").split("\0")
    return {line.split("\t")[1] for line in listed if line}


def marked(project: Path) -> set[str]:
    return {name for name, content in files(project).items() if MARKER.search(content)}


def check(project: Path, tag: str, expected: Expected) -> None:
    """Raise AssertionError where the update lost, spoilt or missed something."""
    content = files(project)
    assert record(project)["_commit"] == tag

    assert not [name for name in content if name.endswith((".rej", ".orig"))]
    assert unmerged(project) == expected.conflicts, unmerged(project)
    assert marked(project) == expected.conflicts
    found = lost(content, expected)
    assert not found, "; ".join(found)


def lost(content: dict[str, bytes], expected: Expected) -> list[str]:
    """Return which edits are not in the files of a project."""
    found = []
    for name, text in expected.edits.items():
        if name not in content:
            found.append(f"{name} is gone, with its edits")
        elif text not in content[name].decode().replace("\r\n", "\n"):
            found.append(f"{name} lost {text!r}")
    for name, data in expected.binary.items():
        if content.get(name) != data:
            found.append(f"{name} is not the owner's")
    return found + [f"{name} is there again" for name in expected.gone & set(content)]


def check_untouched(
    project: Path, template: Path, tag: str, fresh: Path, edited: Collection[str] = ()
) -> None:
    """Compare with a fresh render from the recorded answers, retired files removed.

    `edited` are the files that the owner has changed or added.
    """
    for name in retired(template, tag, answers_of(project)):
        (project / name).unlink(missing_ok=True)

    rendered(template, tag, fresh, **answers_of(project))
    updated, wanted = comparable(project), comparable(fresh)
    different = [
        name
        for name in sorted({*updated, *wanted})
        if updated.get(name) != wanted.get(name) and name not in edited
    ]
    assert not different, f"not as in a fresh render: {different}"


def comparable(project: Path) -> dict[str, bytes]:
    """Return the files that an update may write."""
    content = files(project)
    for name in ("uv.lock", "README.md", "tests/test_main.py"):
        content.pop(name, None)
    return {
        name: data
        for name, data in content.items()
        if not name.startswith("migrations/versions/")
    }


def retired(template: Path, tag: str, answers: dict[str, Any]) -> list[str]:
    """Return the paths that a release declares retired in a project with `answers`."""
    config = yaml.safe_load(git(template, "show", f"{tag}:copier.yml"))
    (block,) = [entry for entry in config["_exclude"] if "{# retired #}" in entry]
    lines = jinja2.Template(block, autoescape=True).render(answers).splitlines()
    return [line.strip()[1:] for line in lines if line.strip()]


def presets(template: Path, tag: str) -> list[str]:
    """Return the presets that a release knows."""
    config = yaml.safe_load(git(template, "show", f"{tag}:copier.yml"))
    return list(config["preset"]["choices"].values())


def duplicated(project: Path, target: Path) -> Path:
    shutil.copytree(project, target, symlinks=True)
    return target
