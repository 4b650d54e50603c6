"""Whether the models need a revision, on a temporary database and never on another.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from updates.checks import PROJECT
from updates.processes import run
from updates.trial import Change

# What a module with a table has.
TABLE = re.compile(rb"\bmapped_column\(|\b__tablename__\b")
NOT_MODELS = ("tests/", "migrations/", "updates/")
# One process: the database that was looked at is the one that is changed. `.env` is
# read first, as `flask db` does.
COMPARE = """
import sys
from flask.cli import load_dotenv
load_dotenv()
import flask_migrate
import run
from app.extensions import db
with run.app.app_context():
    if [each.url.database for each in db.engines.values()] != [sys.argv[1]]:
        sys.exit("config.py sets the database itself")
    flask_migrate.upgrade()
    flask_migrate.check()
"""
COMMANDS = ('uv run flask db migrate -m "update"', "uv run flask db upgrade")


@dataclass(frozen=True)
class Models:
    """Whether models changed; `changed` is None if that could not be found out."""

    files: tuple[str, ...]
    changed: bool | None
    reason: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        """What to run after the update."""
        needed = self.changed or (self.changed is None and self.files)
        return COMMANDS if needed else ()


def model_files(folder: Path, changes: Iterable[Change]) -> tuple[str, ...]:
    """Return the changed modules that have tables."""
    return tuple(
        change.path
        for change in changes
        if change.path.endswith(".py")
        and not change.path.startswith(NOT_MODELS)
        and (folder / change.path).is_file()
        and TABLE.search((folder / change.path).read_bytes())
    )


def compare(folder: Path, files: tuple[str, ...]) -> Models:
    """Return whether a revision is needed, from a new database with all revisions."""
    with tempfile.TemporaryDirectory() as place:
        path = (Path(place) / "update.db").as_posix()
        variables = {"APP_CONFIG": "development", "DATABASE_URL": f"sqlite:///{path}"}
        if folder != PROJECT:
            variables["UV_PROJECT_ENVIRONMENT"] = ".venv"
        command = ("uv", "run", "python", "-c", COMPARE, path)
        done = run(folder, *command, variables=variables)
    if not done.status:
        return Models(files, changed=False)
    if "New upgrade operations" in f"{done.output}{done.errors}":
        return Models(files, changed=True)
    return Models(files, None, last_line(done.errors))


def last_line(text: str) -> str:
    """Return the last line of a text that is not empty."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no message"
