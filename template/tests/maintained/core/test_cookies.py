"""Cookies: their names, their paths, and when they are renewed."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import current_app
from flask import flash
from flask import Flask
from flask import get_flashed_messages
from flask import render_template_string
from flask import Request
from flask import Response
from flask import session
from flask.sessions import SessionInterface
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import cookies
from app.core.rules import SettingsError
from tests.support.applications import MakeApp

# The settings of a production site without a path prefix.
SITE: dict[str, object] = {
    "SESSION_COOKIE_NAME": None,
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "APPLICATION_ROOT": "/",
    "PROXY_PREFIX": False,
}
SECURE = {"REMEMBER_COOKIE_SECURE": True}

Name = Callable[..., str]


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> Name:
    """Return a function that returns the name of the session cookie for a site.toml."""

    def name(text: str, config: str = "production", **more: object) -> str:
        app: Any = SimpleNamespace(config={**SITE, **more})
        monkeypatch.setattr(cookies, "site", lambda: tomllib.loads(text))
        cookies.set_names(app, production=config == "production")
        return str(app.config["SESSION_COOKIE_NAME"])

    return name


@pytest.mark.parametrize("text", ["", 'cookie_name = "session"'])
def test_an_older_project_keeps_its_cookie_name(text: str, name: Name) -> None:
    assert name(text) == "session"


def test_the_cookie_name_has_the_project_slug_and_the_host_prefix(name: Name) -> None:
    text = 'cookie_name = "shop"'

    assert name(text) == "__Host-shop_session"
    assert name(text, "development") == "shop_session"
    assert name(text, SESSION_COOKIE_PATH="/") == "__Host-shop_session"


@pytest.mark.parametrize(
    "more",
    [
        {"SESSION_COOKIE_SECURE": False},
        {"SESSION_COOKIE_DOMAIN": "example.com"},
        {"SESSION_COOKIE_PATH": "/shop"},
        {"APPLICATION_ROOT": "/shop"},
        {"SCRIPT_NAME": "/shop"},
        {"PROXY_PREFIX": True},
    ],
    ids=str,
)
def test_cookie_names_are_accepted_by_browsers(
    more: dict[str, object], name: Name
) -> None:
    assert name('cookie_name = "shop"', "production", **more) == "shop_session"


@pytest.mark.parametrize("own", ["session", "__Host-mine", "sid"])
def test_a_configured_cookie_name_is_kept(own: str, name: Name) -> None:
    text = 'cookie_name = "shop"'

    assert name(text, SESSION_COOKIE_NAME=own) == own


@pytest.mark.parametrize("wrong", ['""', '"a b"', '"__Host-a"', '"a;b"', "1.5"])
def test_an_invalid_cookie_name_stops_the_start(wrong: str, name: Name) -> None:
    with pytest.raises(SettingsError, match=r"^cookie_name in app/site.toml must be"):
        name(f"cookie_name = {wrong}")


def remember(word: str) -> str:
    session["word"] = word
    return word


def forget() -> str:
    session.clear()
    return ""


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    app = make_app(**{**SITE, "SESSION_COOKIE_NAME": "site"})
    app.add_url_rule("/remember/<word>", view_func=remember)
    app.add_url_rule("/word", "word", lambda: session.get("word", "none"))
    app.add_url_rule("/forget", view_func=forget)
    app.add_url_rule("/plain", "plain", lambda: "plain")
    public = {"Cache-Control": "public, max-age=60"}
    app.add_url_rule("/public", "public", lambda: (session["word"], public))
    return app


PAGE = """{% for kind in ["info", "error"] %}
{% for message in get_flashed_messages(category_filter=[kind]) %}
<p class="{{ kind }}">{{ message }}</p>
{% endfor %}
{% endfor %}"""


def say() -> str:
    flash("It is saved.", "info")
    flash("It is late.", "error")
    return "said"


def stay() -> str:
    session.permanent = True
    return ""


@pytest.fixture
def pages(site: Flask) -> Flask:
    """Return a site with pages of messages."""
    public = {"Cache-Control": "public, max-age=60"}
    site.add_url_rule("/say", view_func=say)
    site.add_url_rule("/page", "page", lambda: (render_template_string(PAGE), public))
    site.add_url_rule(
        "/counted", "counted",
        lambda: f"{len(get_flashed_messages())} {render_template_string(PAGE)}",
    )  # fmt: skip
    return site


@pytest.fixture
def browser(pages: Flask) -> FlaskClient:
    """Return a browser with a session cookie, for a site with pages of messages."""
    return visitor(pages)


def visitor(site: Flask) -> FlaskClient:
    browser = site.test_client()
    browser.get("/remember/a")
    return browser


def test_a_page_without_messages_does_not_vary_by_cookie(browser: FlaskClient) -> None:
    page = browser.get("/page")

    assert "Vary" not in page.headers
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, max-age=60"


def test_a_page_with_messages_is_for_one_visitor(browser: FlaskClient) -> None:
    browser.get("/say")

    page = browser.get("/page")

    assert "It is saved." in page.text
    assert "It is late." in page.text
    assert page.headers["Vary"] == "Cookie"
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "It is saved." not in browser.get("/page").text


def make_public(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


def test_no_hook_makes_a_page_with_messages_public(pages: Flask) -> None:
    pages.after_request(make_public)
    browser = visitor(pages)
    browser.get("/say")

    page = browser.get("/page")

    assert "It is saved." in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    assert browser.get("/page").headers["Cache-Control"] == "public, max-age=60"


def test_a_page_that_drops_messages_is_for_one_visitor(pages: Flask) -> None:
    # Flask takes all messages out of the session before it looks for the category.
    none = "{{ get_flashed_messages(category_filter=['warning']) }}"
    pages.add_url_rule("/none", "none", lambda: render_template_string(none))
    pages.after_request(make_public)
    browser = visitor(pages)
    browser.get("/say")

    page = browser.get("/none")

    assert page.text == "[]"
    assert "Set-Cookie" in page.headers
    assert page.headers["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/page", False, "public, max-age=60"),
        ("/public", True, "no-store, private"),
        ("/word", True, "no-store, private"),
        ("/own", True, "private, max-age=60"),
    ],
)
def test_a_refreshed_session_is_sent_to_its_visitor_only(
    path: str, sent: bool, said: str, pages: Flask
) -> None:
    own = {"Cache-Control": "private, max-age=60"}
    pages.config["SESSION_REFRESH_EACH_REQUEST"] = True
    pages.add_url_rule("/own", "own", lambda: (session["word"], own))
    pages.add_url_rule("/stay", view_func=stay)
    browser = visitor(pages)
    browser.get("/stay")

    answer = browser.get(path)

    assert ("Set-Cookie" in answer.headers) is sent
    assert answer.headers["Cache-Control"] == said


def test_a_response_that_deletes_a_session_is_not_stored(pages: Flask) -> None:
    pages.after_request(make_public)

    assert visitor(pages).get("/forget").headers["Cache-Control"] == "no-store, private"


def test_an_owner_may_replace_the_function_of_messages(
    site: Flask, browser: FlaskClient
) -> None:
    site.jinja_env.globals["get_flashed_messages"] = lambda **_: ["Mine."]

    assert "Mine." in browser.get("/page").text


def show_with_a_macro() -> str:
    macros = current_app.jinja_env.from_string(
        "{% macro messages() %}{{ get_flashed_messages() }}{% endmacro %}"
    )
    page = "{% from macros import messages %}{{ messages() }}"
    return render_template_string(page, macros=macros)


def test_a_macro_without_messages_does_not_vary_by_cookie(pages: Flask) -> None:
    pages.add_url_rule("/macro", view_func=show_with_a_macro)

    answer = visitor(pages).get("/macro")

    assert answer.text == "[]"
    assert "Vary" not in answer.headers


def test_a_page_shows_the_messages_that_its_view_has_read(
    browser: FlaskClient,
) -> None:
    browser.get("/say")

    page = browser.get("/counted").text

    assert page.startswith("2 ")
    assert "It is saved." in page


class PlainSession(dict[str, Any]):
    """A session without Flask's `SessionMixin`, which records that it is accessed."""


