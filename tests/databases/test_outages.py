"""A server that goes away for ten seconds, while a project is used."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.browsers.client import Browser
from tests.support.browsers.client import make_account
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.running.database_servers import Daemon
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import program
from tests.support.running.projects import served
from tests.support.running.projects import uv

AWAY = 10  # seconds
CLIENTS = 8
EVERY = 0.2  # seconds, of each client

# What one request may add to the log.
MOST_BYTES = 300

COMMAND = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Load:
    """Clients that ask for pages all the time, and what they are answered."""

    url: str
    cookies: dict[str, str]
    seen: list[tuple[int, list[str]]] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    def ask(self, path: str) -> None:
        while not self.ends.wait(EVERY):
            browser = Browser(self.url, dict(self.cookies)).ask("GET", path)
            self.seen.append((browser.status, browser.sent("Retry-After")))

    @contextmanager
    def running(self) -> Iterator[None]:
        paths = ("/dashboard", "/api/v1/users") * (CLIENTS // 2)
        threads = [threading.Thread(target=self.ask, args=[path]) for path in paths]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ends.set()
            for thread in threads:
                thread.join()

    def until_all_are(self, status: int) -> None:
        """Wait until each client has been answered with a status, twice."""
        deadline = time.monotonic() + 30
        while {seen[0] for seen in self.seen[-2 * CLIENTS :]} != {status}:
            assert time.monotonic() < deadline, Counter(seen[0] for seen in self.seen)
            time.sleep(EVERY)


def prepared(project: Path, server: DatabaseServer, name: str) -> dict[str, str]:
    """Return the settings of production, with one account in a new database."""
    settings = {**PRODUCTION, "DATABASE_URL": server.database(name)}
    settings["WEB_CONCURRENCY"] = "2"
    uv(project, "run", "flask", "db", "upgrade", **settings)
    make_account(project, settings)
    return settings


def test_a_database_that_is_away_is_503_until_it_is_back(
    server: DatabaseServer, project: Path
) -> None:
    settings = prepared(project, server, "away")
    with served(project, *COMMAND, **settings) as running:
        browser = Browser(running.url).log_in()
        token = urlencode({"csrf_token": browser.token("/dashboard")})
        load = Load(running.url, browser.cookies)
        with load.running():
            load.until_all_are(200)
            size, before = running.log.stat().st_size, len(load.seen)
            server.daemon.stop()
            try:
                time.sleep(AWAY)
                log_out = browser.ask("POST", "/auth/logout", token, **FORM).text
                assert browser.status == 503
                assert Browser(running.url).ask("GET", "/api/ready").status == 503
            finally:
                server.daemon.start()
            grown, after = running.log.stat().st_size - size, len(load.seen)
            load.until_all_are(200)

        assert "You may still be logged in" in log_out
        assert browser.ask("GET", "/dashboard").status == 200
        assert running.stop() == 0
        log = running.log.read_text()

    count = after - before
    print(f"{grown / count:.0f} bytes of log a request, {count} requests")
    assert {status for status, _ in load.seen} == {200, 503}
    assert all(retry for status, retry in load.seen if status == 503)
    assert count > 100
    assert grown / count <= MOST_BYTES
    assert "Traceback" not in log


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_log_ins_work_while_redis_is_down(
    fault: signal.Signals, sqlite_project: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'redis.db'}"
    settings = {**PRODUCTION, "DATABASE_URL": url, "WEB_CONCURRENCY": "2"}
    uv(sqlite_project, "run", "flask", "db", "upgrade", **settings)
    make_account(sqlite_project, settings)
    redis = Daemon(None, tmp_path, program("redis-server"), "--bind", "127.0.0.1")
    redis.command = [*redis.command[:-1], "--port", str(redis.port), "--save", ""]
    redis.start()
    settings["REDIS_URL"] = f"redis://127.0.0.1:{redis.port}/0"
    try:
        with served(sqlite_project, *COMMAND, **settings) as running:
            assert Browser(running.url).log_in().status == 302
            redis.process.send_signal(fault)
            size, begun = running.log.stat().st_size, time.monotonic()
            statuses = [Browser(running.url).log_in().status for _ in range(6)]
            took = time.monotonic() - begun
            ready = Browser(running.url).ask("GET", "/api/ready")
            grown = running.log.stat().st_size - size
            log = running.log.read_text()
    finally:
        redis.process.kill()
        redis.process.wait(10)

    print(f"{took:.1f} s and {grown} bytes of log for six log-ins")
    assert statuses == [302] * 6
    assert ready.status == 503
    assert json.loads(ready.text)["checks"] == {"redis": "down"}
    assert "Traceback" not in log


# Views with temporary failures, and one with a defect whose message has a value.
VIEWS = """
import sqlalchemy as sa
from app import create_app
from app.extensions import db

