"""Registration, log-in, log-out and password changes, as a browser sees them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from flask import flash
from flask import Flask
from flask import render_template
from flask import Response
from flask import session
from flask.testing import FlaskClient
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.security import check_password_hash

from app.accounts import users
from app.accounts.access import admin_required
from app.accounts.sessions import SEEN_EVERY
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.accounts import remember_cookie
from tests.support.accounts import session_cookie

pytestmark = pytest.mark.usefixtures("as_shipped")

REGISTRATION = {"email": "new@example.com", "password": PASSWORD, "confirm": PASSWORD}


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/dashboard").status_code == 200


def sessions_of(app: Flask) -> list[UserSession]:
    with app.app_context():
        return list(db.session.scalars(sa.select(UserSession).order_by(UserSession.id)))


def change(app: Flask, **values: object) -> None:
    """Change every row of a session."""
    with app.app_context():
        db.session.execute(sa.update(UserSession).values(**values))
        db.session.commit()


def test_a_visitor_can_register_log_in_and_log_out(client: FlaskClient) -> None:
    registered = client.post("/auth/register", data=REGISTRATION)
    assert registered.location == "/auth/login"
    assert not is_in(client)

    logged_in = client.post("/auth/login", data=REGISTRATION)
    assert logged_in.location == "/dashboard"
    assert "new@example.com" in client.get("/dashboard").text

    assert client.post("/auth/logout").location == "/"
    assert "You are logged out." in client.get("/").text
    assert not is_in(client)


def test_protected_pages_redirect_visitors_to_the_log_in(client: FlaskClient) -> None:
    response = client.get("/dashboard")

    assert response.location == "/auth/login?next=%2Fdashboard"
    assert "Please log in" in client.get(response.location).text


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_logged_in_users_are_redirected_to_the_dashboard(
    path: str, logged_in_client: FlaskClient
) -> None:
    assert logged_in_client.get(path).location == "/dashboard"


def test_a_get_request_does_not_log_out(logged_in_client: FlaskClient) -> None:
    assert logged_in_client.get("/auth/logout").status_code == 405
    assert is_in(logged_in_client)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"email": ""}, "must have an @-sign"),
        ({"email": "nobody"}, "must have an @-sign"),
        ({"email": "a\x00@example.com"}, "invalid characters"),
        ({"email": f"{'a' * 250}@example.com"}, "longer than 254"),
        ({"password": "short", "confirm": "short"}, "at least 12 characters"),
        ({"password": "p" * 1025, "confirm": "p" * 1025}, "at most 1024 bytes"),
        ({"password": "new@example.com"}, "choose another"),
        ({"password": "passwordpassword"}, "choose another"),
    ],
)
def test_an_invalid_registration_shows_the_error(
    changed: dict[str, str], fault: str, client: FlaskClient
) -> None:
    response = client.post("/auth/register", data={**REGISTRATION, **changed})

    assert response.status_code == 200
    assert fault in response.text
    assert client.post("/auth/login", data=REGISTRATION).location is None


def test_an_email_is_taken_in_every_spelling(
    client: FlaskClient, make_user: MakeUser
) -> None:
    make_user("New@example.com")

    response = client.post("/auth/register", data=REGISTRATION)

    assert "There is an account with this e-mail address" in response.text


def refusal_of(client: FlaskClient, email: str) -> tuple[int, str]:
    form = {"email": email, "password": "not the password"}
    response = client.post("/auth/login", data=form)
    return response.status_code, response.text.replace(email, "")


def test_a_failed_log_in_reveals_nothing_about_the_account(
    app: Flask,
    client: FlaskClient,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, inactive = make_user("known@example.com"), make_user("off@example.com")
    with app.app_context():
        off = db.session.get(User, inactive.id)
        assert off
        users.deactivate(off)

    work: list[str] = []

    def noted(password_hash: str, password: str) -> bool:
        work.append(password_hash.split("$", maxsplit=1)[0])
        return check_password_hash(password_hash, password)

    monkeypatch.setattr("app.accounts.passwords.check_password_hash", noted)
    answers = [
        refusal_of(client, email)
        for email in (known.email, "unknown@example.com", inactive.email)
    ]

    assert "The e-mail address or the password is wrong." in answers[0][1]
    assert answers[0] == answers[1] == answers[2]
    assert work == ["pbkdf2:sha256:1"] * 3


def test_an_inactive_account_cannot_log_in(
    app: Flask, client: FlaskClient, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    with app.app_context():
        account = db.session.get(User, user.id)
        assert account
        users.deactivate(account)

    assert not is_in(browser)
    form = {"email": user.email, "password": user.password}
    assert "is wrong" in client.post("/auth/login", data=form).text


def test_deactivation_in_the_database_takes_effect_at_once(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    with app.app_context():
        db.session.execute(sa.update(User).values(is_active=False))
        db.session.commit()

    assert not is_in(browser)


def test_deactivating_an_account_ends_its_sessions(
    app: Flask, user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    log_in(user)
    other = make_user()
    log_in(other)

    with app.app_context():
        account = db.session.get(User, user.id)
        assert account
        users.deactivate(account)

    assert [row.user_id for row in sessions_of(app)] == [other.id]


def test_failed_log_ins_are_logged_without_the_password(
    client: FlaskClient, user: Account, caplog: pytest.LogCaptureFixture
) -> None:
    refusal_of(client, user.email)

    (record,) = [record for record in caplog.records if "failed" in record.message]
    assert vars(record)["fields"] == {"account": user.email, "address": "127.0.0.1"}
    assert "not the password" not in caplog.text


def test_the_cookie_holds_a_token_and_the_row_its_hash(
    app: Flask, logged_in_client: FlaskClient, user: Account
) -> None:
    with logged_in_client.session_transaction() as held:
        token = held["_user_id"]
    (row,) = sessions_of(app)

    assert row.user_id == user.id
    assert len(token) >= 32
    assert token not in row.token_hash
    assert str(user.id) != token


def test_a_session_records_its_browser_and_its_times(
    app: Flask, user: Account, client: FlaskClient
) -> None:
    form = {"email": user.email, "password": user.password}
    before = datetime.now(UTC)
    client.post("/auth/login", data=form, headers={"User-Agent": "Lynx " * 100})
    (row,) = sessions_of(app)

    assert row.browser == ("Lynx " * 100)[:255]
    assert before <= row.created_at == row.seen_at <= datetime.now(UTC)
    assert row.expires_at - row.created_at == app.permanent_session_lifetime
    assert not row.remembered


@pytest.mark.parametrize("remember", [False, True])
def test_a_cookie_is_worthless_without_its_row(
    remember: bool, app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=remember)
    with app.app_context():
        db.session.execute(sa.delete(UserSession))
        db.session.commit()

    assert not is_in(browser)


@pytest.mark.parametrize("remember", [False, True])
def test_a_session_expires_on_the_server(
    remember: bool, app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=remember)
    assert is_in(browser)

    change(app, expires_at=datetime.now(UTC))

    assert not is_in(browser)


def test_expired_sessions_are_deleted(app: Flask, user: Account, log_in: LogIn) -> None:
    log_in(user)
    change(app, expires_at=datetime.now(UTC) - timedelta(days=1))

    log_in(user)

    assert len(sessions_of(app)) == 1


def test_remember_me_outlives_the_session_cookie(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    cookie = browser.get_cookie(remember_cookie(browser))
    browser.delete_cookie(session_cookie(browser))
    (row,) = sessions_of(app)

    assert cookie
    assert cookie.expires
    assert abs(cookie.expires - row.expires_at) < timedelta(minutes=1)
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert row.remembered
    assert row.expires_at - row.created_at == timedelta(days=30)
    assert is_in(browser)


def test_without_remember_me_there_is_no_remember_cookie(
    logged_in_client: FlaskClient,
) -> None:
    assert logged_in_client.get_cookie(remember_cookie(logged_in_client)) is None
    cookie = logged_in_client.get_cookie(session_cookie(logged_in_client))
    assert cookie
    assert cookie.expires is None


@pytest.mark.parametrize("value", ["x", "x|y", "x|\u00e9", "|", "\u00e9" * 3000])
def test_a_malformed_remember_cookie_is_anonymous(value: str, app: Flask) -> None:
    browser = app.test_client(
        use_cookies=False
    )  # else its empty jar replaces the header
    raw = f"{remember_cookie(browser)}={value}".encode().decode("latin-1")
    response = browser.get("/dashboard", environ_base={"HTTP_COOKIE": raw})

    assert response.location == "/auth/login?next=%2Fdashboard"


def test_a_log_out_ends_the_session_for_good(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser, thief = log_in(user, remember=True), app.test_client()
    for name in (session_cookie(browser), remember_cookie(browser)):
        stolen = browser.get_cookie(name)
        assert stolen
        thief.set_cookie(name, stolen.value)
    assert is_in(thief)

    browser.post("/auth/logout")

    assert not is_in(thief)
    assert not is_in(browser)
    assert browser.get_cookie(remember_cookie(browser)) is None


def test_a_log_out_leaves_other_browsers_logged_in(
    user: Account, log_in: LogIn
) -> None:
    here, elsewhere = log_in(user), log_in(user)

    here.post("/auth/logout")

    assert is_in(elsewhere)


def test_a_log_out_with_only_the_remember_cookie_ends_the_session(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    browser.delete_cookie(session_cookie(browser))

    browser.post("/auth/logout")

    assert sessions_of(app) == []


@pytest.mark.parametrize(
    ("minutes", "noted"), [(0, False), (4, False), (6, True), (600, True)]
)
def test_last_seen_is_updated_every_few_minutes(
    minutes: int, noted: bool, app: Flask, logged_in_client: FlaskClient
) -> None:
    assert timedelta(minutes=4) < SEEN_EVERY < timedelta(minutes=6)
    assert is_in(logged_in_client)  # the page has put its token into the session
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    change(app, seen_at=then, expires_at=then + timedelta(hours=12))

    answer = logged_in_client.get("/dashboard")
    (row,) = sessions_of(app)

    assert answer.status_code == 200
    assert (row.seen_at > then) is noted
    # The cookie is sent again, because its lifetime is extended.
    name = session_cookie(logged_in_client)
    sent = answer.headers.getlist("Set-Cookie")
    assert any(line.startswith(f"{name}=") for line in sent) is noted
    assert (row.expires_at > then + timedelta(hours=12)) is noted


def make_stale(app: Flask) -> None:
    change(app, seen_at=datetime.now(UTC) - timedelta(hours=1))


def test_updating_last_seen_does_not_commit_changes_of_the_view(
    app: Flask, logged_in_client: FlaskClient, user: Account, monkeypatch: Any
) -> None:
    def view() -> str:
        account = db.session.get(User, user.id)
        assert account
        account.is_admin = True
        db.session.flush()
        return "Left without a commit."

    monkeypatch.setitem(app.view_functions, "main.index", view)
    monkeypatch.setitem(
        app.before_request_funcs, None, [*app.before_request_funcs[None], ask_who]
    )
    make_stale(app)

    assert "Left" in logged_in_client.get("/").text
    with app.app_context():
        assert db.session.scalar(sa.select(User.is_admin)) is False
    (row,) = sessions_of(app)
    assert row.seen_at > datetime.now(UTC) - timedelta(minutes=1)


def ask_who() -> None:
    assert current_user.is_authenticated


class LostError(Exception):
    """The driver's error for a connection that the server has closed."""

    sqlstate = "57P01"


