"""PostgreSQL behind PgBouncer in transaction mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.databases.commands import flask
from tests.databases.commands import LIMITS
from tests.databases.commands import OF_COMMANDS
from tests.databases.commands import OF_MIGRATIONS
from tests.databases.commands import OF_REQUESTS
from tests.databases.commands import python
from tests.databases.commands import revision
from tests.databases.commands import upgraded_at_once
from tests.support.rendering import run
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import pgbouncer
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served

pytestmark = pytest.mark.parametrize("server", ["postgresql"], indirect=True)

# A view that repeats a query in its transaction: the driver prepares it at the sixth.
REPEATING = """
from app.extensions import db
from app import create_app

app = create_app()


@app.get("/repeat")
def repeat():
    for number in range(8):
        db.session.execute(db.text("SELECT :number + 1"), {"number": number}).one()
    return "repeated"
"""
REQUESTS, HASH_SLOTS = 300, 8
ADVISORY = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


@pytest.fixture
def pooled(server: DatabaseServer) -> Iterator[str]:
    """The address of an empty database, through a pooler with four sessions."""
    server.database("pooled")
    with pgbouncer(server, pool_size=4) as address:
        yield f"{address}/pooled"


@pytest.fixture
def settings(pooled: str) -> dict[str, str]:
    return {**PRODUCTION, "DATABASE_URL": pooled, "FLASK_DATABASE_POOLER": "true"}


def test_repeated_queries_are_answered(project: Path, settings: dict[str, str]) -> None:
    (project / "repeating.py").write_text(REPEATING)
    command = ("uv", "run", "gunicorn", "repeating:app", "--bind=127.0.0.1:PORT")

    with (
        served(project, *command, **settings, WEB_THREADS="4") as running,
        ThreadPoolExecutor(HASH_SLOTS) as pool,
    ):
        answers = list(pool.map(get, [f"{running.url}/repeat"] * REQUESTS))

    assert Counter(each.status for each in answers) == {200: REQUESTS}


def test_limits_hold_in_each_transaction_and_leave_with_it(
    project: Path, settings: dict[str, str], server: DatabaseServer, pooled: str
) -> None:
    look = f"db.session.execute(db.text({LIMITS['postgresql']!r})).one()"
    code = (
        "for place in ('app_context', 'test_request_context'):\n"
        "    with getattr(run.app, place)():\n"
        "        for _ in range(8):\n"
        f"            row = {look}\n"
        "            db.session.rollback()\n"
        "        print(row)\n"
    )
    psql = server.client[0]

    within = " ".join(python(project, code, **settings))
    after = run(project, psql, pooled, "-Atc", LIMITS["postgresql"])

    assert within == f"{OF_COMMANDS['postgresql']} {OF_REQUESTS['postgresql']}"
    assert after.strip() == "0|0|0"


def test_a_migration_has_no_time_limit_and_leaves_no_settings(
    project: Path, settings: dict[str, str], server: DatabaseServer, pooled: str
) -> None:
    look = f"print(op.get_bind().execute(sa.text({LIMITS['postgresql']!r})).one())"

    with revision(project, look, **settings):
        output = flask(project, "db", "upgrade", **settings)

    after = run(project, server.client[0], pooled, "-Atc", LIMITS["postgresql"])
    assert output.strip() == OF_MIGRATIONS["postgresql"]
    assert after.strip() == "0|0|0"
    assert server.sql(ADVISORY).strip() == "0"


def test_three_migrations_at_once_are_one(
    project: Path, settings: dict[str, str], server: DatabaseServer
) -> None:
    upgraded_at_once(project, 2, **settings)

    assert server.sql(ADVISORY).strip() == "0"
