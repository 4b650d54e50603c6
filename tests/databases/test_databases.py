"""PostgreSQL and MariaDB: projects on real servers."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.databases.commands import flask
from tests.databases.commands import LIMITS
from tests.databases.commands import OF_COMMANDS
from tests.databases.commands import OF_REQUESTS
from tests.databases.commands import python
from tests.databases.commands import TABLES
from tests.support import options
from tests.support.rendering import BIN
from tests.support.rendering import run_within
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import uv

# As an interrupted run, or a run on another branch, may leave it.
LEFT_OVER = {
    "postgresql": "CREATE TYPE left_type AS ENUM ('a');"
    " CREATE TABLE left_table (kind left_type); CREATE TABLE users (id int);"
    " CREATE VIEW left_view AS SELECT * FROM users",
    "mysql": "CREATE TABLE left_table (kind ENUM('a')); CREATE TABLE users (id int);"
    " CREATE VIEW left_view AS SELECT * FROM users",
}
TYPES = "SELECT count(*) FROM pg_type WHERE typname = 'left_type'"


# The executed layer runs all tests of a project on each server; here --all does.
OF_DATABASES = [
    "tests/maintained/accounts/test_login.py",
    "tests/maintained/accounts/test_transactions.py",
    "tests/maintained/core/test_database.py",
    "tests/maintained/core/test_database_url.py",
    "tests/maintained/core/test_migrations.py",
    "tests/maintained/core/test_transactions.py",
]
if options.chosen.everything:
    OF_DATABASES = []


def test_the_project_passes_its_own_tests_beside_what_a_run_left(
    server: DatabaseServer, project: Path
) -> None:
    address = server.database("own_test")
    server.sql(LEFT_OVER[server.name], "own_test")
    pytest_ = (str(BIN / "uv"), "run", "pytest", "-q", "-W", "error")

    # They take minutes on a machine that does other work.
    output = run_within(
        900, project, *pytest_, *OF_DATABASES, TEST_DATABASE_URL=address
    )

    reasons = re.findall(r"(?m)^SKIPPED .*: (.*)$", output)
    assert set(reasons) == {"only for SQLite", "its driver is not installed"}
    if server.name == "postgresql":
        assert server.sql(TYPES, "own_test").strip() == "0"


NAMES = {
    "postgresql": "SELECT datname FROM pg_database",
    "mysql": "SELECT schema_name FROM information_schema.schemata",
}
WORKERS = ("--with", "pytest-xdist", "pytest", "-q", "-W", "error", "-n", "2")


def test_each_process_of_the_tests_has_a_database(
    server: DatabaseServer, project: Path
) -> None:
    address = server.database("workers_test")
    # Tests of the first file start with new tables, those of the second roll back.
    files = (
        "tests/maintained/accounts/test_transactions.py",
        "tests/maintained/accounts/test_login.py",
    )
    # As an interrupted run leaves it.
    server.database("workers_gw0_test")

    output = uv(project, "run", *WORKERS, *files, TEST_DATABASE_URL=address)

    assert " passed" in output
    assert "workers_gw" not in server.sql(NAMES[server.name])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_workers_report_the_privileges_that_they_lack(
    server: DatabaseServer, project: Path
) -> None:
    address = server.database("weak_test").replace("postgres@", "weak@")
    server.sql("CREATE ROLE weak LOGIN")
    command = ("run", *WORKERS, "tests/test_main.py")

    with pytest.raises(AssertionError, match="let weak create databases, or run"):
        uv(project, *command, TEST_DATABASE_URL=address)


OWN_MODEL = '''

class Mood(__import__("enum").Enum):
    """A mood."""

    GLAD = "glad"


class Number(sa.types.TypeDecorator[int]):
    """A number; SQLite counts on only in a plain integer."""

    impl = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    cache_ok = True


class Note(Base):
    """A note."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(200))
    author: Mapped[str] = mapped_column(EmailAddress)
    written_at: Mapped[datetime]
    public: Mapped[bool] = mapped_column(server_default=sa.true())
    hidden: Mapped[bool] = mapped_column(server_default=sa.false())
    mood: Mapped[Mood]
    number: Mapped[int] = mapped_column(Number)
    # A circle, which a test's database must be able to drop.
    before_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notes.id"))
