"""The sessions of an account, for its owner: the list, and ending them."""

from __future__ import annotations

import threading
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import session_list
from app.accounts import sessions
from app.accounts import user_agents
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.maintained.statements import statements_of
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser

pytestmark = pytest.mark.usefixtures("as_shipped")

LIST, OTHERS = "/auth/sessions", "/auth/sessions/end-others"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101"


def listed(browser: FlaskClient) -> list[dict[str, Any]]:
    return list(browser.get(LIST).get_json())


def end(browser: FlaskClient, number: int) -> int:
    return browser.post(f"/auth/sessions/{number}/end").status_code


def id_of(browser: FlaskClient) -> int:
    (this,) = (one["id"] for one in listed(browser) if one["is_this"])
    return int(this)


def test_the_list_shows_each_browser_and_which_is_this_one(
    client: FlaskClient, user: Account, log_in: LogIn
) -> None:
    elsewhere = log_in(user)
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    client.environ_base["HTTP_USER_AGENT"] = f"{FIREFOX} Firefox/140.0"
    form = {"email": user.email, "password": user.password}
    client.post("/auth/login", data=form)

    here, there = listed(client)

    assert (here["is_this"], there["is_this"]) == (True, False)
    assert (here["address"], there["address"]) == ("192.0.2.7", "127.0.0.1")
    assert here["browser"] == "Firefox on Windows"
    assert [one["is_this"] for one in listed(elsewhere)] == [True, False]


