"""The account pages of a new project. tests/test_projects.py copies this module."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login"])
def test_a_page_with_a_form_is_shown(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert 'name="password"' in response.text


def test_the_dashboard_shows_the_account(
    logged_in_client: FlaskClient, user: Account
) -> None:
    response = logged_in_client.get("/dashboard")

    assert response.status_code == 200
    assert user.email in response.text


def test_a_visitor_is_asked_to_log_in(client: FlaskClient) -> None:
    response = client.get("/dashboard", follow_redirects=True)

    assert response.request.path == "/auth/login"


def test_an_unconfirmed_account_is_asked_on_its_own_pages_only(
    app: Flask,
    client: FlaskClient,
    make_user: MakeUser,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "EMAIL_CONFIRMATION" not in app.config:
        pytest.skip("This project has no mail.")
    monkeypatch.setitem(app.config, "EMAIL_CONFIRMATION", "banner")
    user, words = make_user(is_confirmed=False), "Please confirm your e-mail address"
    own = log_in(user).get("/")

    assert words in own.text
    assert f'value="{user.email}"' in own.text
    assert "no-store" in own.headers["Cache-Control"]
    assert words not in log_in(make_user()).get("/").text
    visited = client.get("/")
    assert words not in visited.text
    assert "Set-Cookie" not in visited.headers
    assert "Cookie" not in visited.headers.get("Vary", "")


def test_a_registration_says_the_same_for_a_taken_address(
    app: Flask, client: FlaskClient, user: Account
) -> None:
    if "EMAIL_CONFIRMATION" not in app.config:
        pytest.skip("This project has no mail.")
    shown = set()
    for email in ("new@example.com", user.email):
        form = {"email": email, "password": PASSWORD, "confirm": PASSWORD}
        answer = client.post("/auth/register", data=form)
        shown.add((answer.status_code, answer.text.replace(email, "")))

    ((status, text),) = shown
    assert status == 200
    assert "Check your inbox" in text
