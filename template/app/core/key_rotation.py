"""Secret key rotation without logging users out: see `flask new-key`.

Flask reads sessions by the keys of SECRET_KEY_FALLBACKS, too. Forms need the same
(Flask-WTF has nothing for it, wtforms/flask-wtf#675), and so does every token of your
own: sign it with `signing_keys(current_app)`.

Settings: SECRET_KEY, SECRET_KEY_FALLBACKS, WTF_CSRF_SECRET_KEY. Maintained by
copier-flask.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from datetime import timedelta
from datetime import UTC

import click
from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from flask.cli import with_appcontext
from flask.sessions import SessionMixin
from itsdangerous import URLSafeTimedSerializer
from itsdangerous import want_bytes

from app.core import cookies
from app.core.secret_keys import fallback_keys

# How long signatures are accepted, in seconds or as timedelta. Not every project has
# all of these settings; add those of your own tokens.
LIFETIMES = (
    "PERMANENT_SESSION_LIFETIME",
    "REMEMBER_COOKIE_DURATION",
    "WTF_CSRF_TIME_LIMIT",
)


def init_app(app: Flask) -> None:
    app.session_interface = SessionInterface()
    app.cli.add_command(new_key)

    # A WTF_CSRF_SECRET_KEY of the project is kept. The list is ordered oldest first.
    if not app.config.get("WTF_CSRF_SECRET_KEY"):
        app.config["WTF_CSRF_SECRET_KEY"] = signing_keys(app)


def signing_keys(app: Flask) -> list[bytes]:
    """Return all keys as itsdangerous takes them: the oldest first, the last signs."""
    fallbacks = fallback_keys(app.config["SECRET_KEY_FALLBACKS"])
    return [want_bytes(key) for key in [*reversed(fallbacks), app.config["SECRET_KEY"]]]


class SessionInterface(cookies.SessionInterface):
    """The project's interface, which renews sessions signed with an old key.

    Flask signs a session again only if it changes: users who only read would lose the
    session when the old key is removed.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        serializer = super().get_signing_serializer(app)
        if serializer is not None:
            # Parsed again: the setting may have become a string after start-up.
            serializer.secret_keys = signing_keys(app)
        return serializer

    def save_session(
        self, app: Flask, session: SessionMixin, response: Response
    ) -> None:
        # Only if the session was accessed and the response is not public: a cache may
        # store public responses, and would send the cookie to others.
        seen = session and session.accessed and not response.cache_control.public
        if seen and self.is_signed_by_an_old_key(app):
            session.modified = True
        super().save_session(app, session, response)

    def is_signed_by_an_old_key(self, app: Flask) -> bool:
        """Return whether the session of the request is signed with an old key."""
        if not app.config["SECRET_KEY_FALLBACKS"]:
            return False
        serializer = self.get_signing_serializer(app)
        cookie = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not cookie:
            return False

        signer = serializer.make_signer()
        signer.secret_keys = signer.secret_keys[-1:]
        return not signer.validate(cookie)


@click.command("new-key")
@with_appcontext
def new_key() -> None:
    """Print a new secret key, and how to change to it."""
    key = str(current_app.config["SECRET_KEY"])
    if "," in key:
        raise click.ClickException(
            "SECRET_KEY has a comma, so it cannot be one of SECRET_KEY_FALLBACKS: set "
            "another key, which ends all sessions."
        )

    so_far = "KEY-SO-FAR"
    if current_app.config["SECRET_KEY_FALLBACKS"]:
        so_far += ",FALLBACKS-SO-FAR"

    # One more day, for the rest of today.
    end = datetime.now(UTC) + longest_lifetime(current_app) + timedelta(days=1)
    click.echo(f"""\
SECRET_KEY={secrets.token_urlsafe(48)}
SECRET_KEY_FALLBACKS={so_far}

1. If old and new processes run side by side, first add the new key to the
   SECRET_KEY_FALLBACKS of all: an old process could not read what a new one signs.
2. Set both variables, with the current values in the place of the words in capitals,
   and restart.
3. On {end:%Y-%m-%d}, if the restart is today, remove the old key: everything that
   it has signed has expired by then.

A key that was stolen must not become a fallback.""")


def longest_lifetime(app: Flask) -> timedelta:
    """Return how long the longest-lived signature is accepted."""
    values = [app.config.get(name) or 0 for name in LIFETIMES]
    return max(
        value if isinstance(value, timedelta) else timedelta(seconds=value)
        for value in values
    )
