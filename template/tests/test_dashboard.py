"""The page of a logged-in user. Change this test with app/dashboard/routes.py."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import url_of


def test_the_dashboard_is_shown_after_a_log_in_only(
    app: Flask, client: FlaskClient, user: Account, log_in: LogIn
) -> None:
    path = url_of(app, "dashboard.index")
    before, after = client.get(path), log_in(user).get(path)

    assert before.status_code != 200, (
        f"{path} is 200 without a log-in. If it is open to everyone, or your log-in "
        "manager shows a page of yours, change this test."
    )
    assert after.status_code == 200, (
        f"{path} is {after.status_code} after a log-in. If it has become another "
        "page, change this test."
    )


# Add your tests below this line.
