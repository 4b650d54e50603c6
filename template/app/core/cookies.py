"""The session cookie: its name, its path, and when it is renewed.

`cookie_name` in app/site.toml names the cookies, so that two projects on one host do
not overwrite each other's. SESSION_COOKIE_NAME, SESSION_COOKIE_PATH and the same of
REMEMBER_COOKIE have precedence. Settings: APPLICATION_ROOT, PROXY_PREFIX, SCRIPT_NAME,
SECRET_KEY_FALLBACKS. Maintained by copier-flask.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any

import flask
from flask import current_app
from flask import Flask
from flask import g
from flask import message_flashed
from flask import Request
from flask import request
from flask import Response
from flask.sessions import SecureCookieSession
from flask.sessions import SecureCookieSessionInterface
from flask.sessions import SessionMixin
from flask.templating import Environment
from itsdangerous import BadSignature
from itsdangerous import URLSafeTimedSerializer

from app.core.hooks import unmarked_session
from app.core.known_settings import site
from app.core.rules import SettingsError

# Browsers accept such a cookie only with Secure, without a domain and with path "/": no
# other host, and no page over HTTP, can set it.
HOST_PREFIX = "__Host-"

# The name in projects that are older than `cookie_name`.
FORMER_NAME = "session"
FORMER_NAMES = {"SESSION": "session", "REMEMBER": "remember_token"}

# Seconds. A cookie that is read is signed again if it is older.
RENEW_AFTER = 300

# Maximum number of session cookies that are read.
MAX_COOKIES = 5


def init_app(app: Flask, *, production: bool) -> None:
    app.session_interface = SessionInterface()
    set_names(app, production=production)
    # Flask documents that its methods may be replaced. The environment is not asked for
    # here: it is made when it is first used, with the settings of that moment.
    environment = partial(jinja_environment, app.create_jinja_environment)
    setattr(app, "create_jinja_environment", environment)  # noqa: B010
    message_flashed.connect(record_flash, app)


def jinja_environment(flasks: Callable[[], Environment]) -> Environment:
    """Return Flask's environment of the templates with `get_flashed_messages` below."""
    environment = flasks()
    environment.globals["get_flashed_messages"] = get_flashed_messages
    return environment


def record_flash(app: Flask, **_: object) -> None:
    """Record that this request flashed a message, so that base.html shows it at once.

    base.html looks for messages only with a session cookie or after this.
    """
    g.message_flashed = True


def get_flashed_messages(*given: Any, **options: Any) -> list[Any]:
    """Return what Flask's function of this name returns, for templates.

    Flask's marks the session as accessed even if it has no messages. Each page of a
    visitor with a cookie then has "Vary: Cookie", and shared caches cannot use it.

    A page without messages is the same for all visitors. If a cache sends it to one
    whose session has a message, that message is shown by the next page that the server
    makes. A page that takes messages out of the session sets the cookie, and is not
    stored: see `SessionInterface`.
    """
    session = unmarked_session()
    # If it was accessed, the view may have read the messages, and Flask has kept them.
    if not getattr(session, "accessed", True) and "_flashes" not in (session or ()):
        return []

    return flask.get_flashed_messages(*given, **options)


def set_names(app: Flask, *, production: bool) -> None:
    """Name each cookie that neither config.py nor a variable names.

    Raises SettingsError for settings with which browsers refuse the cookie.
    """
    for kind in FORMER_NAMES:
        if app.config.get(f"{kind}_COOKIE_NAME", "") is None:
            app.config[f"{kind}_COOKIE_NAME"] = default_name(app, kind, production)
        check(app.config, kind)

    names = [app.config.get(f"{kind}_COOKIE_NAME") for kind in FORMER_NAMES]
    if names[0] == names[1]:
        raise SettingsError(
            "SESSION_COOKIE_NAME and REMEMBER_COOKIE_NAME must differ, or one cookie "
            "overwrites the other."
        )


def check(config: Mapping[str, Any], kind: str) -> None:
    """Raise SettingsError for a cookie that browsers would drop."""
    name = config.get(f"{kind}_COOKIE_NAME") or ""
    secure = config.get(f"{kind}_COOKIE_SECURE")
    whole_host = not config.get(f"{kind}_COOKIE_DOMAIN") and config.get(
        f"{kind}_COOKIE_PATH"
    ) in (None, "/")
    if name.startswith(HOST_PREFIX) and not (secure and whole_host):
        raise SettingsError(
            f"{kind}_COOKIE_NAME must not begin with {HOST_PREFIX} unless the cookie "
            "is secure, without a domain, and has the path /."
        )
    if config.get(f"{kind}_COOKIE_SAMESITE") == "None" and not secure:
        raise SettingsError(
            f"{kind}_COOKIE_SAMESITE must be Lax or Strict unless "
            f"{kind}_COOKIE_SECURE is true."
        )


