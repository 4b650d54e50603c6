"""Run the tests of the known issues on every Python that is here, and note the result.

Run as a script: `.venv/bin/python -m tests.known_issues.versions PYTHON...`, with
a version or a path for each interpreter, the lowest first. It writes
docs/tested-versions.yml, and only when all runs are green.
"""

from __future__ import annotations

import re
import sys
import tempfile
from datetime import datetime
from datetime import UTC
from pathlib import Path
from typing import Any

import yaml

from tests.known_issues.page import RECORD
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run as command
from tests.support.running.projects import install

PACKAGES = [
    "flask", "werkzeug", "flask-login", "flask-wtf", "flask-sqlalchemy", "sqlalchemy",
]  # fmt: skip
ANSWERS = {"preset": "full", "server": "gunicorn-gevent", "tasks": "threads"}
COMMENT = "# Written by tests/known_issues/versions.py after a run without a failure.\n"


def record(pythons: list[str], folder: Path) -> dict[str, Any]:
    template = copied_tree(ROOT, folder / "template")
    project = Renderer(template, folder)(**ANSWERS)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "packages": PACKAGES,
        # On the lowest Python: not all of the lowest versions have wheels for others.
        "runs": [
            run(project, pythons[0], "lowest-direct"),
            *(run(project, python, "highest") for python in pythons),
        ],
    }


def run(project: Path, python: str, resolution: str) -> dict[str, Any]:
    """Install the project and run its modules; a failure ends the program."""
    environment = project.parent / f"{Path(python).name}-{resolution}"
    install(project, environment, python, resolution)
    installed = str(environment / "bin/python")
    said = command(
        project,
        installed,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "tests/maintained/known_issues",
    )
    counted = re.search(r"(\d+) passed", said)
    assert counted, said
    interpreter = command(project, installed, "--version")
    program = (
        "import importlib.metadata as m; "
        f"print(*(m.version(name) for name in {PACKAGES}))"
    )
    found = command(project, installed, "-c", program).split()
    return {
        "python": interpreter.split()[1],
        "resolution": resolution,
        "versions": dict(zip(PACKAGES, found, strict=True)),
        "passed": int(counted[1]),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        result = record(sys.argv[1:], Path(temporary))
    RECORD.write_text(COMMENT + yaml.safe_dump(result, sort_keys=False))
    sys.stdout.write(f"Wrote {RECORD}: {len(result['runs'])} green runs\n")
