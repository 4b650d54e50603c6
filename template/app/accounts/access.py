"""Who may call a view.

`login_required`, `fresh_login_required` and `current_user` come from Flask-Login, which
has no types. Import them from here, so that type checkers know view and account.

Settings: REMEMBER_COOKIE_NAME. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast
from typing import TypeVar

import flask_login
from flask import abort
from flask import current_app
from flask import g
from flask import request
from flask.typing import ResponseReturnValue

from app.core.hooks import unmarked_session
from app.core.texts import text
from app.extensions import login_manager
from app.models import User

View = Callable[..., ResponseReturnValue]
AnyView = TypeVar("AnyView", bound=Callable[..., object])

# For a visitor who is not logged in, only `is_authenticated` can be read: it is False.
current_user = cast("User", flask_login.current_user)


def login_required(view: AnyView) -> AnyView:
    """Return a view for logged-in users; others are redirected to the log-in page."""
    return cast("AnyView", flask_login.login_required(view))


def fresh_login_required(view: AnyView) -> AnyView:
    """Return a view for users who entered their password in this session."""
    return cast("AnyView", flask_login.fresh_login_required(view))


def logged_in_account() -> User:
    """Return the logged-in account, in a view that requires a log-in.

    Unlike `current_user`, which is a proxy, this is the object of the database session.
    """
    return cast("User", flask_login.current_user._get_current_object())


def known_account() -> User | None:
    """Return who is logged in, for the header of any page; else None.

    A visitor without a log-in gets a page that caches may share. A page that shows an
    account is in no cache, even if the view says that it may be.
    """
    # After a failure of the database, it would be asked once more.
    if "failure" in g or not may_be_logged_in() or not current_user.is_authenticated:
        return None
    g.account_shown = True
    return logged_in_account()


def may_be_logged_in() -> bool:
    """Return whether a log-in is in the session or in the cookie that remembers it.

    It does not mark the session as accessed, which would add "Vary: Cookie".
    """
    return (
        "_login_user" in g
        or current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies
        or "_user_id" in (unmarked_session() or ())
    )


def admin_required(view: View) -> View:
    """Return a view for administrators; others get 403, or the log-in page."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return login_manager.unauthorized()
        if not current_user.is_admin:
            abort(403, text("access.admins_only"))
        return view(*args, **kwargs)

    return guarded
