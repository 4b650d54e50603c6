"""Tokens of links: used once, for one purpose, as long as the account is as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import events
from app.accounts import tokens
from app.accounts import users
from app.core.transactions import connections
from app.extensions import db
from app.models import AccountToken
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("as_shipped")

HOUR = timedelta(hours=1)
NEW = "a longer horse, a better battery"


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def account_of(user: Account) -> User:
    return db.session.get_one(User, user.id)


def made(user: Account, purpose: str = "try", lifetime: timedelta = HOUR) -> str:
    return tokens.create(purpose, user.email, lifetime, user=account_of(user))


def number() -> int:
    return db.session.scalar(sa.select(sa.func.count(AccountToken.id))) or 0


def test_a_token_is_used_once(user: Account) -> None:
    token = made(user)

    used = tokens.use("try", token)

    assert used is not None
    assert (used.user_id, used.email, used.purpose) == (user.id, user.email, "try")
    assert tokens.use("try", token) is None
    assert tokens.find("try", token) is None
    assert number() == 0


def test_looking_at_a_token_changes_nothing(user: Account) -> None:
    token = made(user)

    for _ in range(3):
        found = tokens.find("try", token)
        assert found is not None
        assert found.email == user.email
    assert not connections(db.session())

    assert tokens.use("try", token)


def test_a_token_without_an_account_is_for_an_address() -> None:
    token = tokens.create("try", "new@example.com", HOUR)

    found = tokens.find("try", token)
    assert found is not None
    assert (found.user_id, found.email) == (None, "new@example.com")
    assert tokens.use("try", token)
    assert tokens.use("try", token) is None


def test_the_database_has_the_hash_of_a_token_only(user: Account) -> None:
    token = made(user)

    row = db.session.execute(sa.select(AccountToken.__table__)).one()
    assert token not in map(str, row)
    assert len(row.token_hash) == 64
    # Who reads the table cannot use what is there.
    assert tokens.use("try", row.token_hash) is None


def test_tokens_cannot_be_guessed(user: Account) -> None:
    first, second = made(user), made(user)

    assert first != second
    assert len(first) >= 43  # 32 bytes


@pytest.mark.parametrize("given", ["", "x", "\0", "\ud800", "ü" * 5000, "' OR 1=1 --"])
def test_what_is_no_token_is_not_valid(given: str, user: Account) -> None:
    made(user)

    assert tokens.find("try", given) is None
    assert tokens.use("try", given) is None


def test_a_token_is_for_one_purpose(user: Account) -> None:
    token = made(user)

    assert tokens.find("other", token) is None
    assert tokens.use("other", token) is None
    # Not even if somebody who writes to the table changes the purpose of the row.
    db.session.execute(sa.update(AccountToken).values(purpose="other"))
    db.session.commit()
    assert tokens.use("other", token) is None


@pytest.mark.parametrize("lifetime", [timedelta(0), -HOUR])
def test_an_expired_token_is_not_valid(lifetime: timedelta, user: Account) -> None:
    token = made(user, lifetime=lifetime)

    assert tokens.find("try", token) is None
    assert tokens.use("try", token) is None


def change_password(user: Account) -> None:
    assert users.change_password(account_of(user), PASSWORD, NEW)


def set_hash(user: Account) -> None:
    """As a line of the owner does, which does not know of tokens."""
    account_of(user).set_password(NEW)
    db.session.commit()


def set_address(user: Account) -> None:
    account_of(user).email = "other@example.com"
    db.session.commit()


def deactivate(user: Account) -> None:
    account_of(user).is_active = False
    db.session.commit()


def delete(user: Account) -> None:
    db.session.delete(account_of(user))
    db.session.commit()


CHANGES = [change_password, set_hash, set_address, deactivate, delete]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_the_account_ends_its_tokens(
    change: Callable[[Account], None], user: Account, make_user: MakeUser
) -> None:
    other = make_user()
    token, others = made(user), made(other)

    change(user)

    assert tokens.find("try", token) is None
    assert tokens.use("try", token) is None
    assert tokens.use("try", others)


def test_an_account_that_is_active_again_has_no_old_token(user: Account) -> None:
    token = made(user)

    users.deactivate(account_of(user))
    account_of(user).is_active = True
    db.session.commit()

    assert tokens.use("try", token) is None


def test_a_change_back_of_the_address_does_not_bring_others_in(
    user: Account, make_user: MakeUser
) -> None:
    """Two accounts that swap their addresses do not swap their tokens."""
    other = make_user()
    token = made(user)
    row = tokens.find("try", token)
    assert row

    db.session.execute(sa.update(AccountToken).values(user_id=other.id))
    db.session.commit()

    assert tokens.use("try", token) is None


def test_an_account_has_a_few_tokens_for_each_purpose(
    user: Account, make_user: MakeUser
) -> None:
    """A stranger who asks for links again and again does not fill the table."""
    kept = [made(make_user()), tokens.create("try", user.email, HOUR)]
    other = made(user, "other")
    own = [made(user) for _ in range(20)]

    assert number() == tokens.MAX_VALID + 3
    valid = [token for token in own if tokens.find("try", token)]
    assert valid == own[-tokens.MAX_VALID :]
    assert tokens.use("other", other)
    assert all(tokens.use("try", token) for token in kept)


def test_the_first_link_works_after_a_second_was_sent(
    user: Account, make_user: MakeUser
) -> None:
    """Whoever asks twice may open either mail; the other one then ends."""
    first, second = made(user), made(user)
    kept = [made(user, "other"), made(make_user())]

    assert tokens.use("try", first)

    assert tokens.use("try", second) is None
    assert tokens.use("other", kept[0])
    assert tokens.use("try", kept[1])


def test_an_address_without_an_account_has_one_token_too() -> None:
    first, last = (tokens.create("try", "new@example.com", HOUR) for _ in range(2))

    assert number() == 1
    assert tokens.use("try", first) is None
    assert tokens.use("try", last)


def test_expired_rows_are_deleted(user: Account, make_user: MakeUser) -> None:
    for _ in range(3):
        made(make_user(), lifetime=-HOUR)
    tokens.create("other", "new@example.com", -HOUR)

    kept = made(user)

    assert number() == 1
    assert tokens.use("try", kept)


def test_all_tokens_of_an_account_can_be_ended(
    user: Account, make_user: MakeUser
) -> None:
    own, others = [made(user), made(user, "other")], made(make_user())

    tokens.revoke(user.id)
    db.session.commit()

    assert not any(tokens.use(name, own[n]) for n, name in enumerate(["try", "other"]))
    assert tokens.use("try", others)


def test_a_caller_that_fails_keeps_the_token(user: Account) -> None:
    token = made(user)

    account_of(user).is_admin = True
    db.session.flush()
    assert tokens.use("try", token)
    db.session.rollback()

    assert tokens.use("try", token)


def at_once(app: Flask, work: Callable[[], object], threads: int = 2) -> list[object]:
    """Return what `work` returns in threads that begin together."""
    barrier = threading.Barrier(threads)

    def run(_: int) -> object:
        with app.app_context():
            db.session.connection()  # so that no thread has to connect first
            db.session.rollback()
            barrier.wait(10)
            return work()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


@pytest.mark.real_database
def test_of_simultaneous_requests_one_uses_a_token(app: Flask, user: Account) -> None:
    for _ in range(10):
        token = made(user)
        results = at_once(app, lambda: tokens.use("try", token))  # noqa: B023
        assert sum(result is not None for result in results) == 1


@pytest.mark.real_database
def test_of_simultaneous_requests_one_uses_an_invitation(app: Flask) -> None:
    for _ in range(10):
        token = tokens.create("try", "new@example.com", HOUR)
        results = at_once(app, lambda: tokens.use("try", token))  # noqa: B023
        assert sum(result is not None for result in results) == 1


@pytest.mark.real_database
def test_simultaneous_requests_leave_a_few_tokens(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MAX_VALID", 2)
    for _ in range(10):
        made_now = at_once(app, lambda: made(user), 4)
        assert number() == 2
        assert sum(tokens.use("try", str(one)) is not None for one in made_now) == 1


@pytest.mark.real_database
def test_a_token_cannot_be_used_while_the_password_changes(
    app: Flask, user: Account
) -> None:
    """The request that uses it waits for the change, and then sees it."""
    token = made(user)
    begun, used = threading.Event(), []

    def use() -> None:
        with app.app_context():
            begun.set()
            used.append(tokens.use("try", token))

    thread = threading.Thread(target=use)
    with db.session.begin_nested():
        db.session.execute(
            sa.update(User).where(User.id == user.id).values(password_hash="changed")
        )
        thread.start()
        assert begun.wait(10)
        thread.join(0.3)
    db.session.commit()
    thread.join(10)

    assert used == [None]


def test_a_changed_password_is_announced_and_a_wrong_one_is_not(user: Account) -> None:
    told: list[object] = []

    def listen(_: Flask, user_id: int, email: str) -> None:
        told.append(user_id)

    with events.password_changed.connected_to(listen):
        assert not users.change_password(account_of(user), "wrong", NEW)
        assert told == []
        assert users.change_password(account_of(user), PASSWORD, NEW)

    assert told == [user.id]


def test_the_time_of_creation_is_kept(user: Account) -> None:
    token = made(user)

    found = tokens.find("try", token)

    assert found
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=1)
    assert found.expires_at - found.created_at == HOUR
