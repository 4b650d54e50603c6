"""Deleting an account: at once, or after a time in which a log-in keeps it.

With DELETION_GRACE, the account is deactivated and logged out everywhere, and `flask
users purge` deletes it when its time has come. Rows that refer to the account go or
stay as their foreign keys say; a function of yours that listens to
`events.before_deletion` can change them first. If the database refuses, nothing is
deleted, and the log names the columns.

Settings: DELETION_GRACE. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from flask_login import logout_user
from sqlalchemy.exc import IntegrityError

from app.accounts import administration
from app.accounts import events
from app.accounts import reauthentication
from app.accounts import sessions
from app.accounts import users
from app.accounts.access import logged_in_account
from app.core import transactions
from app.core.database import Base
from app.core.rules import duration
from app.core.texts import text
from app.extensions import db
from app.models import User

logger = logging.getLogger(__name__)


class StillReferredError(ValueError):
    """The database refuses the deletion, because of rows that refer to the account."""

    def __init__(self) -> None:
        super().__init__(text("deletion.refused"))


@dataclass(frozen=True)
class Deletion:
    """What has happened to an account; `when` is None if it is deleted already."""

    when: datetime | None


def delete_own(password: str) -> Deletion | None:
    """Delete the logged-in account, or plan it, and log out.

    Returns None, and changes nothing, if the password is wrong, which is counted: the
    view needs `throttling.limit_password_checks`. Raises `LastAdministratorError`,
    `StillReferredError` and `HashingBusyError`.
    """
    user = logged_in_account()
    account, before = sessions.identity(user), user.password_hash
    if not reauthentication.is_right(user, password):
        return None

    # Nothing if the password has changed meanwhile.
    unchanged = User.password_hash == before
    grace, when = duration("DELETION_GRACE"), None
    if grace:
        when = datetime.now(UTC) + grace
        done = plan(account, unchanged, when)
    else:
        done = delete(account, unchanged)
    if not done:
        return None

    sessions.start_over()
    logout_user()
    return Deletion(when)


def plan(account: int, condition: sa.ColumnElement[bool], when: datetime) -> bool:
    """Deactivate an account that is to be deleted; return whether it was there.

    Raises `LastAdministratorError`. Commits, unless the caller has uncommitted work.
    """
    with transactions.commit_own_work(db.session()):
        user = lock(account, condition)
        if user is None:
            return False
        about = event_values(user)
        ended = users.end_access(account)
        user.is_active, user.delete_after = False, when
    sessions.log_ended(account, ended)
    sessions.log("deletion planned", account, when=when.isoformat())
    events.send(events.deletion_planned, **about, when=when)
    return True


def delete(account: int, condition: sa.ColumnElement[bool]) -> bool:
    """Delete the row of an account; return False if it does not fit the condition.

    Raises `LastAdministratorError` and `StillReferredError`. Commits, unless the caller
    has uncommitted work.
    """
    try:
        with transactions.commit_own_work(db.session()):
            user = lock(account, condition)
            if user is None:
                return False
            about = event_values(user)
            events.send(events.before_deletion, user_id=account)
            db.session.delete(user)
            db.session.flush()
    except IntegrityError as error:
        log_refusal(account, error)
        raise StillReferredError from error
    sessions.log("account deleted", account)
    events.send(events.account_deleted, **about)
    return True


def event_values(user: User) -> dict[str, Any]:
    """Return what events say about an account, to be read before it is changed."""
    return {
        "user_id": user.id,
        "email": user.email,
        "is_confirmed": user.is_confirmed,
    }


def lock(account: int, condition: sa.ColumnElement[bool]) -> User | None:
    """Lock and return an account that fits a condition, or return None.

    Raises `LastAdministratorError`.
    """
    this = sa.select(User).where(User.id == account, condition)
    user = db.session.scalar(this.options(sessions.WITHOUT_RELATED))
    if user is None:
        return None
    # First: it locks the rows of administrators in one order.
    administration.require_another_administrator(user)
    return db.session.scalar(this.with_for_update())


def purge() -> tuple[int, int]:
    """Delete the accounts whose time has come; return how many, and how many are left.

    Each one is committed by itself. One that the database, or a listener, refuses to
    delete is left, with an error in the log.
    """
    due = sa.and_(User.delete_after <= datetime.now(UTC), User.is_active.is_(False))
    with db.session.session_factory() as own:
        accounts = own.scalars(sa.select(User.id).where(due).order_by(User.id)).all()
    deleted = refused = 0
    for account in accounts:
        try:
            deleted += delete(account, due)
        except StillReferredError:
            refused += 1
        # Such as one of a function that listens to `before_deletion`.
        except Exception:
            logger.exception("The account %d cannot be deleted.", account)
            refused += 1
    return deleted, refused


def log_refusal(account: int, error: IntegrityError) -> None:
    """Log which columns refer to an account that could not be deleted."""
    fields = {
        "account": account,
        "columns": ", ".join(referring_columns(account)),
        "detail": type(error.orig).__name__,
    }
    logger.error("An account cannot be deleted.", extra={"fields": fields})


def referring_columns(account: int) -> list[str]:
    """Return the columns, such as notes.author_id, that keep an account from going."""
    keys = [
        key
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.references(sa.inspect(User).local_table)  # type: ignore[arg-type]
        and (key.ondelete or "").upper() not in {"CASCADE", "SET NULL"}
    ]
    with db.session.session_factory() as own:
        return [
            f"{key.parent.table.name}.{key.parent.name}"
            for key in keys
            if own.scalar(sa.select(sa.exists().where(key.parent == account)))
        ]