def lose_the_database(*_: object) -> None:
    raise OperationalError("SELECT", {}, LostError())


def test_a_log_out_that_fails_says_so(
    logged_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr("app.accounts.sessions.sa.delete", lose_the_database)
        response = logged_in_client.post("/auth/logout")

    assert response.status_code == 503
    assert "You may still be logged in" in response.text
    assert is_in(logged_in_client)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/dashboard"), ("POST", "/auth/logout")]
)
def test_a_session_survives_a_database_outage(
    method: str,
    path: str,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as away:
        away.setattr("app.accounts.sessions.session_query", lose_the_database)
        response = logged_in_client.open(path, method=method)

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert is_in(logged_in_client)


def test_a_failed_update_of_last_seen_does_not_fail_the_response(
    app: Flask,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("UPDATE", {}, OSError("locked"))

    make_stale(app)
    monkeypatch.setattr("app.accounts.sessions.sa.update", locked)

    assert is_in(logged_in_client)
    assert "could not be saved" in caplog.text


def test_a_view_may_set_its_own_cache_control(
    app: Flask, logged_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view() -> Response:
        ask_who()
        return Response("Mine.", headers={"Cache-Control": "private, max-age=60"})

    monkeypatch.setitem(app.view_functions, "main.index", view)

    answer = logged_in_client.get("/")
    assert answer.headers.getlist("Cache-Control") == ["private, max-age=60"]


def test_a_remembered_session_expires_even_if_it_is_used_often(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    (before,) = sessions_of(app)
    change(app, seen_at=datetime.now(UTC) - timedelta(hours=1))

    assert is_in(browser)

    (after,) = sessions_of(app)
    assert after.seen_at > before.seen_at
    assert after.expires_at == before.expires_at


@pytest.mark.parametrize(("single", "left"), [(False, 3), (True, 2)])
def test_an_account_may_be_limited_to_one_session(
    single: bool,
    left: int,
    app: Flask,
    user: Account,
    make_user: MakeUser,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "SINGLE_SESSION", single)
    first, stranger = log_in(user), log_in(make_user())

    second = log_in(user)

    assert is_in(second)
    assert is_in(first) is not single
    assert is_in(stranger)
    assert len(sessions_of(app)) == left


def test_a_log_in_clears_the_session_except_flashed_messages(
    client: FlaskClient, user: Account
) -> None:
    with client.session_transaction() as held:
        held["cart"] = ["left by another user"]
        held["_flashes"] = [("info", "Read this first.")]
    client.post("/auth/login", data={"email": user.email, "password": user.password})

    with client.session_transaction() as held:
        assert "cart" not in held
        held["cart"] = ["mine"]
    assert "Read this first." in client.get("/dashboard").text

    client.post("/auth/logout")
    with client.session_transaction() as held:
        assert set(held) == {"_flashes"}


def test_a_change_of_password_ends_all_sessions_but_this_one(
    app: Flask, user: Account, log_in: LogIn, client: FlaskClient, make_user: MakeUser
) -> None:
    here, elsewhere = log_in(user, remember=True), log_in(user)
    stranger = log_in(make_user())
    old = here.get_cookie(session_cookie(here))
    new = "a longer horse, a better battery"

    response = here.post(
        "/auth/password",
        data={"current": user.password, "password": new, "confirm": new},
    )

    assert response.location == "/dashboard"
    assert is_in(here)
    assert not is_in(elsewhere)
    assert is_in(stranger)
    assert old
    client.set_cookie(session_cookie(client), old.value)
    assert not is_in(client)
    assert [row.remembered for row in sessions_of(app)] == [False, True]
    log_in(type(user)(user.id, user.email, new))


def test_a_change_of_password_needs_the_current_one(
    logged_in_client: FlaskClient, user: Account, log_in: LogIn
) -> None:
    new = "a longer horse, a better battery"

    response = logged_in_client.post(
        "/auth/password",
        data={"current": "a guess of it", "password": new, "confirm": new},
    )

    assert "This is not your password." in response.text
    assert is_in(log_in(user))


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"current": ""}, "This is not your password."),
        ({"password": "short", "confirm": "short"}, "at least 12 characters"),
        ({"password": "Ada@Example.com"}, "is the e-mail address"),
    ],
)
def test_an_invalid_change_of_password_shows_the_error(
    changed: dict[str, str], fault: str, logged_in_client: FlaskClient, user: Account
) -> None:
    new = "a longer horse, a better battery"
    form = {"current": user.password, "password": new, "confirm": new, **changed}

    assert fault in logged_in_client.post("/auth/password", data=form).text


