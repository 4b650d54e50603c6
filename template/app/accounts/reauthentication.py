"""Pages that ask for the password again, because what they do is dangerous.

A password that was typed opens them for a time, in the session in which it was typed:
at the log-in, with a change of the password, or on the page /auth/reauthenticate. A
session that "Keep me logged in" has restored, or that comes from another place than
before, asks at once.

Settings: REAUTHENTICATION_AFTER. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from datetime import UTC
from functools import wraps
from typing import Any
from typing import cast
from typing import TypeVar

import sqlalchemy as sa
from flask import current_app
from flask import g
from flask_login import confirm_login
from flask_login import login_fresh

from app.accounts import sessions
from app.accounts import throttling
from app.accounts import users
from app.accounts.access import current_user
from app.accounts.access import logged_in_account
from app.core import transactions
from app.core.rules import duration
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from app.models import UserSession

View = TypeVar("View", bound=Callable[..., Any])


def reauthentication_required(view: View) -> View:
    """Return a view that asks for the password if it was typed too long ago.

    It redirects to the page that asks, which leads back; what a form has sent is not
    kept, and its page is shown again. Write it below `login_required`.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return login_manager.unauthorized()
        if not is_recent():
            return login_manager.needs_refresh()
        return current_app.ensure_sync(view)(*args, **kwargs)

    return cast("View", guarded)


def is_recent() -> bool:
    """Return whether the password was typed in this session not long ago."""
    # To make a token required a typed password, and no browser keeps it.
    if "bearer" in g:
        return True
    # False: the remember cookie has restored the session, or its place has changed.
    if not login_fresh():
        return False
    times = sa.select(UserSession.created_at, UserSession.password_checked_at)
    with db.session.session_factory() as own:
        found = own.execute(times.where(sessions.is_this())).one_or_none()
    if found is None:
        return False
    typed: datetime = found.password_checked_at or found.created_at
    return datetime.now(UTC) - typed < duration("REAUTHENTICATION_AFTER")


def confirm(password: str) -> bool:
    """Note that the password was typed in this session; return whether it is right.

    A wrong one is counted, so the view needs `throttling.limit_password_checks`. Raises
    `HashingBusyError`.
    """
    user = logged_in_account()
    account = sessions.identity(user)
    if not is_right(user, password):
        return False

    this = sa.update(UserSession).where(sessions.is_this())
    with transactions.commit_own_work(db.session()):
        noted = db.session.execute(this.values(password_checked_at=datetime.now(UTC)))
    # A change of the password, for instance, has ended the session meanwhile.
    if not cast("sa.CursorResult[Any]", noted).rowcount:
        return False

    confirm_login()
    sessions.log("password typed again", account)
    return True


def is_right(user: User, password: str) -> bool:
    """Return whether this is the account's password; count a wrong one.

    Raises `HashingBusyError`.
    """
    email = user.email
    if users.has_password(user, password):
        throttling.forgive(email)
        return True
    throttling.count_failure(email)
    return False
