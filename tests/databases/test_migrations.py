"""Migrations by several processes, and those that leave their transaction."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rendering import attempt
from rendering import BIN
from rendering import said
from services import DatabaseServer
from test_databases import DEVELOPMENT
from test_databases import flask
from test_databases import revision

UPGRADE = (str(BIN / "uv"), "run", "flask", "db", "upgrade")


def test_three_migrations_of_a_file_at_once_are_one(
    sqlite_project: Path, tmp_path: Path
) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": f"sqlite:///{tmp_path / 'once.db'}"}
    slow = 'print("ran", __import__("time").sleep(7))'

    # Longer than the wait for a lock that requests have.
    with revision(sqlite_project, slow, **settings), ThreadPoolExecutor(3) as pool:
        tries = [
            pool.submit(attempt, sqlite_project, *UPGRADE, **settings) for _ in range(3)
        ]
        done = [each.result() for each in tries]

    assert [each.returncode for each in done] == [0, 0, 0], said(done[0])
    assert sum(each.stdout.count("ran") for each in done) == 1
    assert sum(each.stderr.count("Nothing to do") for each in done) == 2


def test_a_migration_of_a_file_waits_for_who_writes(
    sqlite_project: Path, tmp_path: Path
) -> None:
    file = tmp_path / "busy.db"
    settings = {**DEVELOPMENT, "DATABASE_URL": f"sqlite:///{file}"}
    writer = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")
    end = threading.Timer(10, writer.execute, ["COMMIT"])
    end.start()

    output = attempt(sqlite_project, *UPGRADE, **settings)

    end.join()
    writer.close()
    assert output.returncode == 0, said(output)
    assert "Running upgrade" in output.stderr


# As CREATE INDEX CONCURRENTLY needs it.
OUTSIDE = """with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY ix_outside ON users (created_at)")
        print(op.get_bind().execute(sa.text("SHOW statement_timeout")).scalar())
    op.execute("CREATE TABLE after_block (id int)")"""


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_revision_may_leave_its_transaction(
    server: DatabaseServer, project: Path
) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": server.database("outside")}

    with revision(project, OUTSIDE, **settings):
        output = flask(project, "db", "upgrade", **settings)

    assert output.strip() == "0"
    assert "after_block" in server.sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'", "outside"
    )
    indexes = server.sql("SELECT indexname FROM pg_indexes", "outside")
    assert "ix_outside" in indexes
