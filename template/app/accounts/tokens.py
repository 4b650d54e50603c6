"""Tokens of links: single-use, short-lived, and stored as hashes.

A token is for one purpose. It is no longer valid if the password, the address or the
state of its account has changed since it was made.

Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any
from typing import cast

import sqlalchemy as sa

from app.core import transactions
from app.extensions import db
from app.models import AccountToken
from app.models import User


def create(
    purpose: str, email: str, lifetime: timedelta, *, user: User | None = None
) -> str:
    """Return a new token for `email`, and delete the ones that it replaces.

    Those are the tokens of the same account, or without one of the same address, for
    the same purpose, and expired ones. Commits, unless the caller has uncommitted work.
    """
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    owner = AccountToken.email == email
    if user:
        owner = AccountToken.user_id == user.id
    replaced = sa.and_(AccountToken.purpose == purpose, owner)
    with transactions.commit_own_work(db.session()):
        db.session.execute(
            sa.delete(AccountToken).where(
                sa.or_(replaced, AccountToken.expires_at <= now)
            )
        )
        db.session.add(
            AccountToken(
                user_id=user.id if user else None,
                purpose=purpose,
                token_hash=digest(token),
                email=email,
                state=state_of(user),
                created_at=now,
                expires_at=now + lifetime,
            )
        )
    return token


def find(purpose: str, token: str) -> AccountToken | None:
    """Return the row of a valid token, or None; changes nothing."""
    found = db.session.scalar(sa.select(AccountToken).where(*valid(purpose, token)))
    return found if found and is_of_this_state(found) else None


def use(purpose: str, token: str) -> AccountToken | None:
    """Delete a valid token and return its row, or None if it is not valid.

    Of two simultaneous requests one gets the row. Commits, unless the caller has
    uncommitted work.
    """
    with transactions.commit_own_work(db.session()):
        found = find(purpose, token)
        if found is None:
            return None
        db.session.expunge(found)
        gone = db.session.execute(
            sa.delete(AccountToken).where(AccountToken.id == found.id)
        )
        return found if cast("sa.CursorResult[Any]", gone).rowcount else None


def revoke(user_id: int) -> None:
    """Delete all tokens of an account. The caller commits."""
    db.session.execute(sa.delete(AccountToken).where(AccountToken.user_id == user_id))


def valid(purpose: str, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions for a token that has not expired."""
    return (
        AccountToken.token_hash == digest(token),
        AccountToken.purpose == purpose,
        AccountToken.expires_at > datetime.now(UTC),
    )


def is_of_this_state(token: AccountToken) -> bool:
    """Return whether the account is still as it was when the token was made."""
    user = db.session.get(User, token.user_id) if token.user_id else None
    return secrets.compare_digest(token.state, state_of(user))


def state_of(user: User | None) -> str:
    """Return a fingerprint of what makes a token invalid when it changes."""
    if user is None:
        return ""
    parts = (user.email, user.password_hash, str(user.is_active))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def digest(token: str) -> str:
    """Return the hash to store for a token; the token itself gives access."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
