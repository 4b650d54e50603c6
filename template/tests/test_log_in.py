"""The account pages: registration, log-in and log-out."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import PASSWORD


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login"])
def test_a_page_with_a_form_is_shown(path: str, client: FlaskClient) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert 'name="password"' in response.text


def test_a_visitor_registers_and_logs_in(client: FlaskClient) -> None:
    form = {"email": "grace@example.com", "password": PASSWORD}

    client.post("/auth/register", data={**form, "confirm": PASSWORD})
    client.post("/auth/login", data=form)

    assert is_logged_in(client)


def test_a_wrong_password_does_not_log_in(client: FlaskClient, user: Account) -> None:
    client.post("/auth/login", data={"email": user.email, "password": "wrong"})

    assert not is_logged_in(client)


def test_a_log_out_ends_the_session(logged_in_client: FlaskClient) -> None:
    logged_in_client.post("/auth/logout")

    assert not is_logged_in(logged_in_client)
