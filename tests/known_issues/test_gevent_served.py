"""Async views under gunicorn's gevent workers: with ours, without, and refused."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.planting import replace
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import refusal
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

VIEWS = """

import asyncio
import os

from flask import Blueprint
from flask import request
from flask.views import MethodView

bp = Blueprint("for_tests", __name__)


async def slow():
    await asyncio.sleep(0.5)
    return request.args["name"]


async def early():
    pass


class Later(MethodView):
    async def get(self):
        return ""


kinds = os.environ.get("ASYNC", "")
if "view" in kinds:
    bp.add_url_rule("/slow", view_func=slow)
if "hook" in kinds:
    bp.before_request(early)
if "class" in kinds:
    bp.add_url_rule("/later", view_func=Later.as_view("later"))
if "handler" in kinds:
    bp.register_error_handler(418, early)
app.register_blueprint(bp)
"""

UV = (str(BIN / "uv"), "run", "--no-dev", "--no-sync")
PRELOADS = {"with preload": "", "without preload": "preload_app = False\n"}
NAMES = [str(number) for number in range(10)]


def rendered(template: Path, folder: Path, server: str, **answers: object) -> Path:
    project = Renderer(template, folder)(preset="minimal", server=server, **answers)
    with (project / "run.py").open("a") as run:
        run.write(VIEWS)
    return project


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gevent")
    project = rendered(template, folder, "gunicorn-gevent")
    uv(project, "sync", "--quiet", "--no-dev")
    return project


def settings(project: Path, **more: str) -> dict[str, str]:
    url = f"sqlite:///{project.parent / 'production.db'}"
    return {**PRODUCTION, "DATABASE_URL": url, "WEB_CONCURRENCY": "1", **more}


def running(project: Path, more: str = "") -> contextlib.AbstractContextManager[Server]:
    command = (*start(project, more), "--bind=127.0.0.1:PORT")
    return served(project, *command, **settings(project, ASYNC="view"))


def start(project: Path, more: str = "") -> tuple[str, ...]:
    config = project.parent / f"{len(more)}-gunicorn.conf.py"
    config.write_text((project / "gunicorn.conf.py").read_text() + more)
    return (*UV, "gunicorn", "run:app", f"--config={config}")


def statuses(server: Server) -> list[tuple[int, str]]:
    """Ask ten times at once, after the worker has begun to answer."""
    assert get(f"{server.url}/api/health").status == 200
    with ThreadPoolExecutor(10) as pool:
        found = pool.map(lambda name: get(f"{server.url}/slow?name={name}"), NAMES)
        return [(answer.status, answer.text) for answer in found]


@pytest.mark.parametrize("more", PRELOADS.values(), ids=PRELOADS)
def test_concurrent_async_views_are_all_answered(more: str, project: Path) -> None:
    for _ in range(2):
        with running(project, more) as server:
            assert statuses(server) == [(200, name) for name in NAMES]
            assert server.stop() == 0
            assert server.left_nothing_running()


def test_a_loop_for_each_request_fails(project: Path) -> None:
    name = "app/core/async_views.py"
    own = (project / name).read_text()
    condition = 'if not monkey.is_module_patched("threading"):'
    replace(project, name, condition, "if monkey:")
    try:
        with running(project) as server:
            assert 500 in [status for status, _ in statuses(server)]
            assert "running event loop" in server.log.read_text()
    finally:
        (project / name).write_text(own)


@pytest.fixture(scope="module")
def threaded(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with threads whose owner has added gevent."""
    folder = tmp_path_factory.mktemp("threads")
    project = rendered(template, folder, "gunicorn")
    uv(project, "sync", "--quiet", "--no-dev")
    uv(project, "pip", "install", "--quiet", "--python=.venv", "gunicorn[gevent]")
    return project


WAYS = {
    "by the command": (("--worker-class=gevent",), {}, ""),
    "by a variable": ((), {"GUNICORN_CMD_ARGS": "--worker-class=gevent"}, ""),
    "by its class": (
        ("--worker-class=gunicorn.workers.ggevent.GeventPyWSGIWorker",), {}, "",
    ),
    "without preload": (
        ("--worker-class=gevent",), {}, PRELOADS["without preload"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "variables", "more"), WAYS.values(), ids=WAYS)
def test_a_patching_worker_is_refused_where_it_was_not_chosen(
    given: tuple[str, ...], variables: dict[str, str], more: str, threaded: Path
) -> None:
    command = (*start(threaded, more), f"--bind=127.0.0.1:{free_port()}", *given)
    own = settings(threaded, ASYNC="view hook class handler")
    done = refusal(threaded, *command, **own, **variables)

    # As text or as JSON, by whether the application was loaded at that time.
    info = ("[INFO]", '"level":"info"')
    lines = [
        line
        for line in said(done).splitlines()
        if line and not any(mark in line for mark in info)
    ]
    assert done.returncode == 1
    assert len(lines) == 1, lines
    assert lines[0].startswith("gevent's workers cannot run Later.get, early, slow,")
    assert "just update --data server=gunicorn-gevent --data remove" in lines[0]


@pytest.mark.parametrize(
    ("kinds", "worker"), [("", "gevent"), ("view hook class handler", "gthread")]
)
def test_other_ways_to_start_are_not_affected(
    kinds: str, worker: str, threaded: Path
) -> None:
    command = (*start(threaded), "--bind=127.0.0.1:PORT", f"--worker-class={worker}")
    own = settings(threaded, ASYNC=kinds)

    with served(threaded, *command, **own) as server:
        assert get(f"{server.url}/api/health").status == 200