class PlainSessions(SessionInterface):
    """Sessions in memory, as an extension may have them."""

    def __init__(self) -> None:
        self.session = PlainSession()

    def open_session(self, app: Flask, request: Request) -> Any:
        return self.session

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Nothing is sent."""


def test_messages_of_another_kind_of_session_are_shown(
    site: Flask, browser: FlaskClient
) -> None:
    site.session_interface = PlainSessions()
    browser.get("/say")

    assert "It is saved." in browser.get("/page").text
    assert "It is saved." not in browser.get("/page").text


def path_of(answer: TestResponse) -> str:
    sent = answer.headers["Set-Cookie"]
    (path,) = [part[5:] for part in sent.split("; ") if part.startswith("Path=")]
    return str(path)


@pytest.mark.parametrize(
    ("settings", "prefix", "path"),
    [
        ({}, "", "/"),
        ({}, "/shop", "/shop"),
        ({"APPLICATION_ROOT": "/blog"}, "", "/blog"),
        ({"APPLICATION_ROOT": "/blog"}, "/shop", "/shop"),
        ({"SESSION_COOKIE_PATH": "/mine"}, "/shop", "/mine"),
        ({"SESSION_COOKIE_NAME": "__Host-site"}, "/shop", "/"),
    ],
    ids=str,
)
def test_the_path_of_a_cookie_is_that_of_the_site(
    settings: dict[str, object], prefix: str, path: str, site: Flask
) -> None:
    site.config.update(settings)
    browser = site.test_client()
    below = {"environ_overrides": {"SCRIPT_NAME": prefix}, "base_url": "https://a.test"}

    assert path_of(browser.get("/remember/a", **below)) == path
    assert path_of(browser.get("/forget", **below)) == path


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    then = time.time() + seconds
    monkeypatch.setattr("time.time", lambda: then)


def visits(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, path: str, hours: int
) -> None:
    for _ in range(hours):
        later(monkeypatch, 3600)
        browser.get(path)


def test_the_session_of_an_active_user_continues(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.config["PERMANENT_SESSION_LIFETIME"] = 3 * 3600
    browser = site.test_client()
    browser.get("/remember/a")

    visits(browser, monkeypatch, path="/word", hours=9)

    assert browser.get("/word").text == "a"
    later(monkeypatch, 4 * 3600)
    assert browser.get("/word").text == "none"


@pytest.mark.parametrize(
    ("seconds", "lifetime", "path", "sent"),
    [
        (290, 43_200, "/word", False),
        (310, 43_200, "/word", True),
        (20, 60, "/word", True),
        (310, 43_200, "/plain", False),
        (310, 43_200, "/public", False),
    ],
)
def test_a_cookie_is_renewed_every_few_minutes(
    seconds: int,
    lifetime: int,
    path: str,
    sent: bool,
    site: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site.config["PERMANENT_SESSION_LIFETIME"] = lifetime
    browser = site.test_client()
    browser.get("/remember/a")

    later(monkeypatch, seconds)

    assert ("Set-Cookie" in browser.get(path).headers) is sent


def test_the_newest_of_several_cookies_is_used(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    for word in ("stale", "new"):
        browser = site.test_client()
        browser.get(f"/remember/{word}")
        cookie = browser.get_cookie("site")
        assert cookie
        held.append(f"site={cookie.value}")
        later(monkeypatch, 10)

    for sent in ("; ".join(held), "; ".join(reversed(held)), f"site=x; {held[1]}"):
        stranger = site.test_client(use_cookies=False)
        answer = stranger.get("/word", headers={"Cookie": sent})
        assert answer.text == "new"


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"SESSION_COOKIE_SECURE": False}, "unless the cookie is secure"),
        ({"SESSION_COOKIE_DOMAIN": "example.com"}, "unless the cookie is secure"),
        ({"REMEMBER_COOKIE_NAME": "__Host-own"}, "unless the cookie is secure"),
        (
            {"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": False}
            | {"SESSION_COOKIE_NAME": "own"},
            "must be Lax or Strict",
        ),
        ({"REMEMBER_COOKIE_NAME": "__Host-own", **SECURE}, "must differ"),
    ],
    ids=["not secure", "domain", "remember", "same site", "one name"],
)
def test_a_cookie_that_browsers_would_drop_is_refused(
    more: dict[str, object], rule: str, name: Name
) -> None:
    with pytest.raises(SettingsError, match=rule):
        name("", **{"SESSION_COOKIE_NAME": "__Host-own", **more})


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SECRET_KEY", "n" * 40), ("SECRET_KEY_FALLBACKS", ["n" * 40])],
)
def test_sessions_are_read_with_the_current_keys(
    setting: str, value: object, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    interface = cookies.SessionInterface()
    signed = interface.get_signing_serializer(app)
    assert signed is interface.get_signing_serializer(app)

    monkeypatch.setitem(app.config, setting, value)

    changed = interface.get_signing_serializer(app)
    assert changed
    assert b"n" * 40 in changed.secret_keys
