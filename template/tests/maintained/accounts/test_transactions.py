"""Accounts: what is committed, what waits for locks, and what hooks rely on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import Response
from flask import send_file
from flask.testing import FlaskClient
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import OperationalError

from app.accounts import passwords
from app.accounts import sessions
from app.accounts import users
from app.accounts.access import logged_in_account
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.required_fields import required_fields

pytestmark = pytest.mark.usefixtures("as_shipped")

NEW = "a longer horse, a better battery"

AddView = Callable[[Callable[[], Any]], str]


@pytest.fixture
def add_view(app: Flask, monkeypatch: pytest.MonkeyPatch) -> AddView:
    """Return a function that adds a view for logged-in users."""

    def add(view: Callable[[], Any]) -> str:
        def guarded() -> Any:
            assert current_user.is_authenticated
            return view()

        monkeypatch.setitem(app.view_functions, "health", guarded)
        return "/api/health"

    return add


def account_of(user: Account) -> User:
    return db.session.get_one(User, user.id)


def test_create_accepts_additional_fields(app: Flask) -> None:
    then = datetime(2020, 2, 29, tzinfo=UTC)
    with app.app_context():
        made = users.create("new@example.com", PASSWORD, created_at=then)

        assert made.created_at == then


def test_create_refuses_an_unknown_field(app: Flask) -> None:
    with app.app_context(), pytest.raises(TypeError, match=r"'nme' .* User"):
        users.create("new@example.com", PASSWORD, nme="Ada")


def test_other_violated_constraints_are_not_reported_as_taken(
    app: Flask, user: Account
) -> None:
    with app.app_context():
        with pytest.raises(IntegrityError):
            users.create("new@example.com", PASSWORD, id=user.id)
        with pytest.raises(users.EmailTakenError):
            users.create(user.email, PASSWORD)


@pytest.mark.real_database
def test_an_account_with_a_related_persistent_object_is_committed(
    app: Flask, user: Account, logged_in_client: FlaskClient
) -> None:
    with app.app_context():
        kept = account_of(user).sessions
        users.create("new@example.com", PASSWORD, sessions=list(kept))
        db.session.rollback()

        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 2


def test_a_constraint_violated_by_the_caller_is_raised_unchanged(
    app: Flask, user: Account
) -> None:
    with app.app_context():
        db.session.add(User(email=user.email, password_hash="x", **required_fields()))
        with pytest.raises(IntegrityError):
            users.create("new@example.com", PASSWORD)
        db.session.rollback()


@pytest.mark.real_database
def test_loading_the_account_loads_no_related_objects(
    app: Flask,
    user: Account,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Like a relationship that an owner declares with lazy="selectin".
    relationship: Any = User.sessions.property
    eager = relationship._get_strategy((("lazy", "selectin"),))
    monkeypatch.setattr(relationship, "strategy", eager)
    browser = log_in(user)

    def view() -> str:
        kept = db.session.scalars(sa.select(UserSession)).all()
        assert current_user.id == user.id
        return str(len(kept))

    monkeypatch.setitem(app.view_functions, "health", view)

    assert browser.get("/api/health").text == "1"


ACTS: dict[str, Callable[[User], object]] = {
    "create": lambda _: users.create("new@example.com", PASSWORD),
    "change the password": lambda user: users.change_password(user, PASSWORD, NEW),
    "deactivate": users.deactivate,
    "begin a session": sessions.begin,
}


def state() -> list[object]:
    """Return everything that the calls may change."""
    accounts = sa.select(User.email, User.password_hash, User.is_active)
    kept = sa.select(UserSession.user_id)
    with db.session.session_factory() as own:
        return [*own.execute(accounts.order_by(User.id)), *own.execute(kept)]


@pytest.mark.real_database
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_each_function_commits_its_work(
    act: Callable[[User], object], app: Flask, user: Account
) -> None:
    with app.test_request_context():
        before = state()
        act(account_of(user))
        db.session.rollback()

        assert state() != before


@pytest.mark.real_database
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("committed", [True, False])
def test_with_uncommitted_work_the_caller_has_to_commit(
    committed: bool, act: Callable[[User], object], app: Flask, user: Account
) -> None:
    with app.test_request_context():
        account = account_of(user)
        before = state()
        own = {"email": "callers@example.com", "password_hash": "x"}
        db.session.add(User(**own, **required_fields()))
        act(account)

        if committed:
            db.session.commit()
        db.session.rollback()
        found = db.session.scalar(sa.select(User).where(User.password_hash == "x"))
        assert (found is not None) is committed
        assert (state() != before) is committed


def test_a_taken_email_undoes_no_work_of_the_caller(app: Flask, user: Account) -> None:
    with app.app_context():
        own = {"email": "callers@example.com", "password_hash": "x"}
        db.session.add(User(**own, **required_fields()))
        with pytest.raises(users.EmailTakenError):
            users.create(user.email, PASSWORD)
        db.session.commit()

        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 2


@pytest.mark.real_database
def test_reading_current_user_holds_no_connection(
    app: Flask, logged_in_client: FlaskClient, add_view: AddView
) -> None:
    def held() -> str:
        pool: Any = db.engine.pool
        return str(pool.checkedout())

    assert logged_in_client.get(add_view(held)).text == "0"


@pytest.mark.real_database
def test_current_user_is_in_the_database_session_and_can_be_changed(
    app: Flask, user: Account, logged_in_client: FlaskClient, add_view: AddView
) -> None:
    def change() -> str:
        current_user.email = "changed@example.com"
        db.session.commit()
        assert current_user._get_current_object() is account_of(user)
        return str(len(current_user.sessions))

    assert logged_in_client.get(add_view(change)).text == "1"
    with app.app_context():
        assert account_of(user).email == "changed@example.com"


@pytest.mark.real_database
def test_reading_current_user_keeps_changes_of_the_view(
    app: Flask,
    user: Account,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change() -> str:
        account = account_of(user)
        account.email = "changed@example.com"
        assert current_user._get_current_object() is account
        db.session.commit()
        return "Changed."

    monkeypatch.setitem(app.view_functions, "health", change)

    assert logged_in_client.get("/api/health").text == "Changed."
    with app.app_context():
        assert account_of(user).email == "changed@example.com"


def make_stale(app: Flask) -> None:
    with app.app_context():
        then = datetime.now(UTC) - timedelta(hours=1)
        db.session.execute(sa.update(UserSession).values(seen_at=then))
        db.session.commit()


def seen_lately(app: Flask) -> bool:
    with app.app_context():
        recent = UserSession.seen_at > datetime.now(UTC) - timedelta(minutes=10)
        return db.session.scalar(sa.select(UserSession.id).where(recent)) is not None


@pytest.mark.real_database
def test_the_update_of_last_seen_does_not_wait(
    app: Flask, logged_in_client: FlaskClient
) -> None:
    make_stale(app)
    with app.app_context(), db.engine.begin() as other:
        other.execute(sa.update(UserSession).values(browser="held"))
        begun = time.monotonic()
        assert logged_in_client.get("/dashboard").status_code == 200
        assert time.monotonic() - begun < 1
    assert not seen_lately(app)

    assert logged_in_client.get("/dashboard").status_code == 200
    assert seen_lately(app)


def by_another_connection(statement: Any) -> None:
    with db.engine.begin() as connection:
        connection.execute(statement)


def expire_after(statement: Any) -> None:
    by_another_connection(statement)
    db.session.expire_all()


def delete(**options: Any) -> None:
    db.session.execute(sa.delete(User), execution_options=options)
    db.session.commit()


def delete_object() -> None:
    db.session.delete(current_user._get_current_object())
    db.session.commit()


def commit_and(end: Callable[[], None]) -> None:
    db.session.execute(sa.delete(User).where(User.id == 0))
    db.session.commit()
    end()


OFF = sa.update(User).values(is_active=False)
EVENTS: dict[str, Callable[[], object]] = {
    "commit": db.session.commit,
    "rollback": db.session.rollback,
    "commit, close": lambda: commit_and(db.session.close),
    "commit, remove": lambda: commit_and(db.session.remove),
    "expire": db.session.expire_all,
    "expunge": db.session.expunge_all,
    "deleted as an object": delete_object,
    "deleted by a statement": delete,
    "deleted without synchronisation": lambda: delete(synchronize_session=False),
    "deleted elsewhere": lambda: by_another_connection(sa.delete(User)),
    "deleted elsewhere, expired": lambda: expire_after(sa.delete(User)),
    "deactivated": lambda: users.deactivate(logged_in_account()),
    "deactivated elsewhere, expired": lambda: expire_after(OFF),
}


@pytest.mark.real_database
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
@pytest.mark.parametrize("then", ["answer", "log out"])
def test_the_response_is_complete_if_the_account_is_lost_or_locked(
    then: str,
    event: Callable[[], object],
    user: Account,
    log_in: LogIn,
    add_view: AddView,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def view() -> Response:
        event()
        if then == "log out":
            sessions.end()
        return Response("Done.")

    browser = log_in(user, remember=True)
    make_stale(app)
    # The cookie is signed with an older key, so that each hook has work to do.
    old, new = app.config["SECRET_KEY"], "n" * 40
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [old])
    monkeypatch.setitem(app.config, "SECRET_KEY", new)

    answer = browser.get(add_view(view))

    assert (answer.status_code, answer.text) == (200, "Done.")
    assert "private" in answer.headers["Cache-Control"]
    assert "Content-Security-Policy" in answer.headers
    assert "X-Request-ID" in answer.headers


def a_file() -> Response:
    return send_file(BytesIO(b"private"), "text/plain")


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        (None, {"no-store", "private"}),
        ("a file", {"no-cache", "private"}),
        ("no-cache", {"no-cache", "private"}),
        ("max-age=60", {"max-age=60", "private"}),
        ("private, max-age=60", {"max-age=60", "private"}),
        ("public, max-age=60", {"max-age=60", "public"}),
        ("s-maxage=60", {"s-maxage=60"}),
    ],
)
def test_responses_for_users_are_private_unless_the_view_says_public(
    said: str | None,
    sent: set[str],
    logged_in_client: FlaskClient,
    add_view: AddView,
) -> None:
    def view() -> Response:
        if said == "a file":
            return a_file()
        return Response("Mine.", headers={"Cache-Control": said} if said else {})

    with logged_in_client.get(add_view(view)) as answer:
        (line,) = answer.headers.getlist("Cache-Control")

    assert set(line.split(", ")) == sent


def test_a_log_in_is_private(client: FlaskClient, user: Account) -> None:
    form = {"email": user.email, "password": user.password}

    assert "private" in client.post("/auth/login", data=form).headers["Cache-Control"]


@pytest.mark.real_database
@pytest.mark.parametrize(
    "values",
    [{"password_hash": "another"}, {"is_active": False}, None],
    ids=["changed", "deactivated", "deleted"],
)
def test_no_session_starts_for_an_account_that_changed_concurrently(
    values: dict[str, Any] | None, app: Flask, user: Account
) -> None:
    with app.test_request_context():
        account = users.authenticate(user.email, user.password)
        assert account
        change = sa.update(User).values(values) if values else sa.delete(User)
        by_another_connection(change)

        assert not sessions.begin(account)
        assert not current_user.is_authenticated
        assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 0


@pytest.mark.real_database
def test_the_row_of_an_account_is_locked_while_a_session_starts(
    app: Flask, user: Account
) -> None:
    free = sa.select(User.id).with_for_update(skip_locked=True)
    with app.app_context():
        assert sessions.lock_unchanged(account_of(user))
        try:
            with db.engine.connect() as other:
                options = {"lock_timeout": 0}
                found = other.scalar(free, execution_options=options)
        except OperationalError:  # SQLite has one lock and no SKIP LOCKED
            found = None

    assert found is None


def test_the_log_in_page_reports_a_concurrent_change(
    client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.accounts.sessions.lock_unchanged", lambda _: False)
    form = {"email": user.email, "password": user.password}

    assert "password is wrong" in client.post("/auth/login", data=form).text


@pytest.mark.real_database
def test_a_log_in_at_the_same_time_may_renew_the_hash_first(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "HASH_METHOD", "pbkdf2:sha256:2")
    hashed = passwords.hash_password

    def come_second(password: str) -> str:
        by_another_connection(sa.update(User).values(password_hash=hashed(password)))
        return hashed(password)

    with app.app_context():
        passwords.dummy_hash()
        monkeypatch.setattr("app.accounts.passwords.hash_password", come_second)

        assert users.authenticate(user.email, user.password)


@pytest.mark.real_database
def test_eight_concurrent_log_ins_leave_a_single_session(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SINGLE_SESSION", True)
    threads = [threading.Thread(target=log_in, args=(user,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 1


@pytest.mark.real_database
def test_eight_concurrent_log_ins_delete_expired_sessions(
    app: Flask, user: Account, make_user: MakeUser, log_in: LogIn
) -> None:
    accounts = [user, *(make_user() for _ in range(7))]
    then = datetime.now(UTC) - timedelta(days=1)
    rows = [
        {
            "user_id": accounts[number % 8].id,
            "token_hash": f"{number:064}",
            "created_at": then,
            "seen_at": then,
            "expires_at": then,
            "browser": "",
            "remembered": False,
        }
        for number in range(3000)
    ]
    with app.app_context():
        db.session.execute(sa.insert(UserSession), rows)
        db.session.commit()

    threads = [threading.Thread(target=log_in, args=(each,)) for each in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 8
