"""A release on one machine, as docs/deploying.md has it, loses no request."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.served.deployed import nginx
from tests.served.deployed import Service
from tests.support.facts.answers import SERVERS
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION

VIEWS = """
import os

from flask import render_template
from flask import request


def release(app, csrf):
    @app.post("/body")
    @csrf.exempt
    def body():
        return str(len(request.get_data()))

    @app.get("/shown")
    def shown():
        return render_template("shown.html")

    @app.get("/fails")
    def fails():
        def parts():
            yield "first"
            raise ValueError("planted")

        return parts()

    NEW
"""
RUN = """
from app.extensions import csrf
from release import release

release(app, csrf)
"""
# The stylesheet's address, and in the next release a page that only that one has.
PAGE = "{{ url_for('static', filename='css/style.css') }}"
NEXT_PAGE = PAGE + " {{ url_for('added') }}"
NEXT_VIEW = 'app.add_url_rule("/added", "added", shown)'
STYLE = "app/static/css/style.css"


# Seconds of a start, on a machine that does other work.
PATIENCE = 60


class Load:
    """Clients that send requests without a pause, and count the answers."""

    def __init__(self, url: str, clients: int = 6) -> None:
        self.url = url
        self.ended = threading.Event()
        self.counts: Counter[str] = Counter()
        self.threads = [
            threading.Thread(target=self.send, args=(number % 2 == 0,))
            for number in range(clients)
        ]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def send(self, keep_alive: bool) -> None:
        """Send GET and POST in turn, on one connection or on a new one each."""
        connection = http.client.HTTPConnection(
            urlsplit(self.url).netloc, timeout=PATIENCE
        )
        while not self.ended.is_set():
            for method, path in (("GET", "/shown"), ("POST", "/body")):
                try:
                    connection.request(method, path, b"body" * (method == "POST"))
                    answer = connection.getresponse()
                    answer.read()
                    self.counts[f"{method} {answer.status}"] += 1
                except OSError as error:
                    self.counts[f"{method} {error!r}"] += 1
                    connection.close()
                if not keep_alive:
                    connection.close()
        connection.close()


def copied(sound: Path, folder: Path) -> Path:
    project = folder / "project"
    shutil.copytree(sound, project, ignore=shutil.ignore_patterns(".venv"))
    (project / "app/templates/shown.html").write_text(PAGE)
    (project / "release.py").write_text(VIEWS.replace("NEW", "pass"))
    with (project / "run.py").open("a") as run:
        run.write(RUN)
    return project


def put_next_release(project: Path) -> None:
    """Change files as `git pull` does, while the old version runs."""
    (project / "app/templates/shown.html").write_text(NEXT_PAGE)
    (project / "release.py").write_text(VIEWS.replace("NEW", NEXT_VIEW))
    with (project / STYLE).open("a") as style:
        style.write("\nbody { color: black; }\n")


@pytest.fixture(params=SERVERS)
def service(
    request: pytest.FixtureRequest, installed: Callable[..., Path], tmp_path: Path
) -> Iterator[Service]:
    sound = installed(preset="api", server=request.param)
    project = copied(sound, tmp_path)
    variables = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.db'}",
        "PROXY_HOPS": "1",
    }
    service = Service(request.param, project, sound / ".venv", **variables)
    service.start()
    try:
        wait_for_workers(service)
        yield service
    finally:
        service.kill()


def wait_for_workers(service: Service) -> None:
    """Wait until no worker is yet to load the code: it would load the next release."""
    get(f"http://{service.upstream}/shown", PATIENCE)
    if service.kind == "granian":
        service.wait_for("Started worker", 2)


def test_a_release_loses_no_request(
    service: Service, measured: Callable[[str], None]
) -> None:
    with nginx(service.project, service.upstream) as url:
        before = get(f"{url}/shown")
        with Load(url) as load:
            time.sleep(0.5)
            put_next_release(service.project)
            during = get(f"{url}/shown")
            slow = restart_among_requests(service)
            after = get(f"{url}/shown", PATIENCE)
            time.sleep(0.5)

    assert set(load.counts) == {"GET 200", "POST 200"}
    assert [b" 200 " in answer for answer in slow] == [True, True]
    measured(f"{service.kind}: a release failed 0 of {load.counts.total()} requests")
    # The old version serves its own page, with the URL of its stylesheet.
    assert during.text == before.text
    assert after.text.endswith(" /added")
    assert after.text.split()[0] != before.text


def restart_among_requests(service: Service) -> list[bytes]:
    """Restart; return the answers on connections that send later than they connect.

    One connects before the stop, the other one during the stop.
    """
    request = b"GET /shown HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with service.connected() as before:
        time.sleep(0.3)
        service.terminate()
        time.sleep(0.3)
        before.sendall(request)
        answers = [before.recv(65_536)]
        time.sleep(0.3)
    with service.connected() as during:
        time.sleep(0.8)
        during.sendall(request)
        service.wait()
        service.start()
        during.settimeout(PATIENCE)
        answers.append(during.recv(65_536))
    return answers


# What servers refuse, or close without an answer.
REFUSED = (
    b"garbage\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n",
    b"GET /" + b"x" * 500_000,
    b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
)
# The request whose stream fails. Its client keeps listening: granian does not finish
# the answer of a client that has closed its side.
FAILING = b"GET /fails HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def send(service: Service, request: bytes) -> None:
    with service.connected() as client, contextlib.suppress(OSError):
        client.sendall(request)
        if request != FAILING:
            client.shutdown(socket.SHUT_WR)
        while client.recv(65_536):
            pass


def test_sighup_is_refused_and_each_line_of_the_server_is_json(
    service: Service,
) -> None:
    url = f"http://{service.upstream}"
    before = get(f"{url}/shown").text
    put_next_release(service.project)
    service.process.send_signal(signal.SIGHUP)
    for request in (*REFUSED, FAILING):
        send(service, request)
    service.wait_for("SIGHUP is ignored")

    answers = [get(f"{url}/shown") for _ in range(10)]
    service.stop()
    lines = [json.loads(line) for line in service.said().splitlines()]

    assert {answer.status for answer in answers} == {200}
    assert {answer.text for answer in answers} == {before}
    (refusal,) = [line for line in lines if "SIGHUP is ignored" in line["message"]]
    assert "restart" in refusal["message"]
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    # The stream that fails: its traceback is in one of the lines.
    assert "ValueError: planted" in service.said()
