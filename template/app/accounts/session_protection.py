"""Session protection: what happens when a session is used from another place.

With "basic", the user stays logged in and the session is no longer fresh:
`fresh_login_required` of Flask-Login asks for the password again. A place is the IP
address and the User-Agent, so an update of the browser counts as a change.

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
    # Flask-Login reads the setting first. An attribute that app/extensions.py has
    # changed wins over the line that config.py has from the start.
    mode, name = login_manager.session_protection, "login_manager.session_protection"
    if mode == "basic":
        name = "SESSION_PROTECTION"
        mode = app.config.get(name, "basic")
    app.config["SESSION_PROTECTION"] = mode
    if mode not in ("basic", None):
        raise SettingsError(
            f'{name} must be "basic", or None (null in a variable), '
            f'not {mode!r}: "strong" logs out users who change the network, and after '
            '"Keep me logged in" all users who close the browser '
            "(maxcountryman/flask-login#685)."
        )

    # A private name, of Flask-Login 0.6.3.
    login_manager._session_identifier_generator = identifier


def identifier() -> str:
    """Return a digest of the place that this request comes from.

    The address depends on `PROXY_HOPS`. Flask-Login uses the first address in
    X-Forwarded-For, which an attacker can set to that of the victim.
    """
    # Without the port that some proxies add, which differs for each connection.
    place = f"{without_port(request.remote_addr or '')}|{request.user_agent.string}"
    return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()
