"""Two projects on one host, before a browser that keeps cookies without their port."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import PASSWORD
from tests.support.running.projects import served

COMMAND = ("uv", "run", "--no-sync", "gunicorn", "run:app", "--bind=127.0.0.1:PORT")


@dataclass
class Browser:
    """Keeps cookies by the rules of http.cookiejar, in which the port is none."""

    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    url: str = ""
    text: str = ""

    def ask(self, url: str, **form: str) -> None:
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        body = urlencode(form).encode() if form else None
        with urllib.request.build_opener(cookies).open(url, body, timeout=30) as answer:
            self.url, self.text = answer.url, answer.read().decode()

    def send(self, page: str, address: str, **form: str) -> None:
        self.ask(page)
        (token,) = set(re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', self.text))
        self.ask(address, csrf_token=token, **form)

    def log_in(self, site: str) -> None:
        words = {"email": EMAIL, "password": PASSWORD}
        register = f"{site}/auth/register"
        self.send(register, register, **words, confirm=PASSWORD)
        if self.url == f"{site}/dashboard":
            self.send(self.url, f"{site}/auth/logout")  # so that it can be remembered
        self.send(f"{site}/auth/login", f"{site}/auth/login", **words, remember="y")

    def is_in(self, site: str) -> bool:
        self.ask(f"{site}/dashboard")
        return self.url == f"{site}/dashboard"

    def forget_sessions(self) -> None:
        """Close the browser: what is kept are cookies with a date."""
        self.jar.clear_session_cookies()


@pytest.fixture(scope="module")
def shop(installed: Callable[..., Path]) -> Path:
    return installed(preset="website", project_slug="shop")


@pytest.fixture(scope="module")
def blog(installed: Callable[..., Path]) -> Path:
    return installed(preset="website", project_slug="blog")


def running(
    stack: ExitStack, projects: list[Path], prefixes: list[str]
) -> Iterator[str]:
    for project, prefix in zip(projects, prefixes, strict=True):
        settings = {
            "APP_CONFIG": "development",
            "SCRIPT_NAME": prefix,
            "FLASK_EMAIL_CONFIRMATION": "banner",
        }
        server = stack.enter_context(served(project, *COMMAND, **settings))
        yield server.url + prefix


@pytest.mark.parametrize(
    ("copies", "prefixes"),
    [(False, ["", ""]), (True, ["/shop", "/blog"])],
    ids=["two projects", "one project below two paths"],
)
def test_two_projects_on_one_host_stay_logged_in(
    copies: bool, prefixes: list[str], shop: Path, blog: Path
) -> None:
    with ExitStack() as stack:
        projects = [shop, shop] if copies else [shop, blog]
        one, other = running(stack, projects, prefixes)
        browser = Browser()
        browser.log_in(one)
        browser.log_in(other)
        assert browser.is_in(one)
        assert browser.is_in(other)

        browser.forget_sessions()
        assert browser.is_in(one)
        assert browser.is_in(other)

        browser.send(f"{other}/dashboard", f"{other}/auth/logout")
        assert not browser.is_in(other)
        assert browser.is_in(one)
