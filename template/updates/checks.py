"""Installs a project, and runs what `just check` runs.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from updates.processes import run

PROJECT = Path(__file__).resolve().parent.parent
TAIL = 15
# What an unexpected dump of the justfile raises.
UNEXPECTED = (LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Check:
    """A command, whether it passed, and the end of what it printed."""

    name: str
    passed: bool
    tail: str


def check(folder: Path, *command: str) -> Check:
    """Return how a command ended."""
    # Another work tree has a separate environment.
    own = {} if folder == PROJECT else {"UV_PROJECT_ENVIRONMENT": ".venv"}
    done = run(folder, *command, variables=own)
    lines = f"{done.output}\n{done.errors}".strip().splitlines()
    return Check(name(command), done.status == 0, "\n".join(lines[-TAIL:]))


def name(command: tuple[str, ...]) -> str:
    """Return a command without `uv run`."""
    return " ".join(command[2:] if command[:2] == ("uv", "run") else command)


def install(folder: Path) -> Check:
    """Install the packages of a project."""
    return check(folder, "uv", "sync")


def fix(folder: Path) -> Check:
    """Fix lint errors and format."""
    return check(folder, "uv", "run", "just", "fix")


def run_checks(folder: Path) -> list[Check]:
    """Return how each part of `just check` ended, after an installation."""
    installed = install(folder)
    if not installed.passed:
        return [installed]
    return [
        installed,
        *(check(folder, "uv", "run", "just", part) for part in parts(folder)),
    ]


def parts(folder: Path) -> list[str]:
    """Return the recipes that `just check` runs, itself if it is one with commands."""
    done = run(folder, "uv", "run", "just", "--dump", "--dump-format", "json")
    try:
        recipe = json.loads(done.output)["recipes"]["check"]
        found = [str(part["recipe"]) for part in recipe["dependencies"]]
    except UNEXPECTED:
        return ["check"]
    return found if found and not recipe.get("body") else ["check"]
