"""Sessions over time: when they expire, what outlives them, and what is logged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf

from app.accounts import sessions
from app.accounts import users
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import remember_cookie
from tests.support.accounts import session_cookie
from tests.support.accounts import template_settings
from tests.support.applications import MakeApp

pytestmark = pytest.mark.usefixtures("as_shipped")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

TravelBy = Callable[[timedelta], None]


@pytest.fixture
def travel_by(app: Flask, monkeypatch: pytest.MonkeyPatch) -> TravelBy:
    """Return a function that moves the clock of cookies and sessions forward."""

    def travel(passed: timedelta) -> None:
        then = time.time() + passed.total_seconds()
        monkeypatch.setattr("time.time", lambda: then)
        with app.app_context():
            for row in db.session.scalars(sa.select(UserSession)):
                row.created_at -= passed
                row.seen_at -= passed
                row.expires_at -= passed
            db.session.commit()

    return travel


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/dashboard").status_code == 200


def row_of(app: Flask) -> UserSession:
    with app.app_context():
        return db.session.scalars(sa.select(UserSession)).one()


def days_in(browser: FlaskClient, travel_by: TravelBy, most: int = 50) -> float:
    """Return how long a user who visits every eleven hours stays logged in."""
    between = 11 * HOUR
    for visit in range(most * DAY // between):
        if not is_in(browser):
            return visit * between / DAY
        travel_by(between)
    return most


@pytest.mark.parametrize(
    ("settings", "remember", "days"),
    [
        ({}, False, 30),
        ({}, True, 30),
        ({"SESSION_ABSOLUTE_LIFETIME": 2 * 86_400}, False, 2),
        ({"SESSION_ABSOLUTE_LIFETIME": timedelta(days=2)}, True, 2),
        ({"SESSION_ABSOLUTE_LIFETIME": None}, False, 50),
        ({"REMEMBER_COOKIE_DURATION": 40 * DAY}, True, 40),
        ({"REMEMBER_COOKIE_REFRESH_EACH_REQUEST": True}, True, 30),
        (
            {
                "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": True,
                "REMEMBER_COOKIE_DURATION": 1 * DAY,
                "SESSION_ABSOLUTE_LIFETIME": 9 * DAY,
            },
            True,
            9,
        ),
    ],
    ids=str,
)
def test_a_session_expires_even_if_it_is_used_often(
    settings: dict[str, Any],
    remember: bool,
    days: int,
    app: Flask,
    user: Account,
    log_in: LogIn,
    travel_by: TravelBy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    browser = log_in(user, remember=remember)

    assert days_in(browser, travel_by) == pytest.approx(days, abs=0.5)


def test_a_shorter_lifetime_applies_to_existing_sessions(
    app: Flask,
    logged_in_client: FlaskClient,
    travel_by: TravelBy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    travel_by(HOUR)
    assert is_in(logged_in_client)

    monkeypatch.setitem(app.config, "SESSION_ABSOLUTE_LIFETIME", 3600)

    assert not is_in(logged_in_client)


@pytest.mark.parametrize("passed", [timedelta(0), 3 * DAY])
def test_no_cookie_is_kept_for_longer_than_its_session(
    passed: timedelta,
    app: Flask,
    user: Account,
    log_in: LogIn,
    travel_by: TravelBy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "SESSION_ABSOLUTE_LIFETIME", 5 * DAY)
    monkeypatch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", 10 * DAY)
    monkeypatch.setitem(app.config, "REMEMBER_COOKIE_REFRESH_EACH_REQUEST", True)
    browser = log_in(user, remember=True)
    travel_by(passed)
    assert is_in(browser)

    with browser.session_transaction() as held:
        held.permanent = True
    sent = browser.get("/dashboard").headers.getlist("Set-Cookie")
    expiring = [line for line in sent if "Expires=" in line]

    assert len(expiring) == 2
    row = row_of(app)
    assert row.expires_at - row.created_at == 5 * DAY
    for cookie in (remember_cookie(browser), session_cookie(browser)):
        kept = browser.get_cookie(cookie)
        assert kept
        assert kept.expires
        assert kept.expires <= row.expires_at


def test_only_users_who_ask_for_it_are_remembered(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REMEMBER_COOKIE_REFRESH_EACH_REQUEST", True)
    browser = log_in(user)
    assert is_in(browser)
    assert browser.get_cookie(remember_cookie(browser)) is None

    # A visitor without an account has nothing that could be remembered.
    stranger = app.test_client()
    assert not is_in(stranger)
    assert stranger.get_cookie(remember_cookie(stranger)) is None


@pytest.fixture
def site(app: Flask, make_app: MakeApp) -> Flask:
    """The same site with CSRF protection, and with one more form."""
    same = ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")
    made = make_app(
        WTF_CSRF_ENABLED=True,
        WTF_CSRF_TIME_LIMIT=None,
        **template_settings(),
        **{name: app.config[name] for name in same},
    )
    made.add_url_rule("/form", view_func=generate_csrf)
    made.add_url_rule("/form", "sent", lambda: "taken", methods=["POST"])
    return made


@pytest.mark.real_database
@pytest.mark.parametrize("remember", [False, True])
@pytest.mark.parametrize("path", ["/dashboard", "/form"])
def test_forms_of_an_active_user_do_not_expire(
    path: str,
    remember: bool,
    site: Flask,
    user: Account,
    log_in: LogIn,
    travel_by: TravelBy,
) -> None:
    browser = log_in(user, remember=remember)
    browser.application = site
    token = browser.get("/form").text

    for _ in range(5):
        travel_by(8 * HOUR)
        browser.get(path)
        assert is_in(browser)

    assert browser.post("/form", data={"csrf_token": token}).text == "taken"


@pytest.mark.real_database
def test_the_form_of_a_remembered_user_is_valid_the_next_morning(
    site: Flask, user: Account, log_in: LogIn, travel_by: TravelBy
) -> None:
    browser = log_in(user, remember=True)
    browser.application = site
    token = browser.get("/form").text

    travel_by(2 * DAY)

    assert browser.post("/form", data={"csrf_token": token}).text == "taken"
    assert browser.post("/form", data={"csrf_token": f"{token}x"}).status_code == 400


@pytest.mark.real_database
def test_the_form_of_another_session_is_refused(
    site: Flask, user: Account, log_in: LogIn, make_user: MakeUser, travel_by: TravelBy
) -> None:
    first, second = log_in(user, remember=True), log_in(make_user(), remember=True)
    first.application = second.application = site
    token = first.get("/form").text
    travel_by(2 * DAY)

    assert second.post("/form", data={"csrf_token": token}).status_code == 400
    # After the log-out, the token is invalid everywhere.
    first.post("/auth/logout", data={"csrf_token": token})
    assert first.post("/form", data={"csrf_token": token}).status_code == 400


@pytest.mark.real_database
def test_a_page_that_logs_in_may_have_a_form(site: Flask, user: Account) -> None:
    def join() -> str:
        generate_csrf()
        account = db.session.get(User, user.id)
        assert account
        sessions.begin(account)
        return str(generate_csrf())

    site.add_url_rule("/join", view_func=join)
    browser = site.test_client()
    token = browser.get("/join").text

    assert browser.post("/form", data={"csrf_token": token}).text == "taken"


def test_an_active_user_stays_logged_in_with_short_sessions(
    app: Flask,
    user: Account,
    log_in: LogIn,
    travel_by: TravelBy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "PERMANENT_SESSION_LIFETIME", 60)
    browser = log_in(user)

    for _ in range(6):
        travel_by(timedelta(seconds=30))
        assert is_in(browser)


def events(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    fields = [vars(record).get("fields", {}) for record in log.records]
    return [line for line in fields if "event" in line]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_the_log_names_the_account_of_each_event(
    client: FlaskClient, user: Account, log: pytest.LogCaptureFixture
) -> None:
    form = {"email": user.email, "password": user.password}
    new = {"current": user.password, "password": "a longer horse, a better battery"}
    client.post("/auth/login", data=form)
    client.post("/auth/password", data={**new, "confirm": new["password"]})
    client.post("/auth/logout")
    client.post("/auth/logout")
    client.post("/auth/login", data=form)  # the old password

    assert events(log) == [
        {"event": "log-in", "account": user.id},
        {"event": "sessions ended", "account": user.id, "sessions": 1},
        {"event": "password change", "account": user.id},
        {"event": "log-in", "account": user.id},
        {"event": "log-out", "account": user.id},
    ]
    assert user.email not in str(events(log))


def test_the_log_names_the_account_of_a_command(
    app: Flask, user: Account, log_in: LogIn, log: pytest.LogCaptureFixture
) -> None:
    log_in(user)
    log.clear()
    with app.app_context():
        account = db.session.get(User, user.id)
        assert account
        users.deactivate(account)
        users.deactivate(account)

    assert events(log) == [
        {"event": "sessions ended", "account": user.id, "sessions": 1}
    ]


@pytest.mark.parametrize(
    ("name", "prefix", "path"),
    [("__Host-a", "", "/"), ("__Host-a", "/shop", "/"), ("a", "/shop", "/shop")],
)
def test_a_remember_cookie_is_deleted_as_it_was_set(
    name: str,
    prefix: str,
    path: str,
    app: Flask,
    user: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for setting, value in {"NAME": name, "SECURE": True}.items():
        monkeypatch.setitem(app.config, f"REMEMBER_COOKIE_{setting}", value)
    browser = app.test_client()
    below: dict[str, Any] = {
        "environ_overrides": {"SCRIPT_NAME": prefix}, "base_url": "https://localhost"
    }  # fmt: skip
    form = {"email": user.email, "password": user.password, "remember": "y"}

    for address in ("/auth/login", "/auth/logout"):
        answer = browser.post(address, data=form, **below)
        (sent,) = (
            line
            for line in answer.headers.getlist("Set-Cookie")
            if line.startswith(f"{name}=")
        )
        assert {"Secure", "HttpOnly", f"Path={path}"} <= set(sent.split("; "))
    assert "Max-Age=0" in sent
