"""The account pages of a new project. tests/test_projects.py copies this module."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.accounts import Account


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
