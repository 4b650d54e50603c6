"""Who may call a view.

`login_required`, `fresh_login_required` and `current_user` are Flask-Login's. It has no
types: import them from here, and type checkers know the view and the account.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast
from typing import TypeVar

import flask_login
from flask import abort
from flask.typing import ResponseReturnValue

from app.extensions import login_manager
from app.models import User

View = Callable[..., ResponseReturnValue]
AnyView = TypeVar("AnyView", bound=Callable[..., object])

# Of a visitor who is not logged in only `is_authenticated` can be read: it is False.
current_user = cast("User", flask_login.current_user)


def login_required(view: AnyView) -> AnyView:
    """Let only people who are logged in call a view: others are asked to log in."""
    return cast("AnyView", flask_login.login_required(view))


def fresh_login_required(view: AnyView) -> AnyView:
    """Let only people call a view who gave their password in this session."""
    return cast("AnyView", flask_login.fresh_login_required(view))


def logged_in_account() -> User:
    """Return the account of the session, in a view that requires a log-in.

    Unlike `current_user`, which is a proxy, it is the object of the database session.
    """
    return cast("User", flask_login.current_user._get_current_object())


def admin_required(view: View) -> View:
    """Let only administrators call a view: others get 403, or are asked to log in."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        if not current_user.is_authenticated:
            return login_manager.unauthorized()
        if not current_user.is_admin:
            abort(403, "Only administrators may do this.")
        return view(*args, **kwargs)

    return guarded
