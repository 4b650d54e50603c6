"""Accounts in the JSON API. Change these tests with app/api/routes.py."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.rules import duration
from app.extensions import db
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.accounts import url_of

NEW = {"email": "grace@example.com", "password": PASSWORD}


def expect(response: TestResponse, status: int) -> None:
    assert response.status_code == status, (
        f"{response.request.method} {response.request.path} is "
        f"{response.status_code}, not {status}: {response.text} "
        "If your API is meant to answer this, change this test."
    )


def emails(response: TestResponse) -> set[str]:
    expect(response, 200)
    return {account["email"] for account in response.get_json()}


@pytest.fixture
def users(app: Flask) -> str:
    """The path of the accounts."""
    return url_of(app, "api.list_users")


@pytest.fixture
def admin_client(make_user: MakeUser, log_in: LogIn) -> FlaskClient:
    return log_in(make_user("boss@example.com", is_admin=True))


def test_an_account_sees_itself(
    users: str, logged_in_client: FlaskClient, user: Account
) -> None:
    response = logged_in_client.get(f"{users}/{user.id}")

    expect(response, 200)
    assert response.get_json()["email"] == user.email
    assert "password" not in response.text
    assert emails(logged_in_client.get(users)) == {user.email}


def test_an_account_sees_no_other_account(
    users: str, logged_in_client: FlaskClient, make_user: MakeUser
) -> None:
    expect(logged_in_client.get(f"{users}/{make_user().id}"), 403)


def test_an_administrator_sees_all_accounts(
    users: str, admin_client: FlaskClient, user: Account
) -> None:
    expect(admin_client.get(f"{users}/{user.id}"), 200)
    assert {"boss@example.com", user.email} <= emails(admin_client.get(users))


def test_a_list_has_a_link_to_its_next_page(
    users: str, admin_client: FlaskClient, user: Account
) -> None:
    first = admin_client.get(f"{users}?limit=1")
    link = first.headers["Link"].partition("; ")[0].strip("<>")

    assert len(emails(first)) == 1
    assert emails(first).isdisjoint(emails(admin_client.get(link)))


def test_an_administrator_makes_an_account_once(
    users: str, admin_client: FlaskClient
) -> None:
    headers = {"Idempotency-Key": "4f9e"}
    response, again = (
        admin_client.post(users, json=NEW, headers=headers) for _ in "12"
    )

    expect(response, 201)
    assert again.get_json() == response.get_json()
    made = admin_client.get(response.headers["Location"])
    assert made.get_json()["email"] == NEW["email"]
    expect(admin_client.post(users, json=NEW), 409)


def test_an_old_log_in_makes_no_account(
    users: str, app: Flask, admin_client: FlaskClient
) -> None:
    with app.app_context():
        for row in db.session.scalars(sa.select(UserSession)):
            row.created_at -= duration("REAUTHENTICATION_AFTER") + timedelta(minutes=1)
        db.session.commit()

    expect(admin_client.post(users, json=NEW), 401)
    assert NEW["email"] not in emails(admin_client.get(users))


def test_others_make_no_account(users: str, logged_in_client: FlaskClient) -> None:
    expect(logged_in_client.post(users, json=NEW), 403)


def test_each_wrong_field_is_named(users: str, admin_client: FlaskClient) -> None:
    wrong = {"email": "nobody", "password": "short", "is_amdin": True}
    response = admin_client.post(users, json=wrong)

    expect(response, 422)
    named = {error["pointer"] for error in response.get_json()["errors"]}
    assert {"#/email", "#/password", "#/is_amdin"} <= named


def test_a_list_is_narrowed_and_sorted(
    users: str, admin_client: FlaskClient, user: Account
) -> None:
    assert emails(admin_client.get(f"{users}?is_admin=true")) == {"boss@example.com"}
    assert emails(admin_client.get(f"{users}?q={user.email[:5]}")) == {user.email}
    shown = admin_client.get(f"{users}?sort=-email").get_json()
    found = [account["email"] for account in shown]
    assert found == sorted(found, reverse=True)


def test_an_administrator_changes_what_an_account_may_do(
    users: str, admin_client: FlaskClient, user: Account
) -> None:
    address = f"{users}/{user.id}"
    read = {"If-Match": admin_client.get(address).headers["ETag"]}
    changed = admin_client.patch(address, json={"is_admin": True}, headers=read)

    expect(changed, 200)
    assert (changed.get_json()["is_admin"], changed.get_json()["is_active"]) == (1, 1)
    # Another change with what was read before would undo this one.
    expect(admin_client.patch(address, json={"is_admin": False}, headers=read), 412)
    expect(admin_client.patch(address, json={"is_active": "no"}), 422)


def test_an_administrator_deletes_an_account(
    users: str, admin_client: FlaskClient, user: Account
) -> None:
    expect(admin_client.delete(f"{users}/{user.id}"), 204)
    expect(admin_client.get(f"{users}/{user.id}"), 404)
    expect(admin_client.delete(f"{users}/{user.id}"), 404)


def test_the_last_administrator_stays(users: str, admin_client: FlaskClient) -> None:
    (boss,) = admin_client.get(f"{users}?is_admin=true").get_json()
    address = f"{users}/{boss['id']}"

    expect(admin_client.patch(address, json={"is_admin": False}), 409)
    expect(admin_client.delete(address), 409)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_others_change_no_account(
    users: str, method: str, logged_in_client: FlaskClient, user: Account
) -> None:
    address = f"{users}/{user.id}"

    expect(logged_in_client.open(address, method=method, json={"is_admin": True}), 403)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_anonymous_request_is_refused(
    method: str, users: str, client: FlaskClient
) -> None:
    expect(client.open(users, method=method, json=NEW), 401)


def test_a_session_needs_a_csrf_token(
    users: str,
    app: Flask,
    admin_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    # A page of another site could send the second request.
    expect(admin_client.post(users, json=NEW), 400)
    expect(admin_client.post(users, data="{}", content_type="text/plain"), 400)


# Add your tests below this line.
