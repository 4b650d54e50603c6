"""A rotation of the secret key as browsers see it, over four served releases."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.browsers.client import Browser
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.client import REMEMBER_COOKIE
from tests.support.browsers.client import SESSION_COOKIE
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

UV = (str(BIN / "uv"), "run", "--no-dev")
OLD = PRODUCTION["SECRET_KEY"]


@dataclass
class Site:
    """A project with one account on one database; each release has other keys."""

    project: Path
    settings: dict[str, str]
    new: str

    @contextlib.contextmanager
    def release(self, key: str, fallbacks: str = "") -> Iterator[Server]:
        command = (*UV, "gunicorn", "run:app", "--bind=127.0.0.1:PORT")
        keys = {"SECRET_KEY": key, "SECRET_KEY_FALLBACKS": fallbacks}
        with served(self.project, *command, **(self.settings | keys)) as server:
            yield server
            for word in ("Warning", "Traceback"):
                assert word not in server.log.read_text()


@pytest.fixture(scope="module")
def site(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("rotation")
    project = Renderer(template, folder)(preset="website")
    uv(project, "sync", "--quiet", "--no-dev")
    settings = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{folder / 'production.db'}",
        "WEB_CONCURRENCY": "1",
    }
    flask = ("run", "--no-dev", "flask")
    uv(project, *flask, "db", "upgrade", **settings)
    make_account(project, settings)

    printed = uv(project, *flask, "new-key", **settings)
    (key,) = re.findall(r"(?m)^SECRET_KEY=(\S+)$", printed)
    assert OLD not in printed
    return Site(project, settings, key)


@dataclass
class Releases:
    """Four releases that serve the same database at the same time."""

    old: str
    prepared: str
    changed: str
    done: str


@pytest.fixture(scope="module")
def releases(site: Site) -> Iterator[Releases]:
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(site.release(*keys)).url
            for keys in ((OLD,), (OLD, site.new), (site.new, OLD), (site.new,))
        ]
        yield Releases(*started)


def logged_in(url: str, *kept: str) -> Browser:
    """Log in with both cookies, and keep those that are named."""
    browser = Browser(url).log_in()
    # The page puts its token into the session: from here on it only reads there.
    assert is_in(browser, url)
    for name in {*browser.cookies} - {*kept}:
        del browser.cookies[name]
    return browser


def is_in(browser: Browser, url: str) -> bool:
    browser.url = url
    return browser.ask("GET", "/dashboard").status == 200


COOKIES = {
    "a session": [SESSION_COOKIE],
    "a remember cookie": [REMEMBER_COOKIE],
    "both": [SESSION_COOKIE, REMEMBER_COOKIE],
}


@pytest.mark.parametrize("cookies", COOKIES.values(), ids=list(COOKIES))
def test_the_change_logs_no_one_out(cookies: list[str], releases: Releases) -> None:
    browser = logged_in(releases.old, *cookies)

    assert is_in(browser, releases.changed)


@pytest.mark.parametrize("cookies", COOKIES.values(), ids=list(COOKIES))
def test_removing_the_old_key_logs_out_no_recent_visitor(
    cookies: list[str], releases: Releases
) -> None:
    browser = logged_in(releases.old, *cookies)
    assert is_in(browser, releases.changed)

    assert is_in(browser, releases.done)
    # The browser is closed: each of the cookies counts by itself.
    if REMEMBER_COOKIE in cookies:
        del browser.cookies[SESSION_COOKIE]
        assert is_in(browser, releases.done)


def test_the_old_key_is_not_valid_in_the_end(releases: Releases) -> None:
    assert not is_in(logged_in(releases.old, *COOKIES["both"]), releases.done)


def test_open_forms_are_accepted_after_the_change(releases: Releases) -> None:
    browser = Browser(releases.old)
    form = {"email": EMAIL, "password": PASSWORD}
    form["csrf_token"] = browser.token("/auth/login")

    browser.url = releases.changed
    assert sent(browser, "/auth/login", form).sent("Location") == ["/dashboard"]

    # A form of that release, when the old key has gone.
    token = browser.token("/dashboard")
    browser.url = releases.done
    left = sent(browser, "/auth/logout", {"csrf_token": token})
    assert left.sent("Location") == ["/"]


def sent(browser: Browser, path: str, form: dict[str, str]) -> Browser:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.ask("POST", path, urlencode(form), **kind)


def test_old_processes_need_the_new_key_before_others_sign_with_it(
    releases: Releases,
) -> None:
    browser = logged_in(releases.changed, SESSION_COOKIE)
    held = dict(browser.cookies)

    assert is_in(browser, releases.prepared)
    browser.cookies = held
    assert not is_in(browser, releases.old)


def test_a_public_file_never_carries_a_session_cookie(
    releases: Releases,
) -> None:
    browser = logged_in(releases.old, SESSION_COOKIE)
    browser.url = releases.changed

    for path in ("/static/css/style.css", "/robots.txt", "/api/health"):
        browser.ask("GET", path)
        assert not browser.sent("Set-Cookie"), path
        assert "Cookie" not in "".join(browser.sent("Vary")), path
