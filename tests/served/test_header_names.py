"""granian takes X_Forwarded_For for X-Forwarded-For: what proxies must take away.

The lines for each proxy are those of docs/deploying.md.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.served.deployed import asked
from tests.served.deployed import nginx
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.running.projects import free_port
from tests.support.running.projects import on_loopback
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import program
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

FORGED = {
    "X-Forwarded-For": "198.51.100.66",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Request-ID": "forged",
}


def spellings(name: str) -> list[str]:
    """Return the spellings of a name in which a hyphen or more is an underscore."""
    found = [""]
    for letter in name:
        found = [
            one + same for one in found for same in ("-_" if letter == "-" else letter)
        ]
    return [one for one in found if "_" in one]


# Which of two spellings wins depends on their number and order.
REQUESTS = [
    (name, [f"{spelling}: {value}", *(f"Filler{n}: 1" for n in range(fillers))])
    for name, value in FORGED.items()
    for spelling in [*spellings(name), name.lower().replace("-", "_")]
    for fillers in (0, 3)
]


@pytest.fixture(scope="module")
def site(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project on granian, behind one proxy."""
    folder = tmp_path_factory.mktemp("names")
    project = Renderer(template, folder)(preset="website", server="granian")
    uv(project, "sync", "--quiet")
    settings = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
        "PROXY_HOPS": "1",
        "WEB_CONCURRENCY": "1",
    }
    uv(project, "run", "flask", "db", "upgrade", **settings)
    command = ("uv", "run", *on_loopback(project, "granian"))
    with served(project, *command, PORT=str(free_port()), **settings) as server:
        yield server


def block(project: Path, kind: str) -> str:
    """Return the one block of that kind on the page."""
    page = (project / "docs/deploying.md").read_text()
    (code,) = re.findall(rf"(?ms)^```{kind}\n(.*?)^```$", page)
    return str(code)


def project_of(site: Server) -> Path:
    return site.log.parent / site.log.name.rpartition("-")[0]


def believed(url: str, log: Path, lines: list[str]) -> set[str]:
    """Return the headers of a request whose forged values the site believes."""
    request = "\r\n".join(
        ["GET /auth/login HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines]
    )
    answer = asked(url, f"{request}\r\n\r\n").lower()
    line = log.read_text().splitlines()[-1]

    signs = {
        "X-Forwarded-For": f'"address":"{FORGED["X-Forwarded-For"]}"' in line,
        "X-Forwarded-Proto": "strict-transport-security" in answer,
        "X-Forwarded-Host": not answer.startswith("http/1.1 200 "),
        "X-Request-ID": "x-request-id: forged" in answer,
    }
    return {name for name, found in signs.items() if found}


def test_granian_itself_takes_one_spelling_for_the_other(site: Server) -> None:
    """When this fails, granian tells them apart: take the proxies' lines away.

    They are in docs/deploying.md and in the known issues, of the project and ours.
    """
    for name, lines in REQUESTS:
        assert believed(site.url, site.log, lines) == {name}, lines


@pytest.fixture(params=["nginx", "caddy", "haproxy"])
def proxied(
    request: pytest.FixtureRequest, site: Server, tmp_path: Path
) -> Iterator[str]:
    """The address of a proxy before the site, with the lines of the page."""
    project = project_of(site)
    if request.param == "nginx":
        with nginx(project, site.url.removeprefix("http://")) as url:
            yield url
        return

    start = {"caddy": caddy, "haproxy": haproxy}[request.param]
    with start(project, site, tmp_path) as url:
        yield url


@contextlib.contextmanager
def caddy(project: Path, site: Server, folder: Path) -> Iterator[str]:
    lines, port = block(project, "caddyfile"), free_port()
    assert lines.startswith("example.com {")
    lines = lines.replace("example.com {", f"http://127.0.0.1:{port} {{")
    lines = lines.replace("127.0.0.1:8000", site.url.removeprefix("http://"))
    (folder / "Caddyfile").write_text(f"{{\nadmin off\nauto_https off\n}}\n{lines}")
    command = (program("caddy"), "run", "--config", "Caddyfile")
    with served(folder, *command, PORT=str(port), XDG_DATA_HOME=str(folder)) as running:
        yield running.url


@contextlib.contextmanager
def haproxy(project: Path, site: Server, folder: Path) -> Iterator[str]:
    lines, port = block(project, "haproxy"), free_port()
    bind = "bind :443 ssl crt /etc/haproxy/example.com.pem"
    assert bind in lines
    lines = lines.replace(bind, f"bind 127.0.0.1:{port}")
    lines = lines.replace("127.0.0.1:8000", site.url.removeprefix("http://"))
    (folder / "haproxy.cfg").write_text(
        "defaults\n    mode http\n    timeout connect 5s\n"
        f"    timeout client 10s\n    timeout server 10s\n\n{lines}"
    )
    command = (program("haproxy"), "-db", "-f", "haproxy.cfg")
    run(folder, *command, "-c")
    with served(folder, *command, PORT=str(port)) as running:
        yield running.url


def test_behind_a_proxy_of_the_page_no_spelling_counts(
    site: Server, proxied: str
) -> None:
    for _, lines in REQUESTS:
        # The proxy sets three of them itself, so a plain one is its own.
        assert believed(proxied, site.log, lines) == set(), lines
    assert '"address":"127.0.0.1"' in site.log.read_text().splitlines()[-1]


def test_the_lines_for_traefik_are_as_its_documentation_has_them(
    site: Server,
) -> None:
    """Traefik is no Debian package: this holds the form, and no run."""
    project = project_of(site)
    (entry,) = yaml.safe_load(block(project, "yaml"))["entryPoints"].values()

    assert entry["http"] == {"aliasHeadersStrategy": "delete"}


def test_the_command_of_the_page_shows_whether_underscores_arrive(
    site: Server, proxied: str
) -> None:
    page = project_of(site) / "docs/deploying.md"
    (command,) = re.findall(r"(?m)^curl .*X_Request_ID.*$", page.read_text())

    for url, arrives in ((site.url, True), (proxied, False)):
        answer = run(
            page.parent, "sh", "-c", command.replace("https://example.com", url)
        )
        assert ("underscores-arrive" in answer) is arrives, os.linesep.join(
            [url, answer]
        )