'''


def test_a_revision_written_in_development_works_in_production(
    server: DatabaseServer, project: Path
) -> None:
    development = {**DEVELOPMENT, "DATABASE_URL": ""}
    production = {**DEVELOPMENT, "DATABASE_URL": server.database("revised")}
    models = project / "app/models.py"
    before = models.read_text()
    models.write_text(before + OWN_MODEL)
    try:
        flask(project, "db", "upgrade", **development)
        flask(project, "db", "migrate", "-m", "notes", **development)
        (path,) = (project / "migrations/versions").glob("*_notes.py")
        text = path.read_text()
        for direction in ("upgrade", "downgrade", "upgrade", "check"):
            flask(project, "db", direction, **production)
    finally:
        models.write_text(before)

    assert "server_default=sa.true()" in text
    assert "server_default=sa.false()" in text
    assert ("DATETIME(fsp=6)" in text) is (server.name == "mysql")
    assert 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")' in text
    assert "app." not in text
    path.unlink()


def test_statements_and_waits_have_limits_in_requests(
    server: DatabaseServer, project: Path
) -> None:
    settings = {**PRODUCTION, "DATABASE_URL": server.database("limits")}
    look = f"db.session.execute(db.text({LIMITS[server.name]!r})).one()"
    code = (
        "for place in ('app_context', 'test_request_context') * 2:\n"
        "    with getattr(run.app, place)():\n"
        # The second time it comes from the pool, after a rollback.
        "        db.session.execute(db.text('SELECT 1'))\n"
        "        db.session.rollback()\n"
        f"        print({look}, db.engine.pool.checkedout(), sep=';')\n"
    )
    changed = {
        **settings,
        "FLASK_DATABASE_STATEMENT_TIMEOUT": "0",
        "FLASK_DATABASE_IDLE_TIMEOUT": "90",
    }

    command, request = (
        f"{limits[server.name]};1" for limits in (OF_COMMANDS, OF_REQUESTS)
    )
    assert lines(project, code, settings) == [command, request] * 2
    assert lines(project, code, changed)[1] == (
        "('0', '10s', '90s');1"
        if server.name == "postgresql"
        else "(0.0, 10, 10, 90, 'READ-COMMITTED');1"
    )


def lines(project: Path, code: str, settings: dict[str, str]) -> list[str]:
    return re.findall(r"\([^)]*\);1", " ".join(python(project, code, **settings)))


# Of two rows: MariaDB lets the first sleep end early, and says so at the second.
SLOW = {
    "postgresql": "SELECT pg_sleep(2)",
    "mysql": "SELECT SLEEP(1.5) FROM (SELECT 1 UNION SELECT 2) AS rows_",
}
# Writes, and then waits: in the database, or between two statements.
WRITE_AND_WAIT = """
import os, time
import sqlalchemy as sa
for place in ("app_context", "test_request_context"):
    with getattr(run.app, place)():
        try:
            db.session.execute(db.text("CREATE TABLE IF NOT EXISTS t (i int)"))
            db.session.execute(db.text("INSERT INTO t VALUES (1)"))
            db.session.execute(db.text(os.environ["SLOW"]))
            time.sleep(float(os.environ["PAUSE"]))
            db.session.execute(db.text("SELECT 1"))
            print("whole")
        except sa.exc.DBAPIError:
            print("ended")
"""


@pytest.mark.parametrize("kind", ["statement", "idle"])
def test_a_limit_ends_a_request_and_no_command(
    kind: str, server: DatabaseServer, project: Path
) -> None:
    settings = {
        **PRODUCTION,
        "DATABASE_URL": server.database("limited"),
        f"FLASK_DATABASE_{kind.upper()}_TIMEOUT": "1",
        "SLOW": SLOW[server.name] if kind == "statement" else "SELECT 1",
        "PAUSE": "0" if kind == "statement" else "2.5",
    }

    assert python(project, WRITE_AND_WAIT, **settings) == ["whole", "ended"]


def test_the_first_request_in_development_creates_the_tables(
    server: DatabaseServer, project: Path
) -> None:
    address = server.database("developed")
    command = ("uv", "run", "flask", "run", "--port=PORT")

    # Set in the environment, as a user does to try the server once.
    with served(project, *command, DATABASE_URL=address) as running:
        assert get(running.url).status == 200
        # It holds no lock while it continues: a second migration does not wait.
        flask(project, "db", "upgrade", **DEVELOPMENT, DATABASE_URL=address)

    assert "users" in server.sql(TABLES[server.name], "developed")


BACKEND = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}


def test_a_fork_shares_no_connection(server: DatabaseServer, project: Path) -> None:
    settings = {**PRODUCTION, "DATABASE_URL": server.database("forked")}
    code = f"""
import os
def backend():
    with run.app.app_context(), db.engine.connect() as connection:
        return connection.execute(db.text({BACKEND[server.name]!r})).scalar()
before = backend()
child = os.fork()
if not child:
    print(backend(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(before, backend())
"""
    of_the_child, before, after = python(project, code, **settings)

    assert of_the_child != before == after


def test_production_serves_and_outlives_a_restart_of_its_connections(
    server: DatabaseServer, project: Path
) -> None:
    address = server.database("production")
    settings = {**PRODUCTION, "DATABASE_URL": address, "WEB_CONCURRENCY": "1"}
    flask(project, "db", "upgrade", **settings)
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")

    with served(project, *command, **settings) as running:
        answers = [get(f"{running.url}/api/ready").status for _ in range(3)]
        end_connections(server)
        answers += [get(f"{running.url}/api/ready").status for _ in range(3)]
        end_connections(server)
        server.sql("DROP DATABASE production")
        down = get(f"{running.url}/api/ready")
        assert running.stop() == 0

    assert answers == [200] * 6
    assert down.status == 503
    assert json.loads(down.text)["checks"] == {"database": "down"}


CONNECTIONS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = 'production'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = 'production'",
}
ENDING = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


def end_connections(server: DatabaseServer) -> None:
    numbers = [
        word for word in server.sql(CONNECTIONS[server.name]).split() if word.isdigit()
    ]
    assert numbers
    for number in numbers:
        server.sql(ENDING[server.name].format(number))


# A view that waits for the database for a second.
WAITING = """
from app.extensions import db
from app import create_app

app = create_app()


@app.get("/wait")
def wait():
    db.session.execute(db.text({statement!r}))
    return "waited"
"""
SLEEP = {"postgresql": "SELECT pg_sleep(1)", "mysql": "SELECT SLEEP(1)"}


def test_under_gevent_requests_wait_for_the_database_together(
    server: DatabaseServer, gevent_project: Path
) -> None:
    settings = {**PRODUCTION, "DATABASE_URL": server.database("waited")}
    settings |= {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4"}
    code = WAITING.format(statement=SLEEP[server.name])
    (gevent_project / "waiting.py").write_text(code)
    command = ("uv", "run", "gunicorn", "waiting:app", "--bind=127.0.0.1:PORT")

    with (
        served(gevent_project, *command, **settings) as running,
        ThreadPoolExecutor(8) as pool,
    ):
        get(f"{running.url}/wait")
        begun = time.monotonic()
        waits = [pool.submit(get, f"{running.url}/wait") for _ in range(8)]
        answers = [each.result().text for each in waits]
        took = time.monotonic() - begun

    assert answers == ["waited"] * 8
    # One after the other they would take eight.
    assert took < 6
