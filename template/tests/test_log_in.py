"""Registration, log-in and log-out. Change these tests with app/auth/routes.py."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import confirm_address
from tests.support.accounts import is_logged_in
from tests.support.accounts import PASSWORD
from tests.support.accounts import url_of


def test_a_visitor_registers_and_logs_in(app: Flask, client: FlaskClient) -> None:
    form = {"email": "grace@example.com", "password": PASSWORD, "confirm": PASSWORD}

    registered = client.post(url_of(app, "auth.register"), data=form)
    confirm_address(app, form["email"])
    client.post(url_of(app, "auth.login"), data=form)

    assert is_logged_in(client), (
        f"Registration was {registered.status_code}, and a log-in failed after it. If "
        "your forms have other required fields, add them to `form` in this test. If "
        "visitors cannot register, or have to confirm, change this test."
    )


def test_a_wrong_password_is_refused(
    app: Flask, client: FlaskClient, user: Account
) -> None:
    form = {"email": user.email, "password": "wrong"}

    client.post(url_of(app, "auth.login"), data=form)

    assert not is_logged_in(client)


def test_a_log_out_ends_the_session(app: Flask, logged_in_client: FlaskClient) -> None:
    response = logged_in_client.post(url_of(app, "auth.logout"))

    assert not is_logged_in(logged_in_client), (
        f"Log-out was {response.status_code}, and the session is still valid. If your "
        "log-out asks for more, change this test."
    )


# Add your tests below this line.