def test_it_has_no_session_of_others_and_none_that_has_expired(
    app: Flask, user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    here, _, _ = log_in(user), log_in(user), log_in(make_user())
    with app.app_context():
        other = sa.select(UserSession).order_by(UserSession.id).offset(1).limit(1)
        row = db.session.scalars(other).one()
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
        db.session.commit()

    assert len(listed(here)) == 1


def test_a_session_that_is_too_old_is_not_listed(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(user)
    with app.app_context():
        for row in db.session.scalars(sa.select(UserSession)):
            row.created_at -= timedelta(days=2)
        db.session.commit()
    here = log_in(user)
    monkeypatch.setitem(app.config, "SESSION_ABSOLUTE_LIFETIME", 86_400)

    assert len(listed(here)) == 1


def test_one_browser_is_logged_out(user: Account, log_in: LogIn) -> None:
    here, there, third = log_in(user), log_in(user, remember=True), log_in(user)

    assert end(here, id_of(there)) == 200

    assert [is_logged_in(one) for one in (here, there, third)] == [True, False, True]


def test_this_browser_can_be_logged_out(logged_in_client: FlaskClient) -> None:
    assert end(logged_in_client, id_of(logged_in_client)) == 200

    assert not is_logged_in(logged_in_client)


def test_the_session_of_another_account_is_not_there(
    user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    here, stranger = log_in(user), log_in(make_user())
    number = id_of(stranger)

    assert end(here, number) == 404
    assert end(here, number + 1000) == 404
    assert is_logged_in(stranger)


def test_all_others_are_logged_out(
    user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    browsers = [log_in(user), log_in(user), log_in(user, remember=True)]
    stranger = log_in(make_user())

    assert browsers[0].post(OTHERS).text == "2"

    assert [is_logged_in(one) for one in browsers] == [True, False, False]
    assert is_logged_in(stranger)


@pytest.mark.parametrize("path", [LIST, OTHERS, "/auth/sessions/1/end"])
def test_a_visitor_has_no_sessions(path: str, client: FlaskClient) -> None:
    method = "GET" if path == LIST else "POST"

    assert client.open(path, method=method).location.startswith("/auth/login")


def test_a_get_request_ends_nothing(logged_in_client: FlaskClient) -> None:
    number = id_of(logged_in_client)

    assert logged_in_client.get(f"/auth/sessions/{number}/end").status_code == 405
    assert logged_in_client.get(OTHERS).status_code == 405
    assert is_logged_in(logged_in_client)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_the_address_is_stored_without_port_and_zone(
    sent: str, shown: str, app: Flask, user: Account
) -> None:
    place = {"REMOTE_ADDR": sent}
    with app.test_request_context(environ_base=place):
        assert sessions.begin(db.session.get_one(User, user.id))
        row = db.session.scalars(sa.select(UserSession)).one()

        assert row.address == shown


@pytest.mark.real_database
def test_of_two_browsers_that_end_each_other_one_stays(
    user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests know their account before one of them has the lock."""
    browsers = [log_in(user), log_in(user)]
    both, lock = threading.Barrier(2, timeout=20), session_list.lock_own

    def wait_for_the_other(account: int) -> bool:
        both.wait()
        return lock(account)

    monkeypatch.setattr(session_list, "lock_own", wait_for_the_other)
    ended: list[str] = []
    threads = [
        threading.Thread(target=lambda one=one: ended.append(one.post(OTHERS).text))
        for one in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == ["0", "1"]
    assert sorted(map(is_logged_in, browsers)) == [False, True]


@pytest.mark.real_database
def test_the_list_holds_no_connection_and_writes_nothing(
    app: Flask, logged_in_client: FlaskClient
) -> None:
    with statements_of(app) as sent:
        assert len(listed(logged_in_client)) == 1

    assert len(sent) == 2
    assert all(one.startswith("SELECT") for one in sent)


APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
GOOGLE = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
SAMSUNG = "AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0"
WEBVIEW = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0"
HEADLESS = "AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
CHROMEOS = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"

NAMES = {
    f"{FIREFOX} Firefox/140.0": "Firefox on Windows",
    f"{IPHONE} {APPLE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15": "Firefox on iPhone",
    f"{WINDOWS} {GOOGLE} Safari/537.36": "Chrome or one like it on Windows",
    f"{ANDROID} {GOOGLE} Mobile Safari/537.36": "Chrome or one like it on Android",
    f"{CHROMEOS} {GOOGLE} Safari/537.36": "Chrome or one like it on ChromeOS",
    f"{IPHONE} {APPLE} CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    f"{MAC} {APPLE} CriOS/140.0 Safari/605.1.15": "Chrome on Mac or iPad",
    f"{WINDOWS} {GOOGLE} Safari/537.36 Edg/140.0.0.0": "Edge on Windows",
    f"{WINDOWS} {GOOGLE} Safari/537.36 OPR/120.0.0.0": "Opera on Windows",
    f"{ANDROID} {SAMSUNG} Mobile Safari/537.36": "Samsung Internet on Android",
    f"{MAC} {APPLE} Version/18.5 Safari/605.1.15": "Safari on Mac or iPad",
    f"{IPHONE} {APPLE} Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{ANDROID} {WEBVIEW} Mobile Safari/537.36": "An app on Android",
    # They claim to be another one, or too many.
    f"{LINUX} {APPLE} Version/18.0 Safari/605.1.15": "Unknown browser on Linux",
    f"{WINDOWS} {GOOGLE} Safari/537.36 Vivaldi/7.5": "Unknown browser on Windows",
    f"{WINDOWS} {GOOGLE} YaBrowser/25.6 Safari/537.36": "Unknown browser on Windows",
    f"{WINDOWS} {GOOGLE} Safari/537.36 Edg/1 Other/1": "Unknown browser on Windows",
    f"{LINUX} {HEADLESS} Safari/537.36": "Unknown browser on Linux",
    f"{IPHONE} {APPLE} Mobile/15E148": "Unknown browser on iPhone",
    "Firefox/140.0": "Unknown browser",
    "curl/8.14.1": "Unknown browser",
    "": "Unknown browser",
    "(((": "Unknown browser",
}


@pytest.mark.parametrize(("sent", "name"), NAMES.items())
def test_a_browser_is_named_only_if_all_of_it_is_known(
    sent: str, name: str, app: Flask
) -> None:
    with app.app_context():
        assert user_agents.name_of(sent) == name
