"""A change of the secret key: values signed with the old key are signed again.

The same browser visits the site three times: before the change, while the old key is
a fallback, and after the old key was removed.
"""

from __future__ import annotations

import re
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest
from flask import Flask
from flask import session
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeSerializer

from app.core.key_rotation import signing_keys
from tests.support.applications import MakeApp

OLD, NEW = "o" * 40, "n" * 40


def keep() -> str:
    session["kept"] = "kept"
    return ""


def made(make_app: MakeApp, **settings: object) -> Flask:
    """Make a site with views that write and read the session, and with a form."""
    app = make_app(WTF_CSRF_ENABLED=True, **settings)
    app.add_url_rule("/keep", view_func=keep)
    app.add_url_rule("/kept", "kept", lambda: session.get("kept", "nothing"))
    app.add_url_rule("/form", view_func=generate_csrf)
    app.add_url_rule("/form", "sent", lambda: "taken", methods=["POST"])
    return app


@pytest.fixture
def before(make_app: MakeApp) -> Flask:
    return made(make_app, SECRET_KEY=OLD)


@pytest.fixture
def during(make_app: MakeApp) -> Flask:
    # The new key is among them, because processes may get it as a fallback first.
    keys = [NEW, "x" * 40, OLD]
    return made(make_app, SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=keys)


@pytest.fixture
def after(make_app: MakeApp) -> Flask:
    return made(make_app, SECRET_KEY=NEW)


def sent(browser: FlaskClient, token: str) -> str:
    return browser.post("/form", data={"csrf_token": token}).text


def test_a_session_survives_a_new_key(before: Flask, during: Flask) -> None:
    browser = before.test_client()
    browser.get("/keep")

    browser.application = during

    assert browser.get("/kept").text == "kept"


def test_a_session_used_during_the_change_outlives_the_old_key(
    before: Flask, during: Flask, after: Flask
) -> None:
    browser = before.test_client()
    browser.get("/keep")
    browser.application = during
    browser.get("/kept")

    browser.application = after

    assert browser.get("/kept").text == "kept"


def test_a_session_of_the_new_key_is_not_signed_again(during: Flask) -> None:
    browser = during.test_client()
    browser.get("/keep")

    assert "Set-Cookie" not in browser.get("/kept").headers


@pytest.mark.parametrize("path", ["/static/css/style.css", "/api/health"])
def test_a_response_that_did_not_read_the_session_sets_no_cookie(
    path: str, before: Flask, during: Flask
) -> None:
    browser = before.test_client()
    browser.get("/keep")
    browser.application = during

    with browser.get(path) as response:
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")


def test_a_public_response_sets_no_cookie(before: Flask, during: Flask) -> None:
    during.add_url_rule(
        "/public",
        view_func=lambda: (session["kept"], {"Cache-Control": "public, max-age=60"}),
    )
    browser = before.test_client()
    browser.get("/keep")
    browser.application = during

    response = browser.get("/public")

    assert response.text == "kept"
    assert "Set-Cookie" not in response.headers


def test_an_open_form_is_accepted(before: Flask, during: Flask) -> None:
    browser = before.test_client()
    token = browser.get("/form").text

    browser.application = during

    assert sent(browser, token) == "taken"
    assert sent(browser, f"{token}x") != "taken"


def test_a_form_opened_during_the_change_outlives_the_old_key(
    before: Flask, during: Flask, after: Flask
) -> None:
    browser = before.test_client()
    browser.get("/form")
    browser.application = during
    token = browser.get("/form").text

    browser.application = after

    assert sent(browser, token) == "taken"


@pytest.mark.parametrize("own", ["w" * 40, ["v" * 40, "w" * 40]], ids=["text", "list"])
def test_a_separate_csrf_key_is_left_unchanged(own: object, make_app: MakeApp) -> None:
    app = make_app(SECRET_KEY_FALLBACKS=[OLD], WTF_CSRF_SECRET_KEY=own)

    assert app.config["WTF_CSRF_SECRET_KEY"] == own


def test_a_string_of_keys_set_after_the_start_is_parsed(
    after: Flask,
) -> None:
    forger = Flask("forger")
    forger.secret_key = "r"
    signer = SecureCookieSessionInterface().get_signing_serializer(forger)
    assert signer
    browser = after.test_client()
    name = after.config["SESSION_COOKIE_NAME"]
    browser.set_cookie(name, signer.dumps({"kept": "forged"}))

    after.config["SECRET_KEY_FALLBACKS"] = "a-former-key"

    assert browser.get("/kept").text == "nothing"


def test_custom_tokens_can_use_the_fallback_keys(
    before: Flask, during: Flask, after: Flask
) -> None:
    first, second, third = (
        URLSafeSerializer(signing_keys(app)) for app in (before, during, after)
    )

    assert second.loads_unsafe(first.dumps("reset")) == (True, "reset")
    assert third.loads_unsafe(second.dumps("reset")) == (True, "reset")


def printed(runner: FlaskCliRunner) -> str:
    return runner.invoke(args=["new-key"]).stdout


def test_the_command_prints_a_new_key_each_time(runner: FlaskCliRunner) -> None:
    first, second = (
        re.findall(r"(?m)^SECRET_KEY=([A-Za-z0-9_-]{64})$", printed(runner))
        for _ in range(2)
    )

    assert len(first) == len(second) == 1
    assert first != second


def test_the_command_never_prints_a_key_that_is_in_use(during: Flask) -> None:
    output = printed(during.test_cli_runner())

    assert "\nSECRET_KEY_FALLBACKS=KEY-SO-FAR,FALLBACKS-SO-FAR\n" in output
    assert not [key for key in ("x" * 40, OLD, NEW) if key in output]


def test_the_command_refuses_a_key_that_could_be_no_fallback(make_app: MakeApp) -> None:
    app = make_app(SECRET_KEY=f"{'a' * 40},{'b' * 40}")

    result = app.test_cli_runner().invoke(args=["new-key"])

    assert result.exit_code == 1
    assert "set another key, which ends all sessions" in result.stderr


@pytest.mark.parametrize(
    "longest",
    [
        {"PERMANENT_SESSION_LIFETIME": 200 * 86_400},
        {"REMEMBER_COOKIE_DURATION": timedelta(days=200)},
        {"WTF_CSRF_TIME_LIMIT": 200 * 86_400},
        {"PERMANENT_SESSION_LIFETIME": timedelta(200), "WTF_CSRF_TIME_LIMIT": None},
    ],
    ids=str,
)
def test_the_command_says_when_the_old_key_can_be_removed(
    longest: dict[str, object], make_app: MakeApp
) -> None:
    today = datetime.now(UTC)
    output = printed(make_app(**longest).test_cli_runner())

    # The second date, if midnight has passed in between.
    days = [f"{today + timedelta(days=days):%Y-%m-%d}" for days in (201, 202)]
    assert re.findall(r"\d{4}-\d\d-\d\d", output)[0:1] in ([days[0]], [days[1]])