def test_a_change_of_password_requires_a_log_in(
    client: FlaskClient,
) -> None:
    response = client.get("/auth/password")

    assert response.location == "/auth/login?next=%2Fauth%2Fpassword"


def test_lifetimes_may_be_given_as_timedelta(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REMEMBER_COOKIE_DURATION", timedelta(days=7))
    log_in(user, remember=True)
    (row,) = sessions_of(app)

    assert row.expires_at - row.created_at == timedelta(days=7)


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("somebody", 403), ("an admin", 200)]
)
def test_admin_required_refuses_other_accounts(
    who: str,
    status: int,
    app: Flask,
    client: FlaskClient,
    make_user: MakeUser,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Under /api/, a refusal is a status and no redirect.
    monkeypatch.setitem(app.view_functions, "health", admin_required(lambda: "Done."))
    browser = client
    if who != "nobody":
        browser = log_in(make_user(is_admin=who == "an admin"))

    assert browser.get("/api/health").status_code == status


def test_a_second_client_without_a_cookie_is_anonymous(
    app: Flask, logged_in_client: FlaskClient
) -> None:
    assert is_in(logged_in_client)
    assert not is_in(app.test_client())


@pytest.mark.parametrize("value", ["abc", "", 17, "9" * 40, ["x"], {"a": 1}, "\ud800"])
def test_a_malformed_session_is_anonymous(value: object, client: FlaskClient) -> None:
    with client.session_transaction() as held:
        held["_user_id"] = value

    assert client.get("/dashboard").location == "/auth/login?next=%2Fdashboard"


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/static/css/style.css", "/robots.txt"]
)
def test_public_answers_can_be_shared_by_caches(path: str, client: FlaskClient) -> None:
    with client.get(path) as response:
        assert "Cookie" not in response.headers.get("Vary", "")
        assert "Set-Cookie" not in response.headers


def test_responses_for_a_user_are_not_cached(
    logged_in_client: FlaskClient,
) -> None:
    response = logged_in_client.get("/dashboard")

    assert "no-store" in response.headers["Cache-Control"]
    assert "Cookie" in response.headers["Vary"]


def test_a_message_flashed_before_the_first_cookie_is_shown(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()

    @app.get("/says")
    def says() -> str:
        flash("Something happened.")
        return render_template("start.html")

    assert "Something happened." in app.test_client().get("/says").text


def test_forms_without_a_csrf_token_are_refused(make_app: Any) -> None:
    client = make_app(WTF_CSRF_ENABLED=True).test_client()

    for path in ("/auth/login", "/auth/register", "/auth/logout", "/auth/password"):
        assert client.post(path, data=REGISTRATION).status_code == 400
    with client:
        client.get("/auth/login")
        assert "csrf_token" in session
