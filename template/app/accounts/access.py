"""Who may call a view."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.extensions import login_manager

View = Callable[..., ResponseReturnValue]


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
