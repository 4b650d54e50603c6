"""A project's own tests and types, run by the programs of an environment."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from junit import cases
from rendering import run
from services import DatabaseServer

# What a project's own tests leave out on a server, and why they do.
LEFT_OUT = {"holds for SQLite alone"}

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
    assert set(reasons) == (LEFT_OUT if server else set())
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


def server_or_none(servers: Servers, kind: str) -> DatabaseServer | None:
    """Return a server; None for SQLite, and where the programs are not installed."""
    try:
        return None if kind == "sqlite" else servers(kind)
    except pytest.skip.Exception:
        return None
