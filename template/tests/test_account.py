"""Sessions and the end of an account. Change these with app/auth/account_routes.py."""

from __future__ import annotations

from flask import Flask
from flask import url_for
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import submit
from tests.support.accounts import url_of


def test_the_other_browsers_can_be_logged_out(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    # With SINGLE_SESSION, the second log-in ends the first.
    there, here = log_in(user), log_in(user)
    listed = here.get(url_of(app, "auth.sessions"))

    submit(here, url_of(app, "auth.end_other_sessions"))

    assert listed.status_code == 200
    assert is_logged_in(here)
    assert not is_logged_in(there)


def test_a_session_that_does_not_exist_is_404(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    here = log_in(user)
    url_of(app, "auth.sessions")
    with app.test_request_context():
        unknown = url_for("auth.end_session", number=1_000_000)

    assert submit(here, unknown).status_code == 404


def test_an_account_is_deleted_with_its_password(
    app: Flask, user: Account, logged_in_client: FlaskClient
) -> None:
    path = url_of(app, "auth.delete")
    shown = logged_in_client.get(path)
    submit(logged_in_client, path, password="wrong")
    assert shown.status_code == 200
    assert is_logged_in(logged_in_client)

    answer = submit(logged_in_client, path, password=user.password)

    assert not is_logged_in(logged_in_client), (
        f"The answer was {answer.status_code}, and the account is still logged in. If "
        "the page asks for more, or your rows keep an account from going, change this "
        "test: docs/accounts.md says what can be done."
    )


def test_the_password_is_asked_for_again(
    app: Flask, user: Account, logged_in_client: FlaskClient
) -> None:
    path = url_of(app, "auth.reauthenticate")
    shown = logged_in_client.get(path)

    answer = submit(logged_in_client, path, password=user.password)

    assert shown.status_code == 200
    assert answer.location, (
        f"{path} is {answer.status_code} for the right password. If it asks for more, "
        "change this test."
    )


# Add your tests below this line.
