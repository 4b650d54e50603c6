"""The pages for logged-in users."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.accounts import Account


def test_the_dashboard_shows_the_account(
    logged_in_client: FlaskClient, user: Account
) -> None:
    response = logged_in_client.get("/dashboard")

    assert response.status_code == 200
    assert user.email in response.text


def test_a_visitor_is_asked_to_log_in(client: FlaskClient) -> None:
    response = client.get("/dashboard", follow_redirects=True)

    assert response.request.path == "/auth/login"
