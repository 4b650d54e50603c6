"""If any code raises, each server sends headers and an id, and logs one line."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.facts.answers import SERVERS
from tests.support.rendering import BIN
from tests.support.running.projects import free_port
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server

# Routes and hooks that raise, each only where it is asked to.
FAULTS = """
from flask import request
from flask import Response
from flask import stream_with_context


def plant(app):
    app.before_request(lambda: fail_where("before"))
    app.after_request(lambda response: fail_where("after") or response)
    app.teardown_request(lambda _: fail_where("teardown"))
    app.add_url_rule("/faults/<name>", "page", view)
    app.add_url_rule("/api/faults/<name>", "api_route", view)


def fail_where(name):
    if request.path.endswith(f"/faults/{name}"):
        raise RuntimeError("planted")


def view(name):
    fail_where("view")
    if name == "header":
        return Response("", headers={"X-Note": "\N{EURO SIGN}"})
    if name == "stream":
        return Response(stream_with_context(part for part in ("a", "b")))
    return name
"""

FAILING = ("before", "after", "teardown", "view", "header")

# What is sent, and the status of the answer.
REQUESTS = {
    **{f"GET /faults/{name}": 500 for name in FAILING},
    **{f"GET /api/faults/{name}": 500 for name in FAILING},
    **{f"HEAD /faults/{name}": 500 for name in FAILING},
    "GET /faults/none": 200,
    "GET /faults/stream": 200,
    "GET /%00": 404,
    "GET /static/a%00b?v=000000000000": 404,
    "GET /%ff": 404,
    "GET /faults/none?a=%00": 400,
    "GET /faults/none?a=%ff": 200,
    "GET /static/css/style.css": 200,
}


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest, installed: Callable[..., Path]
) -> Iterator[Server]:
    project = installed(preset="api", server=request.param)
    (project / "faults.py").write_text(FAULTS)
    run, planting = project / "run.py", "\nfrom faults import plant\n\nplant(app)\n"
    # Only once: a worker that steals tests of this module starts the server again.
    run.write_text(run.read_text().removesuffix(planting) + planting)
    variables = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{project.parent / 'answers.db'}",
        "PORT": str(free_port()),
    }
    uv = (str(BIN / "uv"), "run")
    command = on_loopback(project, request.param)
    with served(project, *uv, *command, **variables) as running:
        yield running


def ask(server: Server, request_line: str) -> tuple[int, dict[str, str], str]:
    """Send a request as bytes, and return status, headers and body of the answer."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=15) as one:
        one.sendall(
            f"{request_line} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Connection: close\r\n\r\n".encode("latin-1")
        )
        answer = b"".join(iter(lambda: one.recv(65_536), b"")).decode("latin-1")
    head, _, body = answer.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    pairs = [line.partition(": ")[::2] for line in lines]
    return int(first.split()[1]), {name.lower(): text for name, text in pairs}, body


def lines_of(server: Server, request_id: str) -> list[dict[str, object]]:
    """Return what the log has of a request, which may be written after the answer."""
    deadline = time.monotonic() + 5
    while True:
        lines = re.findall(r"^\{.*\}$", server.log.read_text(), re.MULTILINE)
        read = map(json.loads, lines)
        found = [line for line in read if line.get("request_id") == request_id]
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@pytest.mark.parametrize("asked", REQUESTS)
def test_a_response_is_complete_if_any_code_raises(asked: str, server: Server) -> None:
    status, headers, body = ask(server, asked)

    assert status == REQUESTS[asked]
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "planted" not in body
    if asked.startswith("HEAD"):
        assert body == ""
    if status == 500:
        assert headers["cache-control"] == "no-store"
        problem = "/api/" in asked
        assert headers["content-type"].startswith(
            "application/problem+json" if problem else "text/html"
        )

    lines = lines_of(server, headers["x-request-id"])
    requests = [line for line in lines if line["message"] == "request"]
    assert [line["status"] for line in requests] == [status]
    assert sum("exception" in line for line in lines) == (status == 500)


def test_the_server_itself_logs_no_failure(server: Server) -> None:
    ask(server, "GET /faults/teardown")

    others = [
        line
        for line in server.log.read_text().splitlines()
        if not line.startswith("{") and ("Error" in line or "Traceback" in line)
    ]

    assert others == []
