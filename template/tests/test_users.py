"""Administrators and invitations. Change these tests with app/auth/admin_routes.py."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.events import invited
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.accounts import submit
from tests.support.accounts import url_of


def test_only_an_administrator_sees_the_accounts(
    app: Flask, user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    path = url_of(app, "auth.list_users")
    seen = log_in(make_user("boss@example.com", is_admin=True)).get(path)
    refused = log_in(user).get(path)

    assert user.email in seen.text, (
        f"{path} is {seen.status_code} for an administrator, without the account "
        f"{user.email}. If your list shows other accounts, change this test."
    )
    assert refused.status_code == 403, (
        f"{path} is {refused.status_code} for an ordinary account. If others may see "
        "the accounts too, change this test."
    )


@pytest.mark.parametrize("act", ["deactivate", "promote", "end-sessions"])
def test_only_an_administrator_changes_an_account(
    act: str, app: Flask, user: Account, log_in: LogIn
) -> None:
    path = url_of(app, "auth.change_user", number=user.id, act=act)

    refused = log_in(user).post(path)

    assert refused.status_code == 403, (
        f"{path} is {refused.status_code} for an ordinary account. If others may "
        "change accounts too, change this test."
    )


def test_an_administrator_deactivates_an_account(
    app: Flask, user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    boss, browser = log_in(make_user("boss@example.com", is_admin=True)), log_in(user)
    path = url_of(app, "auth.change_user", number=user.id, act="deactivate")

    answer = boss.post(path)

    assert not is_logged_in(browser), (
        f"{path} is {answer.status_code}, and the account is still logged in. If an "
        "account is deactivated in another way, change this test."
    )


@pytest.mark.parametrize("act", ["deactivate", "demote", "end-sessions"])
def test_who_changes_the_own_account_is_told_so_on_the_start_page(
    act: str, app: Flask, log_in: LogIn, make_user: MakeUser
) -> None:
    make_user(is_admin=True)
    boss = make_user("boss@example.com", is_admin=True)
    path = url_of(app, "auth.change_user", number=boss.id, act=act)

    browser = log_in(boss)
    answer = submit(browser, path)
    shown = browser.get(answer.location or path)

    assert "You are" in shown.text, (
        f"{path} leads to {answer.location}, which does not say what has happened. "
        "If your page says it in other words, change this test."
    )


def test_an_invited_person_makes_an_account(
    app: Flask, client: FlaskClient, log_in: LogIn, make_user: MakeUser
) -> None:
    boss = log_in(make_user("boss@example.com", is_admin=True))
    form = {"password": PASSWORD, "confirm": PASSWORD}
    links: list[str] = []

    def listen(_: Flask, email: str, link: str) -> None:
        links.append(link)

    with invited.connected_to(listen):
        path = url_of(app, "auth.invite")
        made = boss.post(path, data={"email": "grace@example.com"})
    assert links, (
        f"{path} is {made.status_code}, and there is no invitation. If people are "
        "invited in another way, change this test."
    )
    assert links[0] in made.text, (
        f"{path} does not show the link, which people need if no mail arrives. If it "
        "should not, change this test."
    )
    answer = client.post(urlsplit(links[0]).path, data=form)

    assert is_logged_in(client), (
        f"The page of an invitation is {answer.status_code}. If an account has other "
        "required fields, pass them to invitations.accept() in that view, and change "
        "this test: add them to `form`."
    )


# Add your tests below this line.
