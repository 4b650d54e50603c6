"""Known issue: concurrent async views fail under gevent (pallets/flask#5881).

gevent patches a whole process, so the servers of these tests run in separate
processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from flask import Flask
from flask import request

ROOT = Path(__file__).parents[3]

# Prints the port that it listens on.
SERVER = """
from gevent import monkey

monkey.patch_all()

import asyncio
import os
import signal
import time

import gevent
import sqlalchemy as sa
from flask import abort
from flask import Blueprint
from flask import g
from flask import request
from gevent.pywsgi import WSGIServer

from tests.maintained.sample import create_app
from app.extensions import db
from config import CONFIGS

config = CONFIGS["testing"]()
config.PROPAGATE_EXCEPTIONS = False
app = create_app(config)
hooked = Blueprint("hooked", __name__)
released = set()
ended = []


@hooked.before_request
async def name_the_request():
    await asyncio.sleep(0)
    g.name = request.args.get("name")


@hooked.teardown_request
async def note_the_end(error):
    await asyncio.sleep(0)
    ended.append(request.path)


@hooked.get("/slow")
async def slow():
    await asyncio.sleep(0.5)
    return f"{g.name} {request.args['name']}"


app.register_blueprint(hooked)


@app.get("/released")
async def wait_for_release():
    for _ in range(200):
        if request.args["name"] in released:
            return "released"
        if request.args["name"] == "await":
            await asyncio.sleep(0.02)
        else:
            time.sleep(0.02)
    return "left alone"


@app.get("/release")
def release():
    released.add(request.args["name"])
    return "done"


@app.get("/thread")
async def thread():
    return await asyncio.to_thread(lambda: time.sleep(0.1) or "done")


@app.get("/lookup")
async def lookup():
    await asyncio.get_running_loop().getaddrinfo("localhost", 80)
    return "done"


@app.get("/event")
async def event():
    told = asyncio.Event()
    gevent.spawn_later(0.1, told.set)
    await told.wait()
    return "done"


@app.get("/database")
async def database():
    before = db.session()
    await asyncio.sleep(0.01)
    db.session.execute(sa.text("SELECT 1"))
    return "done" if db.session() is before else "another session"


@app.get("/refused")
async def refused():
    abort(418)


@app.get("/crash")
async def crash():
    return str(1 / 0)


@app.get("/inside")
async def inside():
    try:
        return app.ensure_sync(slow)()
    except RuntimeError as error:
        return str(error)


@app.get("/leave")
def leave():
    async def ask_to_leave():
        raise SystemExit

    try:
        return app.ensure_sync(ask_to_leave)()
    except SystemExit:
        return "left"


@app.get("/given-up")
def give_up():
    ends = []

    async def last_for_ever():
        try:
            await asyncio.sleep(60)
        finally:
            ends.append("ended")

    with gevent.Timeout(0.1, False):
        app.ensure_sync(last_for_ever)()
    time.sleep(0.1)
    return "".join(ends)


@app.get("/ended")
def tell_ended():
    return " ".join(ended)


if os.environ.get("FORKS"):
    with app.test_request_context("/slow?name=x"):
        g.name = "parent"
        print(app.ensure_sync(slow)(), flush=True)
        signal.alarm(30)  # Ends a process that hangs; a child does not inherit it.
        child = os.fork()
        g.name = "child"
        if child == 0:
            signal.alarm(15)
            with gevent.Timeout(5, False):
                print(app.ensure_sync(slow)(), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
else:
    server = WSGIServer(("127.0.0.1", 0), app, log=None)
    server.start()
    print(server.server_port, flush=True)
    server.serve_forever()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a server, which ends with these tests, or after two minutes."""
    process = subprocess.Popen(
        [sys.executable, "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    end = threading.Timer(120, process.kill)
    end.start()
    with process:
        process.stdin.write(SERVER)
        process.stdin.close()
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        end.cancel()
        process.kill()


def ask(address: str) -> tuple[int, str]:
    """Return status and text of a response; the status is 0 if there is none."""
    try:
        with urlopen(address, timeout=10) as answer:  # noqa: S310  # loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, ""
    except OSError:
        return 0, ""


def test_concurrent_async_views_are_all_answered(server: str) -> None:
    names = [str(number) for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda name: ask(f"{server}/slow?name={name}"), names))

    assert answers == [(200, f"{name} {name}") for name in names]


@pytest.mark.parametrize("how", ["await", "sleep"])
def test_a_view_that_waits_holds_up_no_other_request(how: str, server: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, f"{server}/released?name={how}")
        time.sleep(0.2)
        released = ask(f"{server}/release?name={how}")

        assert (released, waiting.result()) == ((200, "done"), (200, "released"))


@pytest.mark.parametrize("path", ["thread", "lookup", "event", "database"])
def test_an_async_view_can_use(path: str, server: str) -> None:
    assert ask(f"{server}/{path}") == (200, "done")


@pytest.mark.parametrize(("path", "status"), [("refused", 418), ("crash", 500)])
def test_an_exception_reaches_the_request(path: str, status: int, server: str) -> None:
    assert ask(f"{server}/{path}")[0] == status


def test_an_async_teardown_runs(server: str) -> None:
    assert ask(f"{server}/slow?name=torn") == (200, "torn torn")

    assert "/slow" in ask(f"{server}/ended")[1].split()


def test_waiting_inside_an_async_view_is_refused(server: str) -> None:
    assert ask(f"{server}/inside") == (
        200,
        "slow cannot be waited for inside an async function: await it.",
    )


def test_a_view_that_raises_system_exit_does_not_affect_others(
    server: str,
) -> None:
    assert ask(f"{server}/leave") == (200, "left")

    assert ask(f"{server}/slow?name=next") == (200, "next next")


def test_a_request_that_times_out_cancels_its_view(server: str) -> None:
    assert ask(f"{server}/given-up") == (200, "ended")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork.")
def test_a_forked_process_has_its_own_loop() -> None:
    done = subprocess.run(
        [sys.executable, "-"],
        cwd=ROOT,
        env={**os.environ, "FORKS": "yes"},
        input=SERVER,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.splitlines() == ["parent x", "child x"]


def test_async_views_need_no_other_package_without_patches(
    make_app: Callable[..., Flask],
) -> None:
    async def view() -> str:
        return request.args["name"]

    app = make_app(PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/slow", view_func=view)

    response = app.test_client().get("/slow?name=x")

    assert (response.status_code, response.text) == (200, "x")
