"""What happens to a log-in that comes from another place, and what a place is.

With "basic" the log-in goes on and is not fresh any more: `fresh_login_required` of
Flask-Login asks for the password again. A place is the address and the browser as it
calls itself, so an update of the browser counts, too.

Settings: SESSION_PROTECTION. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib

from flask import Flask
from flask import request

from app.accounts.networks import without_port
from app.core.rules import SettingsError
from app.extensions import login_manager


def init_app(app: Flask) -> None:
    """Check the mode; raises `SettingsError` for one that is not supported."""
    # Set even where config.py has it no more: Flask-Login would look at an attribute
    # of its manager otherwise, which anything may have set.
    mode = app.config.setdefault("SESSION_PROTECTION", "basic")
    if mode not in ("basic", None):
        raise SettingsError(
            'SESSION_PROTECTION must be "basic", or None (null in a variable), '
            f'not {mode!r}: "strong" logs out whoever changes the network, and after '
            '"Keep me logged in" everybody who closes the browser '
            "(maxcountryman/flask-login#685)."
        )

    # A private name, of Flask-Login 0.6.3.
    login_manager._session_identifier_generator = identifier


def identifier() -> str:
    """Return a digest of the place that this request comes from.

    Its address is the one that `PROXY_HOPS` makes of it. Flask-Login would take the
    first one of X-Forwarded-For, into which a thief writes that of the victim.
    """
    # Without the port that some proxies add: it is another for each connection.
    place = f"{without_port(request.remote_addr or '')}|{request.user_agent.string}"
    return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()
