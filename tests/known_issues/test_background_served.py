"""Background jobs under the real servers, and when a server stops."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import until
from tests.support.running.projects import uv

VIEWS = """
import time
from pathlib import Path

import sqlalchemy as sa
from flask import Blueprint
from flask import current_app
from flask import has_request_context
from flask import request

from app.core import background
from app.extensions import db

bp = Blueprint("for_tests", __name__, url_prefix="/for-tests")


@bp.get("/note/<name>")
def note(name):
    background.submit(
        write, name, float(request.args["seconds"]), request.args["started"]
    )
    return "submitted"


@bp.get("/fail")
def fail():
    background.submit(divide, 0)
    return "submitted"


def write(name, seconds, started):
    Path(started).touch()
    time.sleep(seconds)
    assert not has_request_context()
    db.session.execute(
        sa.text("INSERT INTO notes VALUES (:text)"),
        {"text": f"{name} by {current_app.name}"},
    )
    db.session.commit()


def divide(by):
    return 1 / by
"""

UV = (str(BIN / "uv"), "run", "--no-dev")
GUNICORN = (*UV, "gunicorn", "run:app")
# The server, its command, and the signal that stops it as its users do.
WAYS = {
    "gunicorn": ("gunicorn", GUNICORN, signal.SIGTERM),
    "gevent": ("gunicorn-gevent", GUNICORN, signal.SIGTERM),
    "granian": ("granian", (*UV, "python", "serve.py"), signal.SIGTERM),
    "flask run": ("gunicorn", (*UV, "flask", "run", "--port=PORT"), signal.SIGINT),
}


ONE_THREAD = {"FLASK_BACKGROUND_THREADS": "1", "WEB_CONCURRENCY": "1"}


@dataclass
class Way:
    server: str
    project: Path
    command: tuple[str, ...]
    signal: signal.Signals

    def served(self, **more: str) -> contextlib.AbstractContextManager[Server]:
        with contextlib.suppress(FileNotFoundError):
            self.database.unlink()
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            database.execute("CREATE TABLE notes (text VARCHAR)")
        url, port = f"sqlite:///{self.database}", str(free_port())
        variables = {**PRODUCTION, "DATABASE_URL": url, "PORT": port, **more}
        # With PORT set, a project listens on all interfaces, which tests must not.
        variables["BIND"] = "127.0.0.1"
        return served(self.project, *self.command, **variables)

    @contextlib.contextmanager
    def of_less_patience(self) -> Iterator[None]:
        """Give a stop 2 seconds in the place of 30."""
        path = self.project / settings_of(self.server)
        own = path.read_text()
        shorter = re.sub(
            r"(graceful_timeout = |workers_kill_timeout=)30", r"\g<1>2", own
        )
        assert shorter != own
        path.write_text(shorter)
        yield
        path.write_text(own)

    def stop(self, server: Server) -> int:
        """Stop it as its users do, and return its exit status."""
        server.process.send_signal(self.signal)
        if self.signal == signal.SIGINT:
            # Python drops a Ctrl-C during one of its internal callbacks; people press
            # again if the server still answers.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return server.process.wait(8)
            if answers(server):
                server.process.send_signal(self.signal)
        return server.process.wait(20)

    @property
    def database(self) -> Path:
        return self.project.parent / "production.db"

    def notes(self) -> set[str]:
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return {text for (text,) in database.execute("SELECT text FROM notes")}


@pytest.fixture(scope="module")
def projects(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    @cache
    def render_and_install(server: str) -> Path:
        project = Renderer(template, tmp_path_factory.mktemp(server))(
            preset="minimal", server=server, tasks="threads"
        )
        uv(project, "sync", "--quiet", "--no-dev")
        (project / "for_tests.py").write_text(VIEWS)
        with (project / "run.py").open("a") as run:
            run.write("\nfrom for_tests import bp\n\napp.register_blueprint(bp)\n")
        return project

    return render_and_install


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, projects: Callable[[str], Path]) -> Way:
    server, command, stop = WAYS[request.param]
    return Way(server, projects(server), command, stop)


def answers(server: Server) -> bool:
    try:
        return get(f"{server.url}/api/health").status == 200
    except OSError:
        return False


def settings_of(server: str) -> str:
    return "serve.py" if server == "granian" else "gunicorn.conf.py"


def test_a_job_has_a_context_and_a_database_and_its_failure_is_a_line(
    way: Way, tmp_path: Path
) -> None:
    with way.served() as server:
        submit(server, "quick", 0, tmp_path / "started")
        failed = get(f"{server.url}/for-tests/fail")
        until(lambda: way.notes() and "divide failed" in server.log.read_text())

        lines = server.log.read_text().splitlines()
    (line,) = [json.loads(line) for line in lines if "divide failed" in line]
    headers = {name.lower(): value for name, value in failed.headers.items()}
    assert way.notes() == {"quick by app"}
    assert line["request_id"] == headers["x-request-id"]
    assert "ZeroDivisionError" in line["exception"]


def test_a_stop_finishes_the_job_that_runs_and_the_one_that_waits(
    way: Way, tmp_path: Path
) -> None:
    with way.served(**ONE_THREAD) as server:
        until(lambda: has_started(way, server))
        submit(server, "runs", 2, tmp_path / "started")
        submit(server, "waits", 0, tmp_path / "started")
        until((tmp_path / "started").exists)

        assert way.stop(server) == 0
        assert way.notes() == {"runs by app", "waits by app"}
        assert server.left_nothing_running()


@pytest.mark.parametrize("way", ["gunicorn", "granian"], indirect=True)
def test_a_stop_ends_a_job_that_exceeds_the_graceful_timeout(
    way: Way, tmp_path: Path
) -> None:
    with way.of_less_patience(), way.served(**ONE_THREAD) as server:
        until(lambda: has_started(way, server))
        submit(server, "lasts", 60, tmp_path / "started")
        until((tmp_path / "started").exists)

        assert server.stop() == 0
        assert server.left_nothing_running()

    assert way.notes() == set()


def has_started(way: Way, server: Server) -> bool:
    # granian loses a stop signal while a worker starts.
    return way.server != "granian" or "Started worker" in server.log.read_text()


def submit(server: Server, name: str, seconds: int, started: Path) -> None:
    query = f"seconds={seconds}&started={started}"
    assert get(f"{server.url}/for-tests/note/{name}?{query}").text == "submitted"
