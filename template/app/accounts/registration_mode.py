"""Whether visitors may register: REGISTRATION is open, invite or closed.

A hook refuses the requests of the view `auth.register`, not a decorator of it: the view
is the owner's, and one of a project from before the setting has no decorator, so that
the setting would close nothing. A view of another name calls `require_open()`.

sessions.py binds it. Settings: REGISTRATION. Maintained by copier-flask.
"""

from __future__ import annotations

from flask import abort
from flask import current_app
from flask import Flask
from flask import request

from app.core.texts import text

ENDPOINT = "auth.register"


def init_app(app: Flask) -> None:
    app.before_request(refuse_registration)


def refuse_registration() -> None:
    """Refuse a request of the registration unless it is open."""
    if request.endpoint == ENDPOINT:
        require_open()


def require_open() -> None:
    """Answer 403 with the reason, unless everyone may register."""
    if not is_open():
        # Not 404: the page exists, and people who look for it get the reason.
        reason = "registration.closed" if is_closed() else "registration.invite"
        abort(403, text(reason))


def is_open() -> bool:
    """Return whether everyone may register."""
    return mode() == "open"


def is_closed() -> bool:
    """Return whether nobody gets a new account, not even by an invitation."""
    return mode() == "closed"


def mode() -> str:
    """Return the setting: "open", "invite" or "closed"."""
    given: str = current_app.config["REGISTRATION"]
    return given
