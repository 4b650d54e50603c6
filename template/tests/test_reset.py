"""A forgotten password. Change these tests with app/auth/reset_routes.py."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner

from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import url_of

NEW = "another horse, another battery, and long enough for every project"


def test_a_link_from_the_command_sets_a_new_password(
    app: Flask, client: FlaskClient, runner: FlaskCliRunner, user: Account
) -> None:
    form = {"email": user.email, "password": NEW, "confirm": NEW}
    link = runner.invoke(args=["users", "reset-link", user.email]).stdout.strip()
    assert link, (
        f"The command printed no link to {user.email}. If there is no such page in "
        "your project, change this test."
    )

    opened = client.get(link)
    client.post(link, data=form)
    again = client.get(link)
    client.post(url_of(app, "auth.login"), data=form)

    assert opened.status_code == 200, (
        f"{link} is {opened.status_code}. If a link leads elsewhere, change this test."
    )
    assert is_logged_in(client), (
        "A log-in with the new password failed. If your forms have other required "
        "fields, change this test: add them to `form`."
    )
    assert again.status_code == 410, "The link can be used twice."


# Add your tests below this line.
