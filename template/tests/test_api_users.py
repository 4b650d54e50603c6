"""The JSON API: accounts, who may see them, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.throttling import refuse
from app.extensions import limiter

USERS = "/api/v1/users"
PASSWORD = "correct horse battery staple"
NEW = {"email": "New@example.com", "password": PASSWORD}
PROBLEM = "application/problem+json"

MakeUser = Callable[..., Any]
LogIn = Callable[..., FlaskClient]


@pytest.fixture
def admin_client(make_user: MakeUser, log_in: LogIn) -> FlaskClient:
    return log_in(make_user("boss@example.com", is_admin=True))


def emails(answer: Any) -> list[str]:
    return [entry["email"] for entry in answer.get_json()]


def test_an_account_sees_itself(
    logged_in_client: FlaskClient, make_user: MakeUser, user: Any
) -> None:
    other = make_user()

    assert emails(logged_in_client.get(USERS)) == [user.email]
    assert logged_in_client.get(f"{USERS}/{user.id}").get_json()["email"] == user.email
    assert logged_in_client.get(f"{USERS}/{other.id}").status_code == 403
    assert logged_in_client.get(f"{USERS}/99999").status_code == 403


def test_an_administrator_sees_all_accounts(
    admin_client: FlaskClient, user: Any
) -> None:
    assert emails(admin_client.get(USERS)) == ["boss@example.com", user.email]
    assert admin_client.get(f"{USERS}/{user.id}").get_json()["email"] == user.email
    assert admin_client.get(f"{USERS}/99999").status_code == 404


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
    admin_client: FlaskClient, log_in: LogIn, user: Any
) -> None:
    response = admin_client.post(USERS, json=NEW)

    assert response.status_code == 201
    assert response.get_json()["email"] == "new@example.com"
    assert response.get_json()["is_admin"] is False
    shown = admin_client.get(response.headers["Location"])
    assert shown.get_json() == response.get_json()
    log_in(type(user)(0, NEW["email"], PASSWORD))


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


def test_an_email_that_is_taken_is_a_conflict(
    admin_client: FlaskClient, user: Any
) -> None:
    response = admin_client.post(USERS, json={**NEW, "email": "ADA@example.com"})

    assert response.status_code == 409
    assert response.content_type == PROBLEM
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["#/email"]


ODD = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b'["email", "password"]', 422),
    "a text": (b'"email password"', 422),
    "a number": (b"1", 422),
    "a boolean": (b"true", 422),
    "null": (b"null", 422),
    "no object": (b"[]", 422),
    "half a pair": (b'{"email": "\\ud800@example.com", "password": "x"}', 400),
    "deep brackets": (b"[" * 100_000, 400),
    "deep and closed": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep in a field": (b'{"email": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
    "NUL bytes": (b"\x00" * 100, 400),
    "no UTF-8": (b'{"email": "\xff\xfe"}', 400),
    "UTF-16": ('{"email": "a@example.com"}'.encode("utf-16"), 400),
    "not a number": (b'{"email": NaN}', 422),
    "a huge number": (b'{"email": 1' + b"0" * 5000 + b"}", 400),
    "too large": (b'{"email": "' + b"a" * 1_100_000 + b'"}', 413),
}


@pytest.mark.parametrize(("content", "status"), ODD.values(), ids=list(ODD))
def test_a_malformed_body_is_a_client_error(
    content: bytes, status: int, admin_client: FlaskClient
) -> None:
    response = admin_client.post(USERS, data=content, content_type="application/json")

    assert response.status_code == status
    assert response.content_type == PROBLEM


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""]
)
def test_a_body_of_another_content_type_is_refused(
    content_type: str, admin_client: FlaskClient
) -> None:
    response = admin_client.post(USERS, data=json.dumps(NEW), content_type=content_type)

    assert response.status_code == 415
    assert response.content_type == PROBLEM


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", USERS, 401),
        ("POST", USERS, 401),
        ("GET", f"{USERS}/1", 401),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", USERS, 405),
    ],
)
def test_anonymous_requests_are_refused_with_a_problem(
    method: str, path: str, status: int, client: FlaskClient
) -> None:
    response = client.open(path, method=method, json=NEW)

    assert response.status_code == status
    assert response.content_type == PROBLEM
    scheme = response.headers.get("WWW-Authenticate", "")
    cookie = client.application.config["SESSION_COOKIE_NAME"]
    assert (f"cookie-name={cookie}" in scheme) is (status == 401)


def test_only_administrators_make_accounts(logged_in_client: FlaskClient) -> None:
    response = logged_in_client.post(USERS, json=NEW)

    assert response.status_code == 403
    assert response.content_type == PROBLEM


@pytest.mark.parametrize("path", [f"{USERS}/x", f"{USERS}/-1", f"{USERS}/{10**30}"])
def test_an_invalid_id_is_not_found(path: str, admin_client: FlaskClient) -> None:
    assert admin_client.get(path).status_code == 404


def test_too_many_requests_are_a_problem_as_well(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    once = limiter.limit("1 per hour", on_breach=refuse)
    app.add_url_rule("/api/v1/once", "once", once(lambda: "Once."))
    client = app.test_client()
    assert client.get("/api/v1/once").text == "Once."

    response = client.get("/api/v1/once")

    assert response.status_code == 429
    assert response.content_type == PROBLEM
    assert 0 < int(response.headers["Retry-After"]) <= 3601


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
