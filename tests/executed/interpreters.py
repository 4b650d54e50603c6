"""The Pythons that this machine has, of those that a project can be made for."""

from __future__ import annotations

import json
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.facts.answers import QUESTIONS
from tests.support.rendering import BIN
from tests.support.rendering import ROOT
from tests.support.rendering import run

OFFERED: list[str] = QUESTIONS["python_version"]


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@cache
def here() -> dict[str, str]:
    """Return the path of the newest release of each Python, the lowest first."""
    listed = run(
        ROOT, str(BIN / "uv"), "python", "list", "--only-installed",
        "--output-format=json", PATH=os.pathsep.join(folders()),
    )  # fmt: skip
    releases = sorted(filter(usable, json.loads(listed)), key=release)
    return {
        "{major}.{minor}".format(**each["version_parts"]): each["path"]
        for each in releases
    }


def folders() -> list[str]:
    """Return where interpreters lie: this one, managers' own, and PATH.

    pyenv's shims are no interpreters: they answer for one version, which it chose.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    runner = Path(os.environ.get("RUNNER_TOOL_CACHE", "/nowhere"))
    on_path = os.environ["PATH"].split(os.pathsep)
    return [
        str(Path(sys.base_prefix) / "bin"),
        *map(str, sorted(pyenv.glob("versions/*/bin"))),
        *map(str, sorted(runner.glob("Python/*/*/bin"))),
        *(folder for folder in on_path if Path(folder).name != "shims"),
    ]


def usable(found: dict[str, Any]) -> bool:
    return (
        found["implementation"] == "cpython"
        and found["variant"] == "default"
        and bool(re.fullmatch(r"[\d.]+", found["version"]))
        and release(found)[:2] in map(number, OFFERED)
    )


def release(found: dict[str, Any]) -> tuple[int, ...]:
    return number(found["version"])


def lowest_for(version: str) -> str | None:
    """Return the path of the lowest Python here that is `version` or newer."""
    enough = (path for name, path in here().items() if number(name) >= number(version))
    return next(enough, None)


def runnable() -> list[str]:
    return [version for version in OFFERED if lowest_for(version)]