def default_name(app: Flask, kind: str, production: bool) -> str:
    """Return the name of a cookie by `cookie_name` in app/site.toml.

    Raises `SettingsError` if that cannot be part of a name.
    """
    own = site().get("cookie_name", FORMER_NAME)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", str(own)):
        raise SettingsError(
            "cookie_name in app/site.toml must be letters, digits, - and _, and begin "
            f"with a letter or digit, not {own!r}."
        )
    if own == FORMER_NAME:
        return FORMER_NAMES[kind]

    whole_host = production and is_for_the_whole_host(app, kind)
    return f"{HOST_PREFIX if whole_host else ''}{own}_{kind.lower()}"


def is_for_the_whole_host(app: Flask, kind: str) -> bool:
    """Return whether browsers accept this cookie with HOST_PREFIX."""
    config = app.config
    return (
        bool(config.get(f"{kind}_COOKIE_SECURE"))
        and not config.get(f"{kind}_COOKIE_DOMAIN")
        and config.get(f"{kind}_COOKIE_PATH") in (None, "/")
        # The site is not below a path, as far as is known at start.
        and config["APPLICATION_ROOT"] in (None, "/")
        and not config.get("SCRIPT_NAME")
        and not config.get("PROXY_PREFIX")
    )


def path_of(kind: str) -> str:
    """Return the path of a cookie, SESSION or REMEMBER, in this request."""
    config = current_app.config
    if own := config.get(f"{kind}_COOKIE_PATH"):
        return str(own)
    if config[f"{kind}_COOKIE_NAME"].startswith(HOST_PREFIX):
        return "/"
    return request.script_root or config["APPLICATION_ROOT"] or "/"


class Session(SecureCookieSession):
    """Flask's session, with the age of its cookie in seconds."""

    age: float = 0


class SessionInterface(SecureCookieSessionInterface):
    """Flask's interface, with the path of the site, and cookies that are renewed.

    Flask signs a cookie again only when its content changes. The session of a user who
    only reads would expire, and with it the CSRF token of each open form.

    A response that sets or deletes the cookie is for one visitor: it is `no-store,
    private`, unless its Cache-Control says one of them.
    """

    # The keys of the last serializer, and the serializer.
    known: tuple[list[Any], URLSafeTimedSerializer | None] = ([], None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer of the current keys, which is made once for them."""
        keys = [app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ())]
        known = self.known
        if known[0] != keys:
            known = self.known = (keys, super().get_signing_serializer(app))
        return known[1]

    def get_cookie_path(self, app: Flask) -> str:
        return path_of("SESSION")

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        expires = super().get_expiration_time(app, session)
        ends: datetime | None = g.get("session_ends_at")  # set with an absolute end
        return min(expires, ends) if expires and ends else expires

    def open_session(self, app: Flask, request: Request) -> Session | None:
        """Return the session of the newest cookie that is valid.

        A browser may send several, after a change of domain or path. A stale one is not
        renewed.
        """
        if app.secret_key and "HTTP_COOKIE" not in request.environ:
            return Session()  # nothing to verify
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None

        cookies = request.cookies.getlist(self.get_cookie_name(app))[:MAX_COOKIES]
        lifetime = int(app.permanent_session_lifetime.total_seconds())
        sessions = [opened(serializer, cookie, lifetime) for cookie in cookies]
        return min(filter(None, sessions), key=attrgetter("age"), default=Session())

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Return Flask's answer, and False if the session was not used.

        With SESSION_REFRESH_EACH_REQUEST, Flask sends a permanent session with each
        response, also with style sheets, which caches share.
        """
        used = session.accessed or session.modified
        return used and super().should_set_cookie(app, session)

    def save_session(
        self, app: Flask, session: SessionMixin, response: Response
    ) -> None:
        if not (session or session.accessed or session.modified):
            return  # no cookie, and no "Vary: Cookie"
        # Only if the session was accessed and the response is not public: a cache may
        # store public responses, and would send the cookie to others.
        if session and session.accessed and not response.cache_control.public:
            limit = min(RENEW_AFTER, app.permanent_session_lifetime.total_seconds() / 4)
            if getattr(session, "age", 0) >= limit:
                session.modified = True

        before = response.headers.getlist("Set-Cookie")
        super().save_session(app, session, response)
        if response.headers.getlist("Set-Cookie") != before:
            keep_private(response)


def keep_private(response: Response) -> None:
    """Mark a response as `no-store, private`, unless it says one of them.

    Saving the session is the last step of a response, so no hook overrides this.
    """
    if not {"no-store", "private"} & response.cache_control.keys():
        response.headers["Cache-Control"] = "no-store, private"


def opened(
    serializer: URLSafeTimedSerializer, cookie: str, lifetime: int
) -> Session | None:
    """Return the session of a cookie of at most `lifetime` seconds, or None."""
    try:
        data, signed_at = serializer.loads(
            cookie, max_age=lifetime, return_timestamp=True
        )
    except BadSignature:
        return None

    session = Session(data)
    session.age = time.time() - signed_at.timestamp()
    return session
