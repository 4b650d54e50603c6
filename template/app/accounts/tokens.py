"""Tokens of links: single-use, short-lived, and stored as hashes.

A token is for one purpose. It is no longer valid if the password, the address or the
state of its account has changed since it was made. The last few of an account and a
purpose are valid together, because the mail that is opened may not be the newest one;
the first that is used ends the others. So a stranger who asks for links again and again
neither ends the owner's nor fills a table.

Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any
from typing import cast

import sqlalchemy as sa
from flask import g

from app.core import transactions
from app.extensions import db
from app.models import AccountToken
from app.models import User

# A token is invalid when one of these changes.
STATE = (User.email, User.password_hash, User.is_active)

# How many tokens of an account are valid for one purpose.
MAX_VALID = 5


def create(
    purpose: str, email: str, lifetime: timedelta, *, user: User | None = None
) -> str:
    """Return a new token for `email`, and delete the ones that it replaces.

    Those are the tokens for the same purpose that an account has above MAX_VALID, or
    without an account those of the same address; and expired ones. Commits, unless the
    caller has uncommitted work. Raises IntegrityError if the account has been deleted.
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    account = user.id if user else None
    with transactions.commit_own_work(db.session()):
        # Locked first: simultaneous calls would keep more tokens than there may be.
        state = locked_state(account) if account else ""
        delete_replaced(purpose, email, account)
        db.session.add(
            AccountToken(
                user_id=account,
                purpose=purpose,
                token_hash=digest(purpose, token),
                email=email,
                state=state,
                created_at=now,
                expires_at=now + lifetime,
            )
        )
    return token


def delete_replaced(purpose: str, email: str, account: int | None) -> None:
    """Delete the tokens that a new one replaces, and expired ones."""
    same = sa.and_(AccountToken.user_id == account, AccountToken.purpose == purpose)
    if account is None:
        same &= AccountToken.email == email
    newest = sa.select(AccountToken.id).where(same).order_by(AccountToken.id.desc())
    kept = db.session.scalars(newest.limit(MAX_VALID - 1)).all() if account else []
    for which in (
        sa.and_(same, AccountToken.id.not_in(kept)),
        AccountToken.expires_at <= datetime.now(UTC),
    ):
        db.session.execute(sa.delete(AccountToken).where(which))


def find(purpose: str, token: str) -> AccountToken | None:
    """Return the row of a valid token, or None.

    It changes nothing, and holds no connection afterwards.
    """
    query = (
        sa.select(AccountToken, *STATE)
        .outerjoin(User, AccountToken.user_id == User.id)
        .where(*valid(purpose, token))
    )
    with db.session.session_factory() as own:
        row = own.execute(query).one_or_none()
    is_valid = row is not None and is_of_state(row[0], state_of(row[1:]))
    # For the limit of wrong tokens: the last look-up of a request decides.
    g.token_failed = not is_valid
    return row[0] if row is not None and is_valid else None


def use(purpose: str, token: str) -> AccountToken | None:
    """Delete a valid token and return its row, or None if it is not valid.

    The other tokens of the account for the same purpose are deleted with it. Of several
    simultaneous requests one gets the row. The account is locked until the transaction
    ends: what the token allows is done in the same one. Commits, unless the caller has
    uncommitted work.
    """
    with transactions.commit_own_work(db.session()):
        query = sa.select(AccountToken).where(*valid(purpose, token))
        found = db.session.scalar(query)
        if found is None:
            return None
        db.session.expunge(found)
        if found.user_id and not is_of_state(found, locked_state(found.user_id)):
            return None
        gone = db.session.execute(
            sa.delete(AccountToken).where(AccountToken.id == found.id)
        )
        if not cast("sa.CursorResult[Any]", gone).rowcount:
            return None
        if found.user_id:
            revoke(found.user_id, purpose)
        return found


def revoke(user_id: int, purpose: str | None = None) -> None:
    """Delete the tokens of an account, all or those for one purpose.

    The caller commits.
    """
    which = AccountToken.user_id == user_id
    if purpose:
        which &= AccountToken.purpose == purpose
    db.session.execute(sa.delete(AccountToken).where(which))


def valid(purpose: str, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for the row of a token that has not expired."""
    return (
        AccountToken.token_hash == digest(purpose, token),
        AccountToken.purpose == purpose,
        AccountToken.expires_at > datetime.now(UTC),
    )


def is_of_state(token: AccountToken, state: str) -> bool:
    """Return whether the account of a token, if it has one, is in this state."""
    return token.user_id is None or secrets.compare_digest(token.state, state)


def locked_state(account: int) -> str:
    """Lock the row of an account, and return its state; empty without a row."""
    query = sa.select(*STATE).where(User.id == account)
    # On PostgreSQL, others can still add rows that refer to the account.
    found = db.session.execute(query.with_for_update(key_share=True)).one_or_none()
    return state_of(found) if found else ""


def state_of(values: Iterable[object]) -> str:
    """Return a fingerprint of what makes a token invalid when it changes."""
    return hashlib.sha256("\0".join(map(str, values)).encode()).hexdigest()


def digest(purpose: str, token: str) -> str:
    """Return the hash to store for a token; the token itself gives access."""
    return hashlib.sha256(f"{purpose} {token}".encode("utf-8", "replace")).hexdigest()
