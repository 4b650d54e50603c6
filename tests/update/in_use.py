"""A project in use: its database and its tests, with the interpreter of another."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.support.rendering import attempt
from tests.support.rendering import run
from tests.support.rendering import run_within
from tests.support.rendering import said


def flask(project: Path, environment: Path, *command: str) -> str:
    return run(project, str(environment), "-m", "flask", *command)


def rows(project: Path, table: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(project / "instance/app.db") as connection:
        found = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    connection.close()
    return found


def insert(project: Path, statement: str) -> None:
    with sqlite3.connect(project / "instance/app.db") as connection:
        connection.execute(statement)
    connection.close()


def brought_up_to_date(project: Path, environment: Path) -> None:
    """Do what the message after the update says, where it says so."""
    flask(project, environment, "db", "upgrade")
    check = attempt(project, str(environment), "-m", "flask", "db", "check")
    if check.returncode:
        assert "New upgrade operations detected" in said(check)
        flask(project, environment, "db", "migrate", "-m", "update")
        flask(project, environment, "db", "upgrade")
        assert "No new upgrade" in flask(project, environment, "db", "check")


def has_one_head(project: Path, environment: Path) -> bool:
    return len(flask(project, environment, "db", "heads").splitlines()) == 1


# The maintained files are those of a new project, as test_matrix.py checks, and the
# executed layer runs their tests. What is left tests the owner's lines.
ALREADY_RUN = [
    f"--ignore=tests/maintained/{folder}" for folder in ("accounts", "api", "core")
]


def passes_its_tests(project: Path, environment: Path, *options: str) -> None:
    pytest = (str(environment), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    # All tests of a project take minutes on a machine that does other work.
    run_within(900, project, *pytest, "-W", "error", *options)


def tables(project: Path, name: str) -> set[object]:
    with sqlite3.connect(project / "instance" / name) as connection:
        found = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    return {row[0] for row in found}


SQL = """
import json, sys, run
from app.extensions import db
with run.app.app_context(), db.engine.begin() as connection:
    done = [connection.exec_driver_sql(each) for each in json.loads(sys.argv[1])]
    rows = [[[*row] for row in each] if each.returns_rows else [] for each in done]
print(json.dumps(rows, default=str))
"""


class InUse:
    """A project with its interpreter and the variables that it runs with."""

    def __init__(self, folder: Path, python: Path, **environment: str) -> None:
        self.folder = folder
        self.python = python
        self.environment = environment

    def flask(self, *command: str) -> str:
        flask = (str(self.python), "-m", "flask", *command)
        return run(self.folder, *flask, **self.environment)

    def script(self, code: str, *arguments: str) -> str:
        """Run Python code in the project, and return what it prints."""
        command = (str(self.python), "-c", code, *arguments)
        return run(self.folder, *command, **self.environment)

    def sql(self, *statements: str) -> list[list[list[object]]]:
        """Run statements in one transaction, and return the rows of each."""
        rows: list[list[list[object]]] = json.loads(
            self.script(SQL, json.dumps(statements))
        )
        return rows

    def migrate(self, message: str) -> None:
        self.flask("db", "migrate", "-m", message)
        self.flask("db", "upgrade")

    def bring_up_to_date(self) -> None:
        """Do what the message after the update says, where it says so."""
        self.flask("db", "upgrade")
        check = (str(self.python), "-m", "flask", "db", "check")
        done = attempt(self.folder, *check, **self.environment)
        if done.returncode:
            assert "New upgrade operations detected" in said(done)
            self.migrate("update")
