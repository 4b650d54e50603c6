"""What administrators do with accounts, on pages and with `flask users`.

Each act is one line of the log: what, on which account, and the account that did it, by
their ids, or "command". An application keeps one active administrator: the last one
can neither be demoted nor deactivated.

Maintained by copier-flask.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.accounts import events
from app.accounts import passwords
from app.accounts import session_list
from app.accounts import sessions
from app.accounts import users
from app.core import transactions
from app.core.pagination import Pages
from app.core.pagination import paginate_by_key
from app.core.texts import text
from app.extensions import db
from app.models import User
from app.models import UserSession

# What a list can be narrowed to; a request names no columns.
FILTERS: dict[str, sa.ColumnElement[bool]] = {
    "administrators": User.is_admin.is_(True),
    "inactive": User.is_active.is_(False),
    "unconfirmed": User.is_confirmed.is_(False),
}

MAX_SEARCH_LENGTH = 254  # characters, those of the longest address

# Other administrators of whom one has to be left. One would do, if no one else
# acted.
MAX_LOCKED = 10


class LastAdministratorError(ValueError):
    """There would be no active administrator left."""

    def __init__(self) -> None:
        super().__init__(text("administration.last"))


def list_accounts(search: str = "", only: str = "") -> Pages[User]:
    """Return a page of the accounts, the newest first; see `paginate_by_key`.

    `search` is a part of the e-mail address, `only` a key of FILTERS; another text
    narrows nothing. Every page costs two short queries.
    """
    chosen = sa.select(User).options(sessions.WITHOUT_RELATED)
    if only in FILTERS:
        chosen = chosen.where(FILTERS[only])
    if part := searched(search):
        # As text: the type of the column accepts whole addresses only.
        email = sa.type_coerce(User.email, sa.String)
        chosen = chosen.where(email.contains(part, autoescape=True))
    return paginate_by_key(chosen, User.id, descending=True)


def searched(given: str) -> str:
    """Return what a search is for, as addresses are stored, and not too long."""
    # PostgreSQL takes no NUL.
    plain = given.replace("\0", "").strip()[:MAX_SEARCH_LENGTH]
    return passwords.normalise(plain).lower()


def find(user_id: int) -> User | None:
    """Return the account with an id, or None."""
    return db.session.get(User, user_id)


def sessions_of(user: User) -> list[UserSession]:
    """Return the sessions of an account, as `session_list.sessions_of()` does."""
    return session_list.sessions_of(sessions.identity(user))


def create(
    email: str,
    password: str,
    by: int | None = None,
    *,
    is_admin: bool = False,
    **fields: object,
) -> User:
    """Create and return an account, as `users.create()`, which says what it raises."""
    user = users.create(email, password, is_admin=is_admin, **fields)
    log("account created", user, by, is_admin=is_admin)
    return user


def deactivate(user: User, by: int | None = None) -> None:
    """Block log-in to an account, and log it out everywhere.

    Raises `LastAdministratorError`. Like the other acts it commits, unless the caller
    has uncommitted work; `by` is the id of the account that acts, None in a command.
    """
    with transactions.commit_own_work(db.session()):
        require_another_administrator(user)
        # Otherwise, a log-in would activate one that its owner has deleted.
        change(user, is_active=False, delete_after=None)
        ended = users.end_access(sessions.identity(user))
    log("account deactivated", user, by, sessions=ended)


def activate(user: User, by: int | None = None) -> None:
    """Allow log-in to an account."""
    with transactions.commit_own_work(db.session()):
        change(user, is_active=True, delete_after=None)
    log("account activated", user, by)


def promote(user: User, by: int | None = None) -> None:
    """Make an account an administrator."""
    with transactions.commit_own_work(db.session()):
        change(user, is_admin=True)
    log("account promoted", user, by)


def demote(user: User, by: int | None = None) -> None:
    """Make an administrator an ordinary account. Raises `LastAdministratorError`."""
    with transactions.commit_own_work(db.session()):
        require_another_administrator(user)
        change(user, is_admin=False)
    log("account demoted", user, by)


def end_sessions(user: User, by: int | None = None) -> None:
    """Log an account out everywhere."""
    with transactions.commit_own_work(db.session()):
        ended = sessions.delete_all_of(sessions.identity(user))
    log("sessions ended by an administrator", user, by, sessions=ended)


def set_password(user: User, password: str, by: int | None = None) -> None:
    """Set the password of an account, log it out everywhere, and end its links.

    Raises ValueError for a password that is refused, and `HashingBusyError` in a
    request. No connection is held while the password is hashed.
    """
    email, account = user.email, user.id
    passwords.check(password, email)
    transactions.release_connection(db.session())
    hashed = passwords.hash_password(password)
    with transactions.commit_own_work(db.session()):
        ended = users.store_hash(account, hashed)
    log("password set", user, by, sessions=ended)
    events.send(events.password_changed, user_id=account, email=email)


def require_another_administrator(user: User) -> None:
    """Raise `LastAdministratorError` if an account is the last active administrator.

    Call it in the transaction that takes the account away: the rows that it has read
    are locked until then, so that two administrators cannot remove each other.
    """
    account = sessions.identity(user)
    active = sa.and_(User.is_admin, User.is_active, User.delete_after.is_(None))
    others = sa.select(User.id).where(active, User.id != account).limit(MAX_LOCKED)
    # By their ids: a mere condition would lock each row that a server looks at.
    ids = [account, *db.session.scalars(others.order_by(User.id))]
    locked = sa.select(User.id).where(User.id.in_(ids), User.is_admin, User.is_active)
    left = db.session.scalars(
        locked.where(sa.or_(User.id == account, User.delete_after.is_(None)))
        .order_by(User.id)
        .with_for_update()
    ).all()
    if list(left) == [account]:
        raise LastAdministratorError


def change(user: User, **values: object) -> None:
    """Set columns of an account. The caller commits."""
    this = User.id == sessions.identity(user)
    db.session.execute(sa.update(User).where(this).values(**values))


def log(event: str, user: User, by: int | None, **fields: object) -> None:
    """Log what an administrator, or a command, has done to an account."""
    actor = "command" if by is None else by
    sessions.log(event, sessions.identity(user), by=actor, **fields)
