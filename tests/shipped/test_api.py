"""The API of a new project. tests/test_projects.py copies this module into each.

The project itself has fewer tests of its API, because its owner changes it.
"""

from __future__ import annotations

import json
from datetime import datetime
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD

USERS = "/api/v1/users"
NEW = {"email": "New@example.com", "password": PASSWORD}
PROBLEM = "application/problem+json"


@pytest.fixture
def admin_client(make_user: MakeUser, log_in: LogIn) -> FlaskClient:
    return log_in(make_user("boss@example.com", is_admin=True))


def emails(answer: TestResponse) -> list[str]:
    return [entry["email"] for entry in answer.get_json()]


def test_an_account_is_shown_without_its_hash_and_with_a_zone(
    logged_in_client: FlaskClient,
) -> None:
    (shown,) = logged_in_client.get(USERS).get_json()

    assert set(shown) == {"id", "email", "is_active", "is_admin", "created_at"}
    assert datetime.fromisoformat(shown["created_at"]).utcoffset() == timedelta(0)


def test_pages_together_list_every_account(
    admin_client: FlaskClient, make_user: MakeUser
) -> None:
    made = ["boss@example.com", *(make_user().email for _ in range(6))]

    address, seen = f"{USERS}?limit=3", []
    while address:
        answer = admin_client.get(address)
        seen.append(emails(answer))
        # An account is added while the pages are read.
        if len(seen) == 1:
            made.append(make_user("late@example.com").email)
        link = answer.headers.get("Link", "")
        address = link.removeprefix("<").split(">")[0]
        assert not link or link.endswith('>; rel="next"')

    assert [len(page) for page in seen] == [3, 3, 2]
    assert [email for page in seen for email in page] == made


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("after=-1", "after"),
        (f"after={10**30}", "after"),
        ("page=2", "page"),
    ],
)
def test_a_wrong_parameter_is_named(
    query: str, wrong: str, admin_client: FlaskClient
) -> None:
    response = admin_client.get(f"{USERS}?{query}")

    assert response.status_code == 422
    assert [error["parameter"] for error in response.get_json()["errors"]] == [wrong]


def test_an_administrator_makes_an_account(
    admin_client: FlaskClient, log_in: LogIn
) -> None:
    response = admin_client.post(USERS, json=NEW)

    assert response.status_code == 201
    assert response.get_json()["email"] == "new@example.com"
    assert response.get_json()["is_admin"] is False
    shown = admin_client.get(response.headers["Location"])
    assert shown.get_json() == response.get_json()
    log_in(Account(0, NEW["email"], PASSWORD))


def test_no_transaction_is_open_while_a_password_is_hashed(
    admin_client: FlaskClient, open_while_hashing: list[bool]
) -> None:
    open_while_hashing.clear()

    assert admin_client.post(USERS, json=NEW).status_code == 201

    assert open_while_hashing == [False]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"email": "nobody"}, ["#/email"]),
        ({"email": None}, ["#/email"]),
        ({"email": 17}, ["#/email"]),
        ({"email": ["a@example.com"]}, ["#/email"]),
        ({"email": "a\x00@example.com"}, ["#/email"]),
        ({"password": "short"}, ["#/password"]),
        ({"password": "passwordpassword"}, ["#/password"]),
        ({"password": "\x00" * 12}, ["#/password"]),
        ({"password": 123456789012}, ["#/password"]),
        ({"is_admin": "yes"}, ["#/is_admin"]),
        ({"email": "x", "password": "y"}, ["#/email", "#/password"]),
        ({"is_amdin": True}, ["#/is_amdin"]),
        ({"id": 1}, ["#/id"]),
        ({"a/b~c": 1}, ["#/a~1b~0c"]),
    ],
)
def test_each_wrong_field_has_an_entry(
    changed: dict[str, object], wrong: list[str], admin_client: FlaskClient
) -> None:
    response = admin_client.post(USERS, json={**NEW, **changed})

    assert response.status_code == 422
    assert response.content_type == PROBLEM
    assert [error["pointer"] for error in response.get_json()["errors"]] == wrong
    assert all(error["detail"].endswith(".") for error in response.get_json()["errors"])


@pytest.mark.parametrize("path", [f"{USERS}/x", f"{USERS}/-1", f"{USERS}/{10**30}"])
def test_an_invalid_id_is_not_found(path: str, admin_client: FlaskClient) -> None:
    assert admin_client.get(path).status_code == 404


@pytest.fixture
def guarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with the CSRF protection that production has."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return app


def token_of(browser: FlaskClient, path: str) -> str:
    page = browser.get(path).text
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]


def test_a_session_needs_a_csrf_token_and_anonymous_requests_are_401(
    guarded: Flask, make_user: MakeUser
) -> None:
    boss, browser = make_user(is_admin=True), guarded.test_client()
    assert browser.post(USERS, json=NEW).status_code == 401

    form = {"email": boss.email, "password": boss.password}
    form["csrf_token"] = token_of(browser, "/auth/login")
    browser.post("/auth/login", data=form)
    refused = browser.post(USERS, json=NEW)
    assert (refused.status_code, refused.content_type) == (400, PROBLEM)
    # A page of another site could send this request.
    plain = browser.post(USERS, data=json.dumps(NEW), content_type="text/plain")
    assert plain.status_code == 400

    token = {"X-CSRFToken": token_of(browser, "/dashboard")}
    assert browser.post(USERS, json=NEW, headers=token).status_code == 201
