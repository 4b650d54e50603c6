"""A project in use: its database and its tests, with the interpreter of another."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.support.rendering import attempt
from tests.support.rendering import run
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


def passes_its_tests(project: Path, environment: Path, *options: str) -> None:
    pytest = (str(environment), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    run(project, *pytest, "-W", "error", *options)


def tables(project: Path, name: str) -> set[object]:
    with sqlite3.connect(project / "instance" / name) as connection:
        found = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    return {row[0] for row in found}
