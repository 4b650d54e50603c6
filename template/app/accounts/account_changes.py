"""Changes of one account by the API: it is locked first, and then compared.

    with transactions.commit_own_work(db.session()):
        user = account_changes.lock(user_id) or abort(404)
        etags.check(shape(user))
        account_changes.set_rights(user, by, is_active=True, is_admin=False)

Maintained by copier-flask.
"""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa

from app.accounts import administration
from app.accounts import sessions
from app.extensions import db
from app.models import User


def lock(user_id: int) -> User | None:
    """Return an account that no one else changes before the commit, or None."""
    this = sa.select(User).where(User.id == user_id).options(sessions.WITHOUT_RELATED)
    user = db.session.scalar(this)
    if user is None:
        return None
    # First: it locks the rows of administrators in one order. Whether this is the last
    # one is for the change to say.
    with suppress(administration.LastAdministratorError):
        administration.require_another_administrator(user)
    return db.session.scalar(this.with_for_update())


def set_rights(user: User, by: int | None, *, is_active: bool, is_admin: bool) -> None:
    """Set what a locked account may do, as the functions of `administration` do.

    Raises `LastAdministratorError`. The caller commits.
    """
    if is_active != user.is_active:
        act = administration.activate if is_active else administration.deactivate
        act(user, by)
    if is_admin != user.is_admin:
        act = administration.promote if is_admin else administration.demote
        act(user, by)
