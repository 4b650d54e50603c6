"""Scripts of other sites call the API in Chromium: one site is allowed, one is not."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import browser
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import served
from tests.support.running.projects import uv

# The status that a script reads, or the error of a browser that lets it read none.
FETCH = "([url, options]) => fetch(url, options).then(a => a.status, e => e.name)"
REFUSED = "TypeError"
# Reads the token of a form here; a site of the same domain gets it in another way.
TOKEN = "document.querySelector('main [name=csrf_token]').value"


@dataclass
class Sites:
    """A person who is logged in, and pages of two other origins of the same domain."""

    person: Visitor
    allowed: str
    other: str
    token: str

    def fetch(self, origin: str, path: str, **options: Any) -> object:
        """Send a request from a script of a page of an origin."""
        self.person.page.goto(origin)
        return self.person.page.evaluate(FETCH, [self.person.url + path, options])


@contextmanager
def empty_site(folder: Path) -> Iterator[str]:
    """Serve an empty page from another port, which is another origin."""
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Another site</title>")
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(folder)
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def project(installed: Callable[..., Path]) -> Path:
    project = installed(preset="full")
    uv(project, "run", "--no-sync", "flask", "db", "upgrade", **DEVELOPMENT)
    make_account(project, DEVELOPMENT, "--admin")
    return project


@pytest.fixture(scope="module", params=[False, True], ids=["alone", "with cookies"])
def credentials(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def sites(
    project: Path, credentials: bool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sites]:
    folder = tmp_path_factory.mktemp("sites")
    flask = ("uv", "run", "--no-sync", "flask", "run", "--port=PORT")
    with (
        empty_site(folder / "allowed") as allowed,
        empty_site(folder / "other") as other,
        served(
            project, *flask, CORS_ORIGINS=allowed,
            CORS_CREDENTIALS=str(credentials).lower(), **DEVELOPMENT,
        ) as server,
        browser() as started,
        visitor(started, server.url) as person,
    ):  # fmt: skip
        person.open("/auth/login")
        person.send(email=EMAIL, password=PASSWORD)
        person.open("/auth/password")
        yield Sites(person, allowed, other, person.page.evaluate(TOKEN))


def test_a_site_of_the_list_reads_answers(sites: Sites) -> None:
    # With this field a browser asks first whether it may be sent.
    headers = {"Authorization": "Bearer none"}

    assert sites.fetch(sites.allowed, "/api/health") == 200
    assert sites.fetch(sites.allowed, "/api/v1/users", headers=headers) == 401
    for path in ("/api/health", "/api/v1/users"):
        assert sites.fetch(sites.other, path, headers=headers) == REFUSED
    # Pages that are not the API are for no other site.
    assert sites.fetch(sites.allowed, "/auth/login") == REFUSED


def test_cookies_act_only_where_the_setting_says_so(
    sites: Sites, credentials: bool
) -> None:
    expected = 200 if credentials else REFUSED

    assert sites.fetch(sites.allowed, "/api/v1/users") == 401
    read = sites.fetch(sites.allowed, "/api/v1/users", credentials="include")
    assert read == expected
    assert sites.fetch(sites.other, "/api/v1/users", credentials="include") == REFUSED


def test_a_change_with_cookies_needs_the_token_of_the_session(
    sites: Sites, credentials: bool
) -> None:
    def change(origin: str, **headers: str) -> object:
        return sites.fetch(
            origin, "/api/v1/tokens", method="POST", credentials="include",
            headers={"Content-Type": "application/json", **headers},
            body='{"name": "A script"}',
        )  # fmt: skip

    token = {"X-CSRFToken": sites.token}
    assert change(sites.allowed) == (400 if credentials else REFUSED)
    assert change(sites.allowed, **token) == (201 if credentials else REFUSED)
    assert change(sites.other, **token) == REFUSED
