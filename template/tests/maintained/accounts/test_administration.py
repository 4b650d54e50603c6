"""What administrators do with accounts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import NotFound

from app.accounts import administration
from app.accounts import events
from app.accounts import tokens
from app.accounts import users
from app.accounts.administration import LastAdministratorError
from app.core.pagination import Pages
from app.core.rules import duration
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.maintained.statements import statements_of
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.required_fields import required_fields

pytestmark = pytest.mark.usefixtures("as_shipped")

NEW = "a longer horse, a better battery"
BY = 4711

Act = Callable[[User, int], None]
ACTS: dict[str, Act] = {
    "activate": administration.activate,
    "deactivate": administration.deactivate,
    "demote": administration.demote,
    "end sessions": administration.end_sessions,
    "promote": administration.promote,
    "set password": lambda user, by: administration.set_password(user, NEW, by),
}


def account_of(user: Account) -> User:
    return db.session.get_one(User, user.id)


def columns(user: Account) -> tuple[bool, bool]:
    """Return whether an account is active, and whether it is an administrator."""
    with db.session.session_factory() as own:
        row = own.execute(
            sa.select(User.is_active, User.is_admin).where(User.id == user.id)
        ).one()
    return row.is_active, row.is_admin


def test_an_account_is_deactivated_and_activated(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user)

    with app.app_context():
        administration.deactivate(account_of(user))
        assert columns(user) == (False, False)
    assert not is_logged_in(browser)
    with app.app_context():
        administration.activate(account_of(user))
        assert columns(user) == (True, False)


def test_an_account_is_promoted_and_demoted(
    app: Flask, user: Account, make_user: MakeUser
) -> None:
    make_user(is_admin=True)

    with app.app_context():
        administration.promote(account_of(user))
        assert columns(user) == (True, True)
        administration.demote(account_of(user))
        assert columns(user) == (True, False)


def test_ending_the_sessions_of_an_account_ends_no_others(
    app: Flask, user: Account, make_user: MakeUser, log_in: LogIn
) -> None:
    first, second, other = log_in(user), log_in(user), log_in(make_user())

    with app.app_context():
        assert len(administration.sessions_of(account_of(user))) == 2
        administration.end_sessions(account_of(user))
        assert administration.sessions_of(account_of(user)) == []

    assert not is_logged_in(first)
    assert not is_logged_in(second)
    assert is_logged_in(other)


def test_sessions_that_have_expired_are_not_listed(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    log_in(user)

    with app.app_context():
        db.session.execute(sa.update(UserSession).values(expires_at=datetime.now(UTC)))
        assert administration.sessions_of(account_of(user)) == []


def test_sessions_that_a_shorter_lifetime_has_ended_are_not_listed(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(user)
    monkeypatch.setitem(app.config, "SESSION_ABSOLUTE_LIFETIME", timedelta(0))

    with app.app_context():
        assert administration.sessions_of(account_of(user)) == []


def test_a_new_password_logs_out_and_ends_the_links_of_the_account(
    app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user)
    heard: list[dict[str, object]] = []

    def listen(_: Flask, **values: object) -> None:
        heard.append(values)

    with app.app_context(), events.password_changed.connected_to(listen):
        lifetime = duration("INVITATION_LIFETIME")
        token = tokens.create("test", user.email, lifetime, user=account_of(user))
        administration.set_password(account_of(user), NEW)

        assert account_of(user).check_password(NEW)
        assert tokens.find("test", token) is None
    assert not is_logged_in(browser)
    assert heard == [{"user_id": user.id, "email": user.email}]


@pytest.mark.parametrize("password", ["short", "ada@example.com"])
def test_a_password_that_is_refused_changes_nothing(
    password: str, app: Flask, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user)

    with app.app_context(), pytest.raises(ValueError, match="password"):
        administration.set_password(account_of(user), password)

    assert is_logged_in(browser)


@pytest.mark.real_database
def test_no_connection_is_held_while_a_password_is_hashed(
    app: Flask, user: Account, open_while_hashing: list[bool]
) -> None:
    with app.app_context():
        administration.set_password(account_of(user), NEW)

    assert open_while_hashing == [False]


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_each_act_is_one_line_without_the_address(
    act: Act,
    app: Flask,
    user: Account,
    make_user: MakeUser,
    log_in: LogIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_user(is_admin=True)
    log_in(user)
    caplog.set_level(logging.INFO)
    caplog.clear()

    with app.app_context():
        act(account_of(user), BY)

    lines = [vars(record)["fields"] for record in caplog.records]
    assert [(line["account"], line["by"]) for line in lines] == [(user.id, BY)]
    assert user.email not in str(lines)


def test_a_line_names_a_command(
    app: Flask, user: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    with app.app_context():
        administration.promote(account_of(user))

    assert vars(caplog.records[-1])["fields"] == {
        "event": "account promoted",
        "account": user.id,
        "by": "command",
    }


@pytest.mark.real_database
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_act_is_committed_unless_the_caller_has_work(
    act: Act, app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    make_user(is_admin=True)
    user = make_user(is_admin=act != administration.promote, is_active=True)
    if act == administration.activate:
        with app.app_context():
            administration.deactivate(account_of(user))
    else:
        log_in(user)

    def state() -> list[object]:
        rows = sa.select(User.is_active, User.is_admin, User.password_hash)
        with db.session.session_factory() as own:
            ids = own.scalars(sa.select(UserSession.id)).all()
            return [*own.execute(rows.order_by(User.id)), *ids]

    with app.app_context():
        before, account = state(), account_of(user)
        own = {"email": "callers@example.com", "password_hash": "x"}
        db.session.add(User(**own, **required_fields()))
        act(account, BY)
        db.session.rollback()
        assert state() == before

        act(account_of(user), BY)
        db.session.rollback()
        assert state() != before


@pytest.mark.parametrize("act", [administration.demote, administration.deactivate])
@pytest.mark.parametrize(
    "others",
    [{}, {"is_active": False}, {"delete_after": datetime(2100, 1, 1, tzinfo=UTC)}],
    ids=["ordinary", "inactive", "to be deleted"],
)
def test_the_last_active_administrator_stays(
    others: dict[str, Any], act: Act, app: Flask, make_user: MakeUser
) -> None:
    last = make_user(is_admin=True)
    make_user(is_admin=bool(others), **others)

    with app.app_context():
        with pytest.raises(LastAdministratorError, match="an administrator first"):
            act(account_of(last), BY)
        assert columns(last) == (True, True)


def test_an_administrator_of_several_can_go(app: Flask, make_user: MakeUser) -> None:
    first, second = make_user(is_admin=True), make_user(is_admin=True)

    with app.app_context():
        administration.deactivate(account_of(first))
        with pytest.raises(LastAdministratorError):
            administration.demote(account_of(second))


@pytest.mark.parametrize("active", [True, False])
def test_an_account_that_counts_for_nothing_can_go(
    active: bool, app: Flask, user: Account, make_user: MakeUser
) -> None:
    make_user(is_admin=True)
    inactive = make_user(is_admin=True, is_active=False)

    with app.app_context():
        one = account_of(user if active else inactive)
        administration.deactivate(one)
        assert not one.is_active


@pytest.mark.real_database
@pytest.mark.parametrize("act", [administration.demote, administration.deactivate])
def test_of_administrators_who_remove_each_other_one_stays(
    act: Act, app: Flask, make_user: MakeUser
) -> None:
    accounts = [make_user(is_admin=True) for _ in range(6)]
    start = threading.Barrier(len(accounts))
    refused: list[str] = []

    def remove(account: Account) -> None:
        with app.app_context():
            user = account_of(account)
            start.wait()
            try:
                act(user, BY)
            except LastAdministratorError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=remove, args=(each,)) for each in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        left = [each for each in accounts if columns(each) == (True, True)]
    assert len(left) == 1
    assert len(refused) == 1


def listed(app: Flask, *narrowed: str, query: str = "") -> Pages[User]:
    with app.test_request_context(f"/?{query}"):
        return administration.list_accounts(*narrowed)


@pytest.mark.parametrize(
    ("search", "only", "found"),
    [
        ("", "", ["c_d", "boss", "ada"]),
        ("EXAMPLE.com", "", ["c_d", "boss", "ada"]),
        (" ada@ ", "", ["ada"]),
        ("_", "", ["c_d"]),
        ("%", "", []),
        ("\0ada", "", ["ada"]),
        ("x" * 60_000, "", []),
        ("", "administrators", ["boss"]),
        ("", "inactive", ["c_d"]),
        ("", "unconfirmed", ["ada"]),
        ("ada", "administrators", []),
        ("", "password_hash", ["c_d", "boss", "ada"]),
    ],
)
def test_a_list_is_narrowed(
    search: str, only: str, found: list[str], app: Flask, make_user: MakeUser
) -> None:
    make_user("ada@example.com", is_confirmed=False)
    make_user("boss@example.com", is_admin=True)
    make_user("c_d@example.com", is_active=False)

    emails = [user.email for user in listed(app, search, only).items]

    assert emails == [f"{name}@example.com" for name in found]


def test_every_page_costs_two_queries(app: Flask) -> None:
    with app.app_context():
        for number in range(70):
            own = {"email": f"a{number}@example.com", "password_hash": "x"}
            db.session.add(User(**own, **required_fields()))
        db.session.commit()

    costs = []
    pages = listed(app, "example", "")
    while pages.next_url:
        with statements_of(app) as sent:
            pages = listed(app, "example", "", query=pages.next_url[1:])
        costs.append(len([text for text in sent if text.startswith("SELECT")]))

    assert costs == [2, 2, 2]


def test_a_place_that_no_account_follows_is_404(app: Flask, user: Account) -> None:
    with pytest.raises(NotFound):
        listed(app, query=f"after={user.id}")


def test_an_account_is_found_by_its_id(app: Flask, user: Account) -> None:
    with app.app_context():
        assert administration.find(user.id) is account_of(user)
        assert administration.find(user.id + 1) is None
        assert users.authenticate(user.email, PASSWORD)
