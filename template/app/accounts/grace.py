"""Accounts that their owner has deleted, and may still keep by a log-in.

Settings: DELETION_GRACE. Maintained by copier-flask.
"""

from __future__ import annotations

from datetime import datetime
from datetime import UTC
from typing import Any
from typing import cast

import sqlalchemy as sa
from flask import flash
from flask import has_request_context
from flask import request

from app.accounts import sessions
from app.core import transactions
from app.core.errors import API_PREFIX
from app.core.texts import text
from app.extensions import db
from app.models import User


def may_be_kept(delete_after: datetime | None) -> bool:
    """Return whether an account is to be deleted, and its time has not come."""
    return delete_after is not None and delete_after > datetime.now(UTC)


def keep(account: int, password_hash: str) -> bool:
    """Activate an account that is to be deleted; return whether it was one.

    For a log-in with the right password. Commits, unless the caller has uncommitted
    work.
    """
    kept = sa.and_(
        User.id == account,
        User.password_hash == password_hash,
        User.is_active.is_(False),
        User.delete_after > datetime.now(UTC),
    )
    change = sa.update(User).where(kept).values(is_active=True, delete_after=None)
    with transactions.commit_own_work(db.session()):
        done = cast("sa.CursorResult[Any]", db.session.execute(change)).rowcount
    if not done:
        return False

    sessions.log("account kept", account)
    if has_request_context() and not request.path.startswith(API_PREFIX):
        flash(text("deletion.kept"), "success")
    return True
