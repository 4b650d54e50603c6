"""The sessions of an account: a list, and ending those of the logged-in one.

Settings: SESSION_ABSOLUTE_LIFETIME. Maintained by copier-flask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC

import sqlalchemy as sa

from app.accounts import sessions
from app.accounts import user_agents
from app.accounts.access import logged_in_account
from app.core import transactions
from app.extensions import db
from app.models import User
from app.models import UserSession

MAX_SHOWN = 100  # sessions of one account


@dataclass(frozen=True)
class OwnSession:
    """A logged-in browser. `address` is that of the log-in, empty if not known."""

    id: int
    began_at: datetime
    # Exact to `sessions.SEEN_EVERY`.
    seen_at: datetime
    address: str
    browser: str
    is_this: bool


def own_sessions() -> list[OwnSession]:
    """Return the sessions of the logged-in account: this one, then the last used."""
    account = sessions.identity(logged_in_account())
    this = sessions.digest(sessions.current_token())
    found = [
        OwnSession(
            row.id,
            row.created_at,
            row.seen_at,
            row.address,
            user_agents.name_of(row.browser),
            row.token_hash == this,
        )
        for row in sessions_of(account)
    ]
    return sorted(found, key=lambda one: not one.is_this)


def sessions_of(account: int) -> list[UserSession]:
    """Return the sessions of an account that have not ended, the last used first.

    At most MAX_SHOWN. No connection is held afterwards.
    """
    now = datetime.now(UTC)
    of_account = sa.select(UserSession).where(UserSession.user_id == account)
    newest = of_account.order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    with db.session.session_factory() as own:
        rows = own.scalars(newest.limit(MAX_SHOWN)).all()
    return [
        row
        for row in rows
        if sessions.end_of_stored_session(row.created_at, row.expires_at) > now
    ]


def end_one(number: int) -> bool:
    """End a session of the logged-in account; return whether it was there.

    False also for a session of another account. Commits, unless the caller has
    uncommitted work.
    """
    return bool(end_where(UserSession.id == number))


def end_others() -> int:
    """End all sessions of the logged-in account but this one; return how many.

    Commits, unless the caller has uncommitted work.
    """
    this = sessions.digest(sessions.current_token())
    return end_where(UserSession.token_hash != this)


def end_where(which: sa.ColumnElement[bool]) -> int:
    """End some sessions of the logged-in account, and return how many."""
    account = sessions.identity(logged_in_account())
    with transactions.commit_own_work(db.session()):
        if not lock_own(account):
            return 0
        own = UserSession.user_id == account
        ended = sessions.delete_sessions(sa.and_(own, which))
    if ended:
        sessions.log("sessions ended", account, sessions=ended)
    return ended


def lock_own(account: int) -> bool:
    """Lock the row of the account; return whether this session has not ended.

    Of two browsers that end each other, the first one wins: the second has no session
    any more when it gets the lock.
    """
    row = sa.select(User.id).where(User.id == account)
    db.session.execute(row.with_for_update(key_share=True))
    this = sa.select(UserSession.id).where(sessions.is_this())
    return db.session.scalar(this) is not None
