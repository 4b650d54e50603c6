"""SQLite with several processes that write: for some seconds, in the night a minute."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.support import options
from tests.support.rendering import BIN
from tests.support.running.projects import uv

SECONDS = 60 if options.chosen.everything else 15
WRITERS, READERS = 4, 2

# A transaction that writes based on what it reads must read for update.
WRITER = """
import sys, time, run
from app.extensions import db
ids = db.column("id", db.Integer)
newest = db.select(ids).select_from(db.table("counted", ids)).with_for_update()
newest = newest.order_by(ids.desc()).limit(1)
end, done = time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < end:
    with run.app.app_context():
        last = db.session.scalar(newest) or 0
        db.session.execute(db.text(f"INSERT INTO counted VALUES ({last} + 1)"))
        db.session.commit()
    done += 1
print(done)
"""
READER = """
import sys, time, run
from app.extensions import db
end, done, seen = time.monotonic() + float(sys.argv[1]), 0, 0
while time.monotonic() < end:
    with run.app.test_request_context():
        now = db.session.scalar(db.text("SELECT count(*) FROM counted"))
    assert now >= seen
    seen, done = now, done + 1
print(done)
"""


def test_four_writers_and_two_readers_lose_nothing(
    sqlite_project: Path, tmp_path: Path, measured: Callable[[str], None]
) -> None:
    settings = {
        "APP_CONFIG": "development",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'load.db'}",
    }
    made = "import run; from app.extensions import db\nwith run.app.app_context(): "
    table = (
        "db.session.execute(db.text('CREATE TABLE counted (id INTEGER PRIMARY KEY)'))"
    )
    count = "print(db.session.scalar(db.text('SELECT count(*) FROM counted')))"
    python = ("run", "python", "-c")
    uv(sqlite_project, *python, f"{made}{table}; db.session.commit()", **settings)

    processes = [
        started(sqlite_project, code, settings)
        for code in [WRITER] * WRITERS + [READER] * READERS
    ]
    counts = [ended(process) for process in processes]
    rows = int(uv(sqlite_project, *python, f"{made}{count}", **settings))

    measured(f"SQLite, {SECONDS} s: {rows} rows of {WRITERS} writers, none lost")
    assert rows == sum(counts[:WRITERS])
    assert min(counts) > 10, "a process never had a turn"


def started(
    project: Path, code: str, settings: dict[str, str]
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(BIN / "uv"), "run", "python", "-c", code, str(SECONDS)],
        cwd=project,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> int:
    output, errors = process.communicate(timeout=SECONDS + 60)
    assert process.returncode == 0, errors
    return int(output)
