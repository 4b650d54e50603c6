"""Changes of one account by the API, and repetitions of different accounts."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import abort
from flask import Flask
from flask.typing import ResponseReturnValue

from app.accounts import account_changes
from app.accounts.access import current_user
from app.accounts.access import login_required
from app.accounts.administration import LastAdministratorError
from app.core import etags
from app.core import transactions
from app.core.idempotency import idempotent
from app.extensions import db
from app.models import User
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser

pytestmark = [
    pytest.mark.usefixtures("as_shipped"),
    pytest.mark.real_database,
]

WRITERS = 8


def shape(user: User) -> dict[str, object]:
    return {"id": user.id, "is_active": user.is_active, "is_admin": user.is_admin}


def change(user_id: int, *, is_active: bool, is_admin: bool) -> None:
    """Change an account as a view does."""
    with transactions.commit_own_work(db.session()):
        user = account_changes.lock(user_id) or abort(404)
        etags.check(shape(user))
        account_changes.set_rights(user, None, is_active=is_active, is_admin=is_admin)


def rights(app: Flask, user_id: int) -> tuple[bool, bool]:
    with app.app_context():
        user = db.session.get_one(User, user_id)
        return user.is_active, user.is_admin


@pytest.mark.parametrize("is_admin", [False, True])
@pytest.mark.parametrize("is_active", [False, True])
def test_an_account_gets_the_rights_that_are_given(
    app: Flask, make_user: MakeUser, is_active: bool, is_admin: bool
) -> None:
    make_user("boss@example.com", is_admin=True)
    user = make_user("ada@example.com")
    with app.test_request_context():
        change(user.id, is_active=is_active, is_admin=is_admin)

    assert rights(app, user.id) == (is_active, is_admin)


def test_there_is_no_lock_of_an_account_that_is_gone(app: Flask) -> None:
    with app.test_request_context():
        assert account_changes.lock(4711) is None


@pytest.mark.parametrize("is_active", [False, True])
def test_the_last_administrator_stays(
    app: Flask, make_user: MakeUser, is_active: bool
) -> None:
    boss = make_user("boss@example.com", is_admin=True)
    with app.test_request_context(), pytest.raises(LastAdministratorError):
        change(boss.id, is_active=is_active, is_admin=is_active is False)

    assert rights(app, boss.id) == (True, True)


def at_once(*threads: threading.Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_many_who_have_read_the_same_one_changes_it(
    app: Flask, make_user: MakeUser
) -> None:
    make_user("boss@example.com", is_admin=True)
    user = make_user("ada@example.com")
    with app.test_request_context():
        tag = etags.tag(shape(db.session.get_one(User, user.id)))
    done: list[int] = []
    together = threading.Barrier(WRITERS)

    def write() -> None:
        together.wait()
        headers = {"If-Match": f'"{tag}"'}
        with app.test_request_context(headers=headers):
            try:
                change(user.id, is_active=True, is_admin=True)
            except Exception as refused:  # noqa: BLE001  # a 412
                done.append(getattr(refused, "response").status_code)  # noqa: B009
            else:
                done.append(200)

    at_once(*[threading.Thread(target=write) for _ in range(WRITERS)])

    assert sorted(done) == [200, *[412] * (WRITERS - 1)]
    assert rights(app, user.id) == (True, True)


def test_two_administrators_cannot_remove_each_other(
    app: Flask, make_user: MakeUser
) -> None:
    bosses = [make_user(f"{name}@example.com", is_admin=True) for name in "ab"]
    refused: list[int] = []

    def demote(user_id: int) -> None:
        with app.test_request_context():
            try:
                change(user_id, is_active=True, is_admin=False)
            except LastAdministratorError:
                refused.append(user_id)

    at_once(*[threading.Thread(target=demote, args=[boss.id]) for boss in bosses])

    assert len(refused) == 1
    assert sorted(rights(app, boss.id)[1] for boss in bosses) == [False, True]


def test_a_key_of_one_account_is_not_that_of_another(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    @login_required
    @idempotent
    def whose() -> ResponseReturnValue:
        return {"id": current_user.id}

    app.add_url_rule("/api/whose", view_func=whose, methods=["POST"])
    accounts = [make_user(f"{name}@example.com") for name in ("ada", "grace")]
    headers = {"Idempotency-Key": "1"}
    answers = [
        log_in(account).post("/api/whose", headers=headers)
        for account in (*accounts, *accounts)
    ]

    ids = [account.id for account in accounts]
    assert [answer.get_json()["id"] for answer in answers] == [*ids, *ids]
    replayed = ["Idempotency-Replayed" in answer.headers for answer in answers]
    assert replayed == [False, False, True, True]


def test_locking_waits_for_no_reader(app: Flask, make_user: MakeUser) -> None:
    user = make_user("ada@example.com")
    with app.test_request_context():
        account_changes.lock(user.id)
        with db.session.session_factory() as own:
            assert own.scalar(sa.select(User.id).where(User.id == user.id))
        db.session.rollback()
