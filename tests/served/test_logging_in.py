"""Accounts as they are served in production: by a real server, to a real client."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.browsers.client import Browser
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.client import REMEMBER_COOKIE
from tests.support.browsers.client import SESSION_COOKIE
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import said
from tests.support.running.projects import free_port
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

REDIS = shutil.which("redis-server") or shutil.which("valkey-server")


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    made = Renderer(template, folder)(preset="full")
    uv(made, "sync", "--quiet")
    return made


@pytest.fixture(scope="module")
def settings(project: Path) -> dict[str, str]:
    """Production on a database with one account, made by the project's own command."""
    url = f"sqlite:///{project.parent / 'production.db'}"
    settings = {**PRODUCTION, "DATABASE_URL": url, "WEB_CONCURRENCY": "2"}
    uv(project, "run", "flask", "db", "upgrade", **settings)
    make_account(project, settings, "--admin")
    assert EMAIL in uv(project, "run", "flask", "users", "list", **settings)
    return settings


@pytest.fixture
def server(project: Path, settings: dict[str, str]) -> Iterator[Server]:
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
    with served(project, *command, **settings) as running:
        yield running


def test_both_cookies_are_strict_and_the_session_works(server: Server) -> None:
    browser = Browser(server.url).log_in()

    assert browser.status in (302, 303)
    assert browser.sent("Location") == ["/dashboard"]
    cookies = browser.sent("Set-Cookie")
    assert sorted(line.split("=")[0] for line in cookies) == [
        REMEMBER_COOKIE,
        SESSION_COOKIE,
    ]
    for line in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))

    assert EMAIL in browser.ask("GET", "/dashboard").text
    (shown,) = json.loads(browser.ask("GET", "/api/v1/users").text)
    assert shown["email"] == EMAIL


def test_public_answers_can_be_shared_by_caches(
    server: Server,
) -> None:
    for path in ("/", "/nowhere", "/static/css/style.css", "/favicon.ico"):
        browser = Browser(server.url).ask("GET", path)
        assert not browser.sent("Set-Cookie"), path
        assert "Cookie" not in "".join(browser.sent("Vary")), path


def test_the_api_asks_who_it_is_and_then_for_the_token(server: Server) -> None:
    browser = Browser(server.url)
    body, kind = '{"email": "a@example.com"}', {"Content-Type": "application/json"}
    assert browser.ask("POST", "/api/v1/users", body, **kind).status == 401
    assert browser.sent("WWW-Authenticate")

    browser.log_in()
    assert browser.ask("POST", "/api/v1/users", body, **kind).status == 400
    kind["X-CSRFToken"] = browser.token("/dashboard")
    assert browser.ask("POST", "/api/v1/users", body, **kind).status == 422
    assert json.loads(browser.text)["errors"][0]["pointer"] == "#/password"


def test_log_ins_and_the_api_do_not_wait_for_each_other(
    project: Path, settings: dict[str, str]
) -> None:
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
    one = {**settings, "WEB_CONCURRENCY": "1", "WEB_THREADS": "1"}
    # If each waited for the other, the API would answer 503 after MAX_WAIT of
    # app/accounts/hashing.py. The address is taken, which the API finds out afterwards.
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    with served(project, *command, **one) as running, ThreadPoolExecutor(4) as pool:
        admin = Browser(running.url).log_in()
        kind = {
            "Content-Type": "application/json",
            "X-CSRFToken": admin.token("/dashboard"),
        }
        log_ins = [pool.submit(Browser(running.url).log_in) for _ in range(4)]
        for _ in range(2):
            assert admin.ask("POST", "/api/v1/users", body, **kind).status == 409
        statuses = {log_in.result().status for log_in in log_ins}

    assert statuses == {302}


@pytest.mark.skipif(not REDIS, reason="There is no redis-server on this machine.")
def test_redis_counts_for_all_processes(
    project: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    port = free_port()
    redis = subprocess.Popen(
        [str(REDIS), "--port", str(port), "--save", "", "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    command = ("uv", "run", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
    more = {**settings, "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    try:
        with served(project, *command, **more) as running:
            guesses = [Browser(running.url).log_in("a guess").status for _ in range(11)]
            assert guesses == [200] * 10 + [429]
            # Without it people still get in.
            redis.terminate()
            redis.wait(10)
            assert Browser(running.url).log_in().sent("Location") == ["/dashboard"]
    finally:
        redis.kill()
        redis.wait(10)


def test_users_commands_end_with_one_line(
    project: Path, settings: dict[str, str], tmp_path: Path
) -> None:
    flask = [str(BIN / "uv"), "run", "flask", "users"]
    empty = {**settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'empty.db'}"}

    for arguments, environment, words in (
        (["create", "nobody"], settings, "must have an @-sign"),
        (["create", "new@example.com"], settings, "at least 12 characters"),
        (["deactivate", "new@example.com"], settings, "There is no account"),
        (["list"], empty, "run flask db upgrade first"),
    ):
        done = attempt(project, *flask, *arguments, **environment)
        assert done.returncode == 1
        assert words in done.stderr
        # The first line says which database is meant.
        assert said(done).strip().count("\n") == 1, said(done)


def test_development_makes_the_tables_for_the_first_account(project: Path) -> None:
    shutil.rmtree(project / "instance", ignore_errors=True)

    assert uv(project, "run", "flask", "users", "list") == ""
