"""Runs commands of a project on a database."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import said
from tests.support.running.projects import uv


def flask(project: Path, *arguments: str, **environment: str) -> str:
    return uv(project, "run", "flask", *arguments, **environment)


def python(project: Path, code: str, **environment: str) -> list[str]:
    """Run lines in the project, with the application's context."""
    body = f"import run\nfrom app.extensions import db\n{code}"
    return uv(project, "run", "python", "-c", body, **environment).split()


# On statements, waits for locks, and transactions that do nothing.
LIMITS = {
    "postgresql": "SELECT current_setting('statement_timeout') AS statement,"
    " current_setting('lock_timeout') AS wait,"
    " current_setting('idle_in_transaction_session_timeout') AS idle",
    "mysql": "SELECT @@max_statement_time, @@innodb_lock_wait_timeout,"
    " @@lock_wait_timeout, @@idle_transaction_timeout, @@tx_isolation",
}
OF_REQUESTS = {
    "postgresql": "('30s', '10s', '1min')",
    "mysql": "(30.0, 10, 10, 60, 'READ-COMMITTED')",
}
# The defaults of the server, except for lock waits.
OF_COMMANDS = {
    "postgresql": "('0', '10s', '0')",
    "mysql": "(0.0, 10, 10, 0, 'READ-COMMITTED')",
}
OF_MIGRATIONS = {
    "postgresql": "('0', '10s', '0')",
    "mysql": "(0.0, 10, 10, 0, 'READ-COMMITTED')",
}


TABLES = {
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    "mysql": "SHOW TABLES",
}


@contextmanager
def revision(project: Path, body: str, **settings: str) -> Iterator[None]:
    """A revision of the owner's, whose upgrade is one line."""
    flask(project, "db", "revision", "-m", "own", **settings)
    (path,) = (project / "migrations/versions").glob("*_own.py")
    path.write_text(path.read_text().replace("    pass", f"    {body}", 1))
    try:
        yield
    finally:
        path.unlink()


def upgraded_at_once(
    project: Path, seconds: float, **settings: str
) -> list[subprocess.CompletedProcess[str]]:
    """Run one migration, which takes so many seconds, by three processes at once.

    All of them must succeed, and one of them must run it.
    """
    upgrade = (str(BIN / "uv"), "run", "flask", "db", "upgrade")
    slow = f'print("ran", __import__("time").sleep({seconds}))'
    with revision(project, slow, **settings), ThreadPoolExecutor(3) as pool:
        tries = [pool.submit(attempt, project, *upgrade, **settings) for _ in range(3)]
        done = [each.result() for each in tries]

    assert [each.returncode for each in done] == [0, 0, 0], said(done[0])
    assert sum(each.stdout.count("ran") for each in done) == 1
    return done
