"""Pages that ask for the password again if it was typed too long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import users
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from app.models import UserSession
from tests.maintained.statements import statements_of
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import remember_cookie
from tests.support.accounts import session_cookie

pytestmark = pytest.mark.usefixtures("as_shipped")

# A page that asks, of tests/maintained/sample/own_account.py; the page that it asks on.
PAGE, ASKING = "/auth/dangerous", "/auth/reauthenticate"
ASKED = f"{ASKING}?next=%2Fauth%2Fdangerous"
MINUTE = timedelta(minutes=1)
NEW = "a longer horse, a better battery"

Age = Callable[[timedelta], None]


@pytest.fixture
def age(app: Flask) -> Age:
    """Return a function that makes what was typed older."""

    def change(by: timedelta) -> None:
        with app.app_context():
            for row in db.session.scalars(sa.select(UserSession)):
                row.created_at -= by
                if row.password_checked_at:
                    row.password_checked_at -= by
            db.session.commit()

    return change


def is_open(browser: FlaskClient) -> bool:
    """Return whether the page is shown; if not, the browser has to be asked."""
    answer = browser.get(PAGE)
    assert answer.location in {None, ASKED}
    return answer.text == "GET done"


def type_again(browser: FlaskClient, password: str) -> Any:
    return browser.post(ASKED, data={"password": password})


@pytest.mark.parametrize(("minutes", "is_shown"), [(14, True), (15, False)])
def test_a_log_in_opens_the_page_for_a_time(
    minutes: int, is_shown: bool, logged_in_client: FlaskClient, age: Age
) -> None:
    age(minutes * MINUTE)

    assert is_open(logged_in_client) is is_shown


@pytest.mark.parametrize("setting", [3600, timedelta(hours=1)])
def test_the_setting_is_the_time(
    setting: object,
    app: Flask,
    logged_in_client: FlaskClient,
    age: Age,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "REAUTHENTICATION_AFTER", setting)

    age(59 * MINUTE)
    assert is_open(logged_in_client)
    age(1 * MINUTE)
    assert not is_open(logged_in_client)


def test_a_typed_password_opens_the_page_for_a_time(
    user: Account, logged_in_client: FlaskClient, age: Age
) -> None:
    age(timedelta(days=1))

    assert type_again(logged_in_client, user.password).location == PAGE
    assert is_open(logged_in_client)
    age(14 * MINUTE)
    assert is_open(logged_in_client)
    age(1 * MINUTE)
    assert not is_open(logged_in_client)


def test_a_wrong_password_opens_nothing(
    logged_in_client: FlaskClient, age: Age
) -> None:
    age(timedelta(days=1))

    answer = type_again(logged_in_client, "wrong")

    assert (answer.status_code, answer.location) == (200, None)
    assert not is_open(logged_in_client)
    assert is_logged_in(logged_in_client)


def test_guesses_are_limited_in_the_session(
    user: Account, log_in: LogIn, age: Age
) -> None:
    thief, owner = log_in(user), log_in(user)
    age(timedelta(days=1))

    statuses = [type_again(thief, "wrong").status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert type_again(thief, user.password).status_code == 429
    assert type_again(owner, user.password).location == PAGE


def test_it_opens_the_page_in_one_session(
    user: Account, log_in: LogIn, age: Age
) -> None:
    here, elsewhere = log_in(user), log_in(user)
    age(timedelta(days=1))

    type_again(here, user.password)

    assert is_open(here)
    assert not is_open(elsewhere)


def test_a_change_of_the_password_counts(
    user: Account, logged_in_client: FlaskClient, age: Age
) -> None:
    age(timedelta(days=1))
    form = {"current": user.password, "password": NEW}

    logged_in_client.post("/auth/password", data=form)

    assert is_open(logged_in_client)


def test_a_restored_session_has_to_ask(user: Account, log_in: LogIn) -> None:
    browser = log_in(user, remember=True)
    assert is_open(browser)
    browser.delete_cookie(session_cookie(browser))
    assert is_logged_in(browser)

    assert not is_open(browser)
    type_again(browser, user.password)
    assert is_open(browser)

    assert browser.get_cookie(remember_cookie(browser))
    browser.delete_cookie(session_cookie(browser))
    assert not is_open(browser)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?of=ours"])
def test_a_form_comes_back_to_its_page_and_is_not_sent(
    path: str, logged_in_client: FlaskClient, user: Account, age: Age
) -> None:
    age(timedelta(days=1))

    asked = logged_in_client.post(path, data={"of": "ours"})
    asking = logged_in_client.get(asked.location)
    answer = logged_in_client.post(asked.location, data={"password": user.password})

    assert "send the form again" in asking.text
    assert answer.location == path
    assert logged_in_client.post(path).text == "POST done"


def test_an_action_comes_back_to_the_page_of_its_button(
    logged_in_client: FlaskClient, user: Account, age: Age
) -> None:
    age(timedelta(days=1))
    from_here = {"Referer": f"http://localhost{PAGE}?of=ours"}
    from_elsewhere = {"Referer": "http://elsewhere.example/page"}

    here = logged_in_client.post("/auth/dangerous/act", headers=from_here)
    elsewhere = logged_in_client.post("/auth/dangerous/act", headers=from_elsewhere)

    assert here.location == f"{ASKED}%3Fof%3Dours"
    assert elsewhere.location == ASKING


@pytest.mark.parametrize(
    "target", ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", ""]
)
def test_it_leads_to_own_pages_only(
    target: str, user: Account, logged_in_client: FlaskClient
) -> None:
    answer = logged_in_client.post(
        ASKING, query_string={"next": target}, data={"password": user.password}
    )

    assert answer.location == "/dashboard"


def test_a_visitor_is_asked_to_log_in(client: FlaskClient) -> None:
    assert client.get(PAGE).location == "/auth/login?next=%2Fauth%2Fdangerous"
    assert client.get(ASKING).location.startswith("/auth/login")


def test_the_api_answers_with_a_status(
    app: Flask, logged_in_client: FlaskClient, age: Age, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = app.view_functions["auth.dangerous"]
    monkeypatch.setitem(app.view_functions, "health", view)
    assert logged_in_client.get("/api/health").text == "GET done"
    age(timedelta(days=1))

    refused = logged_in_client.get("/api/health")

    assert refused.status_code == 401
    assert refused.content_type == "application/problem+json"


def test_a_handler_of_the_project_answers(
    logged_in_client: FlaskClient, age: Age, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_manager, "needs_refresh_callback", lambda: "a code")
    age(timedelta(days=1))

    assert logged_in_client.post(PAGE).text == "a code"


def test_an_ended_session_notes_nothing(
    app: Flask,
    user: Account,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A change of the password elsewhere wins over the old one that is typed here."""
    has_password = users.has_password

    def changed_meanwhile(account: User, password: str) -> bool:
        right = has_password(account, password)
        with app.app_context():
            db.session.execute(sa.delete(UserSession))
            db.session.commit()
        return right

    monkeypatch.setattr(users, "has_password", changed_meanwhile)

    assert type_again(logged_in_client, user.password).location is None
    assert not is_logged_in(logged_in_client)


@pytest.mark.real_database
def test_no_connection_is_held_while_hashing(
    user: Account, logged_in_client: FlaskClient, open_while_hashing: list[bool]
) -> None:
    type_again(logged_in_client, user.password)

    assert open_while_hashing == [False]


@pytest.mark.real_database
def test_a_page_that_asks_takes_one_query_more_and_no_lock(
    app: Flask, logged_in_client: FlaskClient
) -> None:
    with statements_of(app) as without:
        logged_in_client.get("/dashboard")
    with statements_of(app) as asking:
        logged_in_client.get(PAGE)

    assert len(asking) == len(without) + 1
    assert all(one.startswith("SELECT") for one in asking)
    assert "UPDATE" not in " ".join(asking)
