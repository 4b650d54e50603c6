"""Limits on bodies on the wire: on the development server and in production."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.running.projects import free_port
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

VIEWS = """
from flask import Blueprint
from flask import request
from flask_wtf.csrf import generate_csrf

from app.core import uploads
from app.extensions import csrf

bp = Blueprint("for_tests", __name__)


@bp.get("/token")
def token():
    return generate_csrf()


@bp.post("/files")
@uploads.limit(2_000_000)
def files():
    return str(len(request.files["file"].read()))


def body():
    return str(len(request.get_data()))


bp.post("/body")(csrf.exempt(body))
bp.post("/api/body")(csrf.exempt(body))


@bp.post("/small")
@csrf.exempt
@uploads.limit(1_000)
def small():
    return str(len(request.get_data()))
"""

SERVERS = ("development", "gunicorn", "gunicorn-gevent", "granian")

GENERAL = 1024 * 1024  # MAX_CONTENT_LENGTH of a rendered project
BEFORE = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
AFTER = b"\r\n--edge--\r\n"


@pytest.fixture(scope="module", params=SERVERS)
def server(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A project with additional views, run by its production server."""
    kind = "gunicorn" if request.param == "development" else request.param
    folder = tmp_path_factory.mktemp(request.param)
    project = Renderer(template, folder)(preset="minimal", server=kind)
    uv(project, "sync", "--quiet", "--no-dev")
    (project / "for_tests.py").write_text(VIEWS)
    with (project / "run.py").open("a") as run:
        run.write("\nfrom for_tests import bp\n\napp.register_blueprint(bp)\n")

    command = (str(BIN / "uv"), "run", "--no-dev", *start(request.param, project))
    settings = {**PRODUCTION, "DATABASE_URL": f"sqlite:///{folder / 'production.db'}"}
    if request.param == "development":
        settings = {}
    if request.param == "granian":
        settings["PORT"] = str(free_port())
    with served(project, *command, **settings) as running:
        yield running


def start(server: str, project: Path) -> tuple[str, ...]:
    """Return the command that starts a server on loopback only."""
    if server == "development":
        return ("flask", "run", "--port=PORT")
    if server != "granian":
        return ("gunicorn", "run:app", "--bind=127.0.0.1:PORT")

    # With PORT set, it listens on all interfaces.
    return ("env", "BIND=127.0.0.1", "python", "serve.py")


def post(
    server: Server, path: str, body: bytes, has_length: bool, **headers: str
) -> tuple[int, str]:
    """Send all of a body, then read; return the status and the text."""
    parts = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    headers |= {} if has_length else {"Transfer-Encoding": "chunked"}
    with contextlib.closing(
        http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    ) as client:
        client.request(
            "POST",
            path,
            body if has_length else parts,
            headers,
            encode_chunked=not has_length,
        )
        answer = client.getresponse()
        return answer.status, answer.read().decode()


def sent(
    server: Server, head: bytes, body: bytes = b"", breaks_off: bool = False
) -> bytes:
    """Return the answer to a POST with a body as it goes over the wire."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), 15) as client:
        client.sendall(b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        client.sendall(head + b"Connection: close\r\n\r\n" + body)
        if breaks_off:
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65_536), b""))


lengths = pytest.mark.parametrize("has_length", [True, False], ids=["length", "none"])


@lengths
@pytest.mark.parametrize(("path", "limit"), [("/body", GENERAL), ("/small", 1_000)])
def test_a_body_is_whole_or_refused(
    server: Server, path: str, limit: int, has_length: bool
) -> None:
    for size in (limit - 1, limit):
        body = b"x" * size
        assert post(server, path, body, has_length) == (200, str(size))

    # The longest is far more than sockets hold: unread, it would cost the answer.
    for size in (limit + 1, 2 * limit, 8 * GENERAL):
        assert post(server, path, b"x" * size, has_length)[0] == 413


def with_token(server: Server) -> dict[str, str]:
    client = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    with contextlib.closing(client):
        client.request("GET", "/token")
        answer = client.getresponse()
        token = answer.read().decode()
        cookie = answer.headers["Set-Cookie"].split(";")[0]
    content_type = "multipart/form-data; boundary=edge"
    return {"X-CSRFToken": token, "Cookie": cookie, "Content-Type": content_type}


@lengths
def test_a_larger_limit_holds_under_the_protection_of_forms(
    server: Server, has_length: bool
) -> None:
    headers = with_token(server)
    fits = 2_000_000 - len(BEFORE) - len(AFTER)

    whole = post(server, "/files", BEFORE + b"x" * fits + AFTER, has_length, **headers)
    refused = post(
        server, "/files", BEFORE + b"x" * (fits + 1) + AFTER, has_length, **headers
    )

    assert whole == (200, str(fits))
    assert refused[0] == 413


@lengths
def test_the_api_refuses_with_a_problem(server: Server, has_length: bool) -> None:
    _, text = post(server, "/api/body", b"x" * (GENERAL + 1), has_length)

    assert json.loads(text)["status"] == 413


def test_an_empty_post_without_a_content_length_works(server: Server) -> None:
    answer = sent(server, b"")

    assert b" 200 " in answer.split(b"\r\n")[0]
    assert answer.endswith(b"\r\n\r\n0")


@pytest.mark.parametrize(
    "body",
    [b"5\r\nabcde\r\nZZ\r\n", b"5\r\nabcdeXX\r\n0\r\n\r\n"],
    ids=["no size", "no end of a chunk"],
)
def test_a_malformed_body_is_a_bad_request(
    server: Server, body: bytes, request: pytest.FixtureRequest
) -> None:
    status = sent(server, b"Transfer-Encoding: chunked\r\n", body).split()[1]

    # granian gives the application what came before the fault as if it were all.
    granian = "granian" in request.node.callspec.id
    assert status == b"400" or (granian and status == b"200")


def test_a_body_that_breaks_off_before_its_length_is_refused(server: Server) -> None:
    answer = sent(server, b"Content-Length: 9\r\n", b"1234", breaks_off=True)

    assert b" 200 " not in answer