app = create_app()
SQL = {sql!r}


def run(name):
    return lambda: str(db.session.execute(sa.text(SQL[name])).rowcount)


for name in ("defect", "killed", "too long", "missing"):
    app.add_url_rule("/" + name, name, run(name))


@app.get("/waits for a lock")
def waits():
    with db.engine.begin() as other:
        other.execute(sa.text("SELECT * FROM places WHERE name = 'a' FOR UPDATE"))
        db.session.execute(sa.text(SQL["short wait"]))
        db.session.execute(sa.text("UPDATE places SET number = 2 WHERE name = 'a'"))
    return "no wait"


@app.get("/no connection")
def exhausts():
    with db.engine.connect(), db.engine.connect():
        db.session.execute(sa.text("SELECT 1"))
    return "one more"


with app.app_context(), db.engine.begin() as connection:
    connection.execute(sa.text(
        "CREATE TABLE places (name varchar(50) PRIMARY KEY, number int)"
    ))
    connection.execute(sa.text("INSERT INTO places VALUES ('a', 1)"))

client = app.test_client()
for path in {paths!r}:
    response = client.get("/" + path)
    retry = response.headers.get("Retry-After")
    print(path.replace(" ", "-"), response.status_code, retry)
    assert client.get("/api/health").status_code == 200
"""
STATEMENTS = {
    "postgresql": {
        "killed": "SELECT pg_terminate_backend(pg_backend_pid())",
        "too long": "SET statement_timeout = 100; SELECT pg_sleep(5)",
        "short wait": "SET lock_timeout = 100",
    },
    "mysql": {
        "killed": "KILL CONNECTION_ID()",
        "too long": "SET STATEMENT max_statement_time = 0.1 FOR"
        " SELECT SLEEP(5) FROM places",
        "short wait": "SET innodb_lock_wait_timeout = 1",
    },
}
PATHS = {
    "killed": "503 5",
    "too long": "503 5",
    "waits for a lock": "503 5",
    "no connection": "503 5",
    "defect": "500 None",
    "missing": "500 None",
}
PLACE = "secret-place"
INSERT = "INSERT INTO places VALUES ('secret-place', 1), ('secret-place', 2)"


def test_a_temporary_failure_is_503_and_a_defect_is_500(
    server: DatabaseServer, project: Path
) -> None:
    options = '{"pool_size": 2, "max_overflow": 0, "pool_timeout": 0.2}'
    settings = {**PRODUCTION, "DATABASE_URL": server.database("faults")}
    settings |= {"TRUSTED_HOSTS": "*", "FLASK_SQLALCHEMY_ENGINE_OPTIONS": options}
    sql = {**STATEMENTS[server.name], "defect": INSERT, "missing": "SELECT * FROM none"}
    done = attempt(
        project,
        str(BIN / "uv"),
        "run",
        "python",
        "-c",
        VIEWS.format(sql=sql, paths=tuple(PATHS)),
        **settings,
    )

    answers = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    expected = {path.replace(" ", "-"): answer for path, answer in PATHS.items()}
    assert answers == expected, done.stderr
    assert sum("Traceback" in line for line in done.stderr.splitlines()) == 2
    # The driver's message about the row; the statement contains no values.
    told = done.stderr.replace(INSERT, "")
    assert PLACE not in told
