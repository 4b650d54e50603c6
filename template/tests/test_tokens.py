"""Tokens for programs. Change these with app/auth/api_token_routes.py and app/api."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api_tokens
from tests.support.accounts import Account
from tests.support.accounts import submit
from tests.support.accounts import url_of


@pytest.fixture
def token(app: Flask, user: Account) -> str:
    """A token that may read and change."""
    with app.app_context():
        return api_tokens.create(user.id, "Tests", api_tokens.READ_WRITE, None)


@pytest.fixture
def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_and_can_be_revoked(
    app: Flask, logged_in_client: FlaskClient, user: Account
) -> None:
    path = url_of(app, "auth.tokens")
    fields = {"name": "Build", "scopes": "read", "days": "30"}

    made = submit(logged_in_client, path, **fields)

    shown = re.findall(r"[a-z0-9_]+_[0-9A-Za-z]{36}\b", made.text)
    found = [text for text in shown if api_tokens.has_form(text)]
    assert len(found) == 1, (
        f"{path} is {made.status_code} and shows no token. If your form asks for more, "
        "change this test."
    )
    assert found[0] not in logged_in_client.get(path).text
    with app.app_context():
        assert api_tokens.find(found[0])
        (row,) = api_tokens.of_user(user.id)

    submit(logged_in_client, url_of(app, "auth.revoke_token", number=row.id))

    with app.app_context():
        assert api_tokens.find(found[0]) is None


def test_a_token_without_a_name_is_not_made(
    app: Flask, logged_in_client: FlaskClient, user: Account
) -> None:
    path = url_of(app, "auth.tokens")

    answer = submit(logged_in_client, path, name=" ", scopes="read", days="30")

    assert answer.status_code == 200
    with app.app_context():
        assert api_tokens.of_user(user.id) == []


def test_a_program_makes_lists_and_revokes_tokens(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    path = url_of(app, "api.list_tokens")

    made = client.post(path, json={"name": "Second"}, headers=headers)

    assert made.status_code == 201, made.text
    text = made.get_json()["token"]
    listed = client.get(path, headers=headers)
    assert [one["name"] for one in listed.get_json()] == ["Second", "Tests"]
    assert text not in listed.text
    one = url_of(app, "api.revoke_token", token_id=made.get_json()["id"])
    assert client.delete(one, headers=headers).status_code == 204
    assert client.delete(one, headers=headers).status_code == 404


def test_a_token_that_may_only_read_has_no_part_in_tokens(
    app: Flask, client: FlaskClient, user: Account, token: str
) -> None:
    with app.app_context():
        read_only = api_tokens.create(user.id, "Reader", api_tokens.READ, None)
    headers = {"Authorization": f"Bearer {read_only}"}
    path = url_of(app, "api.list_tokens")

    assert client.get(path, headers=headers).status_code == 403
    assert client.post(path, json={"name": "x"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x", "scopes": "admin"}, {"name": "x", "days": 0}],
)
def test_a_wrong_body_makes_no_token(
    body: dict[str, object], app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    path = url_of(app, "api.list_tokens")

    assert client.post(path, json=body, headers=headers).status_code == 422


# Add your tests below this line.
