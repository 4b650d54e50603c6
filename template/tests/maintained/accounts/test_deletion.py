"""Deleting an account, at once or after a time in which a log-in keeps it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from blinker import Signal
from flask import Flask
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner
from sqlalchemy.exc import IntegrityError

from app.accounts import administration
from app.accounts import deletion
from app.accounts import events
from app.accounts import grace as grace_period
from app.accounts import users
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import remember_cookie

pytestmark = pytest.mark.usefixtures("as_shipped")

DAY = timedelta(days=1)
WRONG = "This is not your password."

Spend = Callable[[timedelta], None]


def delete(browser: FlaskClient, account: Account) -> Any:
    return browser.post("/auth/delete", data={"password": account.password})


def emails(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(User.email).order_by(User.id)))


def fields_of(app: Flask, account: Account) -> tuple[bool, datetime | None]:
    """Return whether an account is active, and when it is to be deleted."""
    with app.app_context():
        user = db.session.get_one(User, account.id)
        return user.is_active, user.delete_after


def log_in_by_form(browser: FlaskClient, account: Account, password: str = "") -> bool:
    form = {"email": account.email, "password": password or account.password}
    browser.post("/auth/login", data=form)
    return is_logged_in(browser)


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    """Collect what is sent."""
    calls: list[dict[str, Any]] = []

    def note(sender: Flask, **values: Any) -> None:
        assert isinstance(sender, Flask)
        calls.append(values)

    with signal.connected_to(note):
        yield calls


def facts_of(account: Account) -> dict[str, Any]:
    """Return what events say about an account."""
    return {"user_id": account.id, "email": account.email, "is_confirmed": True}


@pytest.fixture
def grace(app: Flask, as_shipped: None, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    monkeypatch.setitem(app.config, "DELETION_GRACE", 7 * DAY)
    return 7 * DAY


@pytest.fixture
def spend(app: Flask) -> Spend:
    """Return a function that lets time pass for planned deletions."""

    def change(by: timedelta) -> None:
        with app.app_context():
            for user in db.session.scalars(sa.select(User)):
                if user.delete_after:
                    user.delete_after -= by
            db.session.commit()

    return change


def test_an_account_is_deleted_with_its_sessions(
    app: Flask, user: Account, log_in: LogIn, make_user: MakeUser
) -> None:
    other = make_user()
    here, there = log_in(user, remember=True), log_in(user)
    with heard(events.account_deleted) as calls:
        response = delete(here, user)

    assert response.location == "/"
    assert emails(app) == [other.email]
    assert calls == [facts_of(user)]
    assert not is_logged_in(here)
    assert not is_logged_in(there)
    assert here.get_cookie(remember_cookie(here)) is None
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 0


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_deletes_nothing(
    password: str, app: Flask, user: Account, logged_in_client: FlaskClient
) -> None:
    answer = logged_in_client.post("/auth/delete", data={"password": password})

    assert answer.text == WRONG
    assert emails(app) == [user.email]
    assert is_logged_in(logged_in_client)


def test_guesses_are_limited(user: Account, logged_in_client: FlaskClient) -> None:
    for _ in range(10):
        logged_in_client.post("/auth/delete", data={"password": "wrong"})

    assert delete(logged_in_client, user).status_code == 429


def test_a_password_that_changes_meanwhile_deletes_nothing(
    app: Flask,
    user: Account,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has_password = users.has_password

    def changed_meanwhile(account: User, password: str) -> bool:
        right = has_password(account, password)
        with app.app_context():
            db.session.execute(sa.update(User).values(password_hash="another"))
            db.session.commit()
        return right

    monkeypatch.setattr(users, "has_password", changed_meanwhile)

    assert delete(logged_in_client, user).text == WRONG
    assert emails(app) == [user.email]


def test_the_last_active_administrator_stays(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    last = make_user(is_admin=True)
    make_user(is_admin=True, is_active=False)

    answer = delete(log_in(last), last)

    assert answer.text == administration.LastAdministratorError.__name__
    assert fields_of(app, last) == (True, None)


@pytest.mark.usefixtures("grace")
def test_the_last_active_administrator_is_not_planned_either(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    first, second = make_user(is_admin=True), make_user(is_admin=True)
    here = log_in(second)

    assert delete(log_in(first), first).location == "/"
    assert delete(here, second).text == administration.LastAdministratorError.__name__
    assert fields_of(app, second) == (True, None)


@pytest.mark.real_database
def test_two_administrators_do_not_delete_each_other(
    app: Flask,
    make_user: MakeUser,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accounts = [make_user(is_admin=True), make_user(is_admin=True)]
    browsers = [log_in(one) for one in accounts]
    both, lock = threading.Barrier(2, timeout=20), deletion.lock

    def wait_for_the_other(*given: Any) -> User | None:
        both.wait()
        return lock(*given)

    monkeypatch.setattr(deletion, "lock", wait_for_the_other)
    threads = [
        threading.Thread(target=delete, args=pair)
        for pair in zip(browsers, accounts, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(emails(app)) == 1


@pytest.fixture
def notes(app: Flask) -> Iterator[sa.Table]:
    """A table of the owner whose rows refer to an account."""
    base = User.metadata
    table = sa.Table(
        "notes_of_this_test",
        base,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.ForeignKey("users.id"), nullable=True),
    )
    with app.app_context():
        table.create(db.engine)
    yield table
    with app.app_context():
        table.drop(db.engine)
    base.remove(table)


@pytest.fixture
def note(app: Flask, notes: sa.Table, user: Account) -> sa.Table:
    with app.app_context():
        db.session.execute(sa.insert(notes).values(author_id=user.id))
        db.session.commit()
    return notes


@pytest.mark.real_database
def test_rows_that_refer_to_the_account_keep_it_whole(
    app: Flask,
    user: Account,
    logged_in_client: FlaskClient,
    note: sa.Table,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with heard(events.account_deleted) as calls:
        answer = delete(logged_in_client, user)

    assert answer.text == deletion.StillReferredError.__name__
    assert calls == []
    assert fields_of(app, user) == (True, None)
    assert is_logged_in(logged_in_client)
    (line,) = (one for one in caplog.records if one.levelno == logging.ERROR)
    fields = vars(line)["fields"]
    assert fields["account"] == user.id
    assert fields["columns"] == "notes_of_this_test.author_id"


@pytest.mark.real_database
def test_a_listener_can_take_the_rows_along(
    app: Flask, user: Account, logged_in_client: FlaskClient, note: sa.Table
) -> None:
    def leave_without_author(_: Flask, user_id: int) -> None:
        theirs = sa.update(note).where(note.c.author_id == user_id)
        db.session.execute(theirs.values(author_id=None))

    with events.before_deletion.connected_to(leave_without_author):
        assert delete(logged_in_client, user).location == "/"

    assert emails(app) == []
    with app.app_context():
        assert db.session.execute(sa.select(note.c.author_id)).all() == [(None,)]


@pytest.mark.real_database
def test_what_a_listener_changed_goes_back_if_the_deletion_fails(
    app: Flask, user: Account, make_user: MakeUser, log_in: LogIn, note: sa.Table
) -> None:
    other = make_user()

    def rename(_: Flask, user_id: int) -> None:
        theirs = sa.update(User).where(User.id != user_id)
        db.session.execute(theirs.values(password_hash="changed"))

    with events.before_deletion.connected_to(rename):
        delete(log_in(user), user)

    with app.app_context():
        assert db.session.get_one(User, other.id).password_hash != "changed"


def test_with_a_grace_the_account_is_planned(
    app: Flask, user: Account, log_in: LogIn, grace: timedelta
) -> None:
    here, there = log_in(user, remember=True), log_in(user)
    with heard(events.deletion_planned) as calls, heard(events.account_deleted) as no:
        assert delete(here, user).location == "/"

    is_active, when = fields_of(app, user)
    assert not is_active
    assert when
    assert abs(when - datetime.now(UTC) - grace) < timedelta(minutes=1)
    assert calls == [{**facts_of(user), "when": when}]
    assert no == []
    assert not is_logged_in(here)
    assert not is_logged_in(there)


@pytest.mark.usefixtures("grace")
def test_a_log_in_keeps_the_account(
    app: Flask,
    client: FlaskClient,
    user: Account,
    log_in: LogIn,
    logged_in_client: FlaskClient,
) -> None:
    thief = log_in(user)
    delete(logged_in_client, user)

    assert log_in_by_form(client, user)

    assert fields_of(app, user) == (True, None)
    assert "Your account is kept" in client.get("/dashboard").text
    # Its former sessions are not there again.
    assert not is_logged_in(thief)


@pytest.mark.usefixtures("grace")
def test_a_wrong_password_does_not_keep_it_and_gets_the_same_answer(
    app: Flask, client: FlaskClient, user: Account, logged_in_client: FlaskClient
) -> None:
    delete(logged_in_client, user)
    planned = {"email": user.email, "password": "wrong"}
    unknown = {"email": "nobody@example.com", "password": "wrong"}

    first = client.post("/auth/login", data=planned)
    second = client.post("/auth/login", data=unknown)

    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert fields_of(app, user)[0] is False


@pytest.mark.usefixtures("grace")
def test_nothing_keeps_it_when_its_time_has_come(
    app: Flask,
    client: FlaskClient,
    user: Account,
    logged_in_client: FlaskClient,
    spend: Spend,
) -> None:
    delete(logged_in_client, user)
    spend(7 * DAY)

    assert not log_in_by_form(client, user)
    assert fields_of(app, user)[0] is False
    with app.app_context():
        password_hash = db.session.get_one(User, user.id).password_hash
        # A purge may begin while the password is hashed.
        assert not grace_period.keep(user.id, password_hash)


@pytest.mark.usefixtures("grace")
@pytest.mark.parametrize("function", [users.deactivate, administration.deactivate])
def test_nothing_keeps_it_from_an_administrator(
    function: Callable[[User], None],
    app: Flask,
    client: FlaskClient,
    user: Account,
    logged_in_client: FlaskClient,
) -> None:
    delete(logged_in_client, user)
    with app.app_context():
        function(db.session.get_one(User, user.id))

    assert not log_in_by_form(client, user)
    assert fields_of(app, user) == (False, None)


def test_a_deactivated_account_is_not_activated_by_a_log_in(
    app: Flask, client: FlaskClient, make_user: MakeUser
) -> None:
    blocked = make_user(is_active=False)

    assert not log_in_by_form(client, blocked)
    assert fields_of(app, blocked) == (False, None)


@pytest.mark.usefixtures("grace")
def test_purge_deletes_what_is_due_and_nothing_else(
    app: Flask,
    runner: FlaskCliRunner,
    make_user: MakeUser,
    log_in: LogIn,
    spend: Spend,
) -> None:
    due, kept = make_user("due@example.com"), make_user("active@example.com")
    make_user("blocked@example.com", is_active=False)
    delete(log_in(due), due)
    spend(4 * DAY)
    later = make_user("later@example.com")
    delete(log_in(later), later)
    spend(4 * DAY)

    with heard(events.account_deleted) as calls:
        result = runner.invoke(args=["users", "purge"])

    assert (result.exit_code, result.stdout) == (0, "Deleted accounts: 1.\n")
    assert calls == [facts_of(due)]
    assert set(emails(app)) == {kept.email, "blocked@example.com", later.email}


@pytest.mark.usefixtures("grace")
@pytest.mark.parametrize("function", [administration.activate, None])
def test_purge_leaves_an_account_that_was_activated(
    function: Callable[[User], None] | None,
    app: Flask,
    user: Account,
    logged_in_client: FlaskClient,
    spend: Spend,
) -> None:
    delete(logged_in_client, user)
    spend(8 * DAY)
    with app.app_context():
        account = db.session.get_one(User, user.id)
        if function:
            function(account)
        else:
            account.is_active = True
            db.session.commit()

        assert deletion.purge() == (0, 0)
    assert fields_of(app, user)[0] is True


@pytest.mark.real_database
def test_purge_does_not_stop_at_an_account_that_cannot_be_deleted(
    app: Flask,
    runner: FlaskCliRunner,
    user: Account,
    make_user: MakeUser,
    note: sa.Table,
) -> None:
    second = make_user()
    with app.app_context():
        past = datetime.now(UTC) - DAY
        change = sa.update(User).values(is_active=False, delete_after=past)
        db.session.execute(change)
        db.session.commit()

    result = runner.invoke(args=["users", "purge"])

    assert result.exit_code == 1
    assert "Deleted accounts: 1." in result.output
    assert "1 could not be deleted" in result.output
    assert emails(app) == [user.email]
    assert second.email not in emails(app)


def test_purge_does_not_stop_at_a_listener_that_raises(
    app: Flask,
    user: Account,
    make_user: MakeUser,
    caplog: pytest.LogCaptureFixture,
) -> None:
    second = make_user()

    def fail(sender: Flask, user_id: int) -> None:
        if user_id == user.id:
            raise RuntimeError("no such bucket")

    with app.app_context(), events.before_deletion.connected_to(fail):
        past = datetime.now(UTC) - DAY
        change = sa.update(User).values(is_active=False, delete_after=past)
        db.session.execute(change)
        db.session.commit()
        assert deletion.purge() == (1, 1)

    assert emails(app) == [user.email]
    assert second.email not in emails(app)
    assert "no such bucket" in caplog.text


@pytest.mark.real_database
@pytest.mark.parametrize("setting", [0, 7 * DAY])
def test_the_caller_commits_its_own_work(
    setting: object, app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    when, here = datetime.now(UTC), User.email == user.email
    with app.test_request_context():
        db.session.execute(sa.update(User).values(is_confirmed=False))
        if setting:
            assert deletion.plan(user.id, here, when)
        else:
            assert deletion.delete(user.id, here)
        db.session.rollback()

    assert fields_of(app, user) == (True, None)


@pytest.mark.real_database
def test_no_connection_is_held_while_hashing(
    user: Account, logged_in_client: FlaskClient, open_while_hashing: list[bool]
) -> None:
    delete(logged_in_client, user)

    assert open_while_hashing == [False]


def test_another_violation_of_the_caller_is_raised(app: Flask, user: Account) -> None:
    def break_a_rule(_: Flask, user_id: int) -> None:
        raise IntegrityError("a statement", None, ValueError("a rule"))

    with (
        app.test_request_context(),
        events.before_deletion.connected_to(break_a_rule),
        pytest.raises(deletion.StillReferredError),
    ):
        deletion.delete(user.id, User.email == user.email)
    assert emails(app) == [user.email]
