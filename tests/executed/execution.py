"""A project's tests, types and start, by the programs of an environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.facts.answers import Answers
from tests.support.rendering import run
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.reports import cases

# What the maintained tests leave out on a server, and why they do.
LEFT_OUT = {"only for SQLite"}
# On every database: addresses of others are tried where their driver is.
NO_DRIVER = "its driver is not installed"

Note = Callable[[str, object], None]
Servers = Callable[[str], DatabaseServer]


def pass_own_tests(
    project: Path, programs: Path, note: Note, server: DatabaseServer | None = None
) -> None:
    """Run the tests of a project, on a server's database or else on SQLite."""
    address = {"TEST_DATABASE_URL": server.database("own_test")} if server else {}
    ran = cases(project, str(programs / "python"), "-W", "error", **address)
    wrong = [
        f"{case.get('classname')}::{case.get('name')}: {fault.get('message')}"
        for case in ran
        for fault in (*case.iter("failure"), *case.iter("error"))
    ]
    reasons = [each.get("message") for case in ran for each in case.iter("skipped")]

    assert not wrong, "\n".join([f"{len(wrong)} tests failed:", *wrong[:10]])
    left_out = LEFT_OUT if server and (project / "tests/maintained").exists() else set()
    assert set(reasons) - {NO_DRIVER} == left_out
    note("tests of the projects passed", len(ran) - len(reasons))
    note("tests of the projects skipped", len(reasons))


def pass_types(project: Path, programs: Path, note: Note, kept: Path) -> None:
    said = run(
        project, str(programs / "python"), "-m", "mypy", "--strict",
        "--cache-dir", str(kept), ".",
    )  # fmt: skip
    counted = re.fullmatch(r"Success: no issues found in (\d+) source files\n", said)
    assert counted, said
    note("source files typed", int(counted[1]))


def answer_in_production(
    project: Path, programs: Path, name: str, address: str
) -> None:
    """Migrate the database at an address, start a server, ask it, and stop it."""
    # One worker: granian loses a stop signal while another worker starts.
    settings = {
        **PRODUCTION, "DATABASE_URL": address, "PORT": str(free_port()),
        "WEB_CONCURRENCY": "1", "PATH": f"{programs}:{os.environ['PATH']}",
    }  # fmt: skip
    run(project, "flask", "db", "upgrade", **settings)

    with served(project, *on_loopback(project, name), **settings) as server:
        answers = [get(server.url + path) for path in ("/", "/api/ready")]
        status = server.stop()

    log = server.log.read_text()
    assert [answer.status for answer in answers] == [200, 200], log
    assert status == 0, log
    assert "Traceback" not in log, log


def production_address(project: Path, answers: Answers, servers: Servers) -> str:
    """Return an empty database of the kind that a project has in production.

    Skips the test if that server is not installed.
    """
    kind = answers.get("database", "sqlite")
    if kind == "sqlite":
        return f"sqlite:///{project.parent / 'production.db'}"
    return servers(kind).database("production")


def server_or_none(servers: Servers, kind: str) -> DatabaseServer | None:
    """Return a server; None for SQLite, and where the programs are not installed."""
    try:
        return None if kind == "sqlite" else servers(kind)
    except pytest.skip.Exception:
        return None
