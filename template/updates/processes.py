"""Runs other programs, without the settings of this machine that spoil an update.

Maintained by copier-flask.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from updates.errors import UpdateError

# Git settings that make an update drop or hide edits, reset to their defaults.
GIT_SETTINGS = {
    "core.excludesFile": "/dev/null",
    "core.attributesFile": "/dev/null",
    "core.hooksPath": "/dev/null",
    "apply.whitespace": "nowarn",
    "status.showUntrackedFiles": "normal",
}

# Set by hooks of Git, for the repository that the hook runs in, and by `uv run`.
LEAKED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "VIRTUAL_ENV")

REMEDIES = {
    "git": "Git is not installed: install it from https://git-scm.com.",
    "uv": "uv is not installed: install it from https://docs.astral.sh/uv/.",
    "uvx": "uvx is not installed: it comes with uv, https://docs.astral.sh/uv/.",
}


class Done(NamedTuple):
    """How a program ended, and what it printed."""

    status: int
    output: str
    errors: str


def run(
    folder: Path,
    *command: str,
    variables: Mapping[str, str] | None = None,
    given: str | None = None,
) -> Done:
    """Return how a command ended in a folder; `given` is its standard input.

    Raises `UpdateError` if the program is not installed.
    """
    try:
        done = subprocess.run(  # noqa: S603  # commands of this package, without a shell
            command,
            cwd=folder,
            env=environment(variables or {}),
            # Not as text, which would change the ends of lines.
            input=(given or "").encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        missing = f"{command[0]} is not installed: install it, and try again."
        raise UpdateError(REMEDIES.get(command[0], missing)) from error
    printed = (
        each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr)
    )
    return Done(done.returncode, *printed)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program, with `variables` added."""
    kept = {name: value for name, value in os.environ.items() if name not in LEAKED}
    # After those that are set already: the last one counts.
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    settings = {"GIT_CONFIG_COUNT": str(first + len(GIT_SETTINGS))}
    for number, (key, value) in enumerate(GIT_SETTINGS.items(), first):
        settings[f"GIT_CONFIG_KEY_{number}"] = key
        settings[f"GIT_CONFIG_VALUE_{number}"] = value
    return {
        **kept,
        **settings,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",  # reading the status does not write the index
        "GIT_TEMPLATE_DIR": "",
        "PYTHONUTF8": "1",
        **variables,
    }
