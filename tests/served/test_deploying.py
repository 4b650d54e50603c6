"""The files and commands of the project's docs/deploying.md work."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.parse import urlsplit

import pytest

from tests.served.deployed import asked
from tests.served.deployed import encodings
from tests.served.deployed import logs_of
from tests.served.deployed import nginx
from tests.support.facts.answers import DATABASES
from tests.support.facts.answers import SERVERS
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import program
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import until
from tests.support.running.projects import uv


@pytest.mark.parametrize("docker", [True, False])
@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("database", DATABASES)
def test_the_page_names_what_was_chosen_and_nothing_else(
    database: str, server: str, docker: bool, render: Renderer
) -> None:
    project = render(database=database, server=server, docker=docker)
    page = (project / "docs/deploying.md").read_text()

    assert ("postgres" in page) is (database == "postgresql")
    assert ("mariadb" in page) is (database == "mysql")
    assert ("sqlite" in page) is (database == "sqlite")
    assert ("gunicorn run:app" in page) is (server != "granian")
    assert ("serve.py" in page) is (server == "granian")
    assert ("compose" in page) is docker
    assert "\n\n\n" not in page
    assert "{" not in re.sub(r"(?ms)^```\w+\n.*?^```$", "", page)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("database", DATABASES)
def test_the_units_are_some_that_systemd_knows(
    server: str, database: str, render: Renderer, tmp_path: Path
) -> None:
    project = render(server=server, database=database, project_slug="an-app")
    units = []
    for kind in ("service", "socket"):
        units.append(tmp_path / f"an-app.{kind}")
        there = (project / f"deploy/app.{kind}").read_text()
        there = there.replace("/srv/an-app", str(tmp_path))
        units[-1].write_text(there.replace("User=an-app", "User=root"))
    for name in ("gunicorn", "python"):
        (tmp_path / ".venv/bin").mkdir(parents=True, exist_ok=True)
        (tmp_path / ".venv/bin" / name).touch(0o755)

    output = run(
        tmp_path, program("systemd-analyze"), "verify", "--recursive-errors=no",
        "--man=no", *map(str, units),
    )  # fmt: skip

    assert "an-app" not in output
    assert ("Type=notify" in units[0].read_text()) is (server != "granian")


@pytest.fixture(scope="module")
def site(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Server]]:
    """A project and its site of two threads, for the nginx of deploy/ before it."""
    folder = tmp_path_factory.mktemp("deployed")
    project = Renderer(template, folder)(preset="website")
    uv(project, "sync", "--quiet")
    settings = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
        "PROXY_HOPS": "1",
        "TRUSTED_HOSTS": "127.0.0.1,example.com",
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "2",
    }
    uv(project, "run", "flask", "db", "upgrade", **settings)
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
    with served(project, *command, **settings) as server:
        yield project, server


@pytest.fixture(scope="module")
def behind_nginx(site: tuple[Path, Server]) -> Iterator[tuple[Server, str]]:
    project, server = site
    with nginx(project, urlsplit(server.url).netloc) as url:
        yield server, url


def test_a_form_is_taken_on_a_tls_port_other_than_443(
    site: tuple[Path, Server],
) -> None:
    """Its Referer has the port, so the host that nginx passes on must have it too."""
    project, server = site
    with nginx(project, urlsplit(server.url).netloc, tls=True) as url:
        connection = http.client.HTTPSConnection(
            urlsplit(url).netloc,
            timeout=30,
            context=ssl._create_unverified_context(),  # noqa: S323  # signed by itself
        )
        connection.request("GET", "/auth/login")
        page = connection.getresponse()
        cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
        token = page.read().decode().split('name="csrf_token"')[1].split('"')[3]
        form = urlencode({"csrf_token": token, "email": "a@example.com"})
        for referer, status in ((url, 200), ("https://evil.example", 400)):
            headers = {"Referer": f"{referer}/auth/login", "Cookie": cookie}
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", "/auth/login", form, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
        connection.close()


def test_a_client_behind_nginx_cannot_forge_its_address(
    behind_nginx: tuple[Server, str],
) -> None:
    server, url = behind_nginx

    answer = asked(
        url,
        "GET /auth/login?spoofed HTTP/1.1\r\nHost: example.com\r\n"
        "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-Host: evil.example\r\nX-Forwarded-Prefix: /evil\r\n"
        "X-Request-ID: evil-id\r\nConnection: close\r\n\r\n",
    )

    assert answer.startswith("HTTP/1.1 200 ")
    assert "evil" not in answer  # nor is its X-Request-ID that of the client
    assert "Strict-Transport-Security" not in answer
    assert '"address":"127.0.0.1"' in server.log.read_text().splitlines()[-1]


def test_nginx_compresses_no_page_with_a_token(
    behind_nginx: tuple[Server, str],
) -> None:
    _, url = behind_nginx

    assert encodings(url) == ["gzip", None]


def test_slow_clients_behind_nginx_hold_no_thread(
    behind_nginx: tuple[Server, str],
) -> None:
    _, url = behind_nginx
    host, port = urlsplit(url).netloc.split(":")

    with contextlib.ExitStack() as stack:
        for _ in range(6):
            client = socket.create_connection((host, int(port)), timeout=30)
            stack.enter_context(client)
            client.sendall(
                b"POST /auth/login HTTP/1.1\r\nHost: example.com\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: 1000\r\n\r\nhalf"
            )
        assert [get(url).status for _ in range(3)] == [200] * 3


def test_nginx_accepts_bodies_as_large_as_the_site_does(
    behind_nginx: tuple[Server, str],
) -> None:
    _, url = behind_nginx
    answers = [
        asked(
            url,
            "POST /auth/login HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n"
            # A form, so that it is read: one that is not read may end in a 502.
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {size}\r\n\r\n{'x' * size}",
        )
        for size in (1024 * 1024, 1024 * 1024 + 1)
    ]

    # The site refuses the first for want of a token, nginx the second for its size.
    assert "X-Request-ID" in answers[0]
    assert answers[1].startswith("HTTP/1.1 413 ")
    assert "X-Request-ID" not in answers[1]


@pytest.mark.parametrize("is_up", [True, False], ids=["up", "down"])
def test_nginx_logs_no_token_of_a_link(is_up: bool, site: tuple[Path, Server]) -> None:
    """Neither while the application is down, which the error log has."""
    project, server = site
    upstream = urlsplit(server.url).netloc if is_up else f"127.0.0.1:{free_port()}"
    routes = uv(project, "run", "flask", "routes", APP_CONFIG="development")
    paths = re.findall(r"\S+(?=<token>)", routes)
    assert "/auth/reset/" in paths
    with nginx(project, upstream) as url:
        for path in paths:
            for spelling in (path, path.replace("/auth", "//%61uth"), f"/shop{path}"):
                get(f"{url}{spelling}a-token")
        get(f"{url}/auth/login?last")
        until(lambda: "?last" in logs_of(project, url))
        logs = logs_of(project, url)

    assert "a-token" not in logs
    assert ("failed (111" in logs) is not is_up
