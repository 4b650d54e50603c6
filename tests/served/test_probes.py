"""Below a path, on a socket of both IP versions, with connections that stay open."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.facts.answers import SERVERS
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

KEEP_ALIVE = 4


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest,
    installed: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    project = installed(preset="api", server=request.param)
    database = tmp_path_factory.mktemp("probed") / "app.db"
    settings = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{database}",
        "SCRIPT_NAME": "/shop",
        "KEEP_ALIVE": str(KEEP_ALIVE),
        "WEB_CONCURRENCY": "1",
        "PORT": str(free_port()),
    }
    uv(project, "run", "flask", "db", "upgrade", **settings)
    # An IPv6 socket that clients of 127.0.0.1 reach, as they reach `::`.
    command = [
        word.replace("127.0.0.1", "::ffff:127.0.0.1")
        for word in on_loopback(project, request.param)
    ]
    uv_run = (str(BIN / "uv"), "run")
    with served(project, *uv_run, *command, **settings) as running:
        yield running


@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_probes_answer_with_and_without_the_path_of_the_site(
    prefix: str, path: str, server: Server
) -> None:
    assert get(f"{server.url}{prefix}{path}").status == 200


@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_links_have_the_path_of_the_site(prefix: str, server: Server) -> None:
    page = get(f"{server.url}{prefix}/").text

    assert 'href="/shop/static/' in page
    assert 'href="/static/' not in page


def test_the_health_check_of_the_image_asks_for_no_path(
    server: Server, installed: Callable[..., Path]
) -> None:
    project = installed(preset="api", server="gunicorn")
    (command,) = re.findall(
        r"(?m)^HEALTHCHECK .*\n *CMD (.*)$", (project / "Dockerfile").read_text()
    )
    port = server.url.rpartition(":")[2]
    checks = [
        attempt(project, *json.loads(command), PORT=tried)
        for tried in (port, str(free_port()))
    ]

    assert [check.returncode for check in checks] == [0, 1]


def test_a_client_of_ipv4_is_one_in_the_log(server: Server) -> None:
    get(f"{server.url}/nowhere")

    lines = [line for line in server.log.read_text().splitlines() if "nowhere" in line]
    assert json.loads(lines[-1])["address"] == "127.0.0.1"


def connected(server: Server) -> http.client.HTTPConnection:
    """Return a connection that has been used once."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request("GET", "/api/health")
    assert connection.getresponse().read()
    return connection


def test_an_idle_connection_stays_open_as_long_as_keep_alive_says(
    server: Server,
) -> None:
    connection = connected(server)
    begun = time.monotonic()
    assert connection.sock
    assert connection.sock.recv(1) == b""
    seconds = time.monotonic() - begun
    connection.close()

    assert KEEP_ALIVE - 0.5 < seconds < KEEP_ALIVE + 5


def test_idle_connections_hold_no_thread(server: Server) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(12):
            stack.callback(connected(server).close)
        begun = time.monotonic()
        assert get(f"{server.url}/api/health").status == 200

    assert time.monotonic() - begun < KEEP_ALIVE - 1
