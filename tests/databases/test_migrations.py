"""Migrations by several processes, and migrations outside of a transaction."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from tests.databases.commands import flask
from tests.databases.commands import LIMITS
from tests.databases.commands import OF_MIGRATIONS
from tests.databases.commands import revision
from tests.databases.commands import TABLES
from tests.databases.commands import upgraded_at_once
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import said
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import DEVELOPMENT

UPGRADE = (str(BIN / "uv"), "run", "flask", "db", "upgrade")


def test_three_migrations_of_sqlite_at_once_are_one(
    sqlite_project: Path, tmp_path: Path
) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": f"sqlite:///{tmp_path / 'once.db'}"}

    # Longer than the wait for a lock that requests have.
    done = upgraded_at_once(sqlite_project, 7, **settings)

    assert sum(each.stderr.count("Nothing to do") for each in done) == 2


def test_three_migrations_of_a_server_at_once_are_one(
    server: DatabaseServer, project: Path
) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": server.database("at_once")}

    # Slow enough for the others to come while it runs.
    upgraded_at_once(project, 2, **settings)


def test_a_migration_has_no_time_limit(server: DatabaseServer, project: Path) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": server.database("unlimited")}
    look = f"print(op.get_bind().execute(sa.text({LIMITS[server.name]!r})).one())"

    with revision(project, look, **settings):
        output = flask(project, "db", "upgrade", **settings)

    assert output.strip() == OF_MIGRATIONS[server.name]


def test_a_migration_of_sqlite_waits_for_writers(
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


INDEXES = {
    "postgresql": "SELECT indexname FROM pg_indexes",
    "mysql": "SHOW INDEX FROM users",
}


def test_a_revision_may_leave_its_transaction(
    server: DatabaseServer, project: Path
) -> None:
    settings = {**DEVELOPMENT, "DATABASE_URL": server.database("outside")}
    # PostgreSQL makes such an index only outside of a transaction.
    how = "CONCURRENTLY" if server.name == "postgresql" else ""
    outside = f"""with op.get_context().autocommit_block():
        op.execute("CREATE INDEX {how} ix_outside ON users (created_at)")
        print(op.get_bind().execute(sa.text({LIMITS[server.name]!r})).one())
    op.execute("CREATE TABLE after_block (id int)")"""

    with revision(project, outside, **settings):
        output = flask(project, "db", "upgrade", **settings)

    assert output.strip() == OF_MIGRATIONS[server.name]
    assert "after_block" in server.sql(TABLES[server.name], "outside")
    assert "ix_outside" in server.sql(INDEXES[server.name], "outside")
