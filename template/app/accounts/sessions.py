"""Sessions: a row for each logged-in browser.

The cookie holds a random token, the row its hash. Without the row the cookie is
invalid: after a log-out, a change of password, or the end of its lifetime.

`init_app()` binds registration_mode.py and token_pages.py too.

Settings: PERMANENT_SESSION_LIFETIME, REMEMBER_COOKIE_DURATION,
SESSION_ABSOLUTE_LIFETIME, SINGLE_SESSION, REMEMBER_COOKIE_REFRESH_EACH_REQUEST.
Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from functools import cache
from typing import Any
from typing import cast

import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import g
from flask import request
from flask import Response
from flask import session
from flask_login import current_user
from flask_login import login_user
from flask_login import logout_user
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import lazyload
from sqlalchemy.orm import Session

from app.accounts import registration_mode
from app.accounts import token_pages
from app.accounts import user_agents
from app.accounts.access import known_account
from app.accounts.access import logged_in_account
from app.accounts.access import may_be_logged_in
from app.accounts.login import set_csrf_secret
from app.accounts.networks import client_address
from app.core import transactions
from app.core import unavailable
from app.core.rules import duration
from app.core.texts import lazy
from app.core.unavailable import UnavailableError
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from app.models import UserSession

# Load an account without related objects: the request's session may have them.
WITHOUT_RELATED = lazyload("*")

# A row is written at most this often, not at every request.
SEEN_EVERY = timedelta(minutes=5)

# Default of SESSION_ABSOLUTE_LIFETIME, unless a session may be idle for longer.
ABSOLUTE_LIFETIME = timedelta(days=30)

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    # Flask-Login's context processor loads the user for every page, also public ones.
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
    app.jinja_env.globals["known_account"] = known_account
    app.jinja_env.globals["browser_name"] = user_agents.name_of
    login_manager.user_loader(load)
    app.after_request(keep_private)
    registration_mode.init_app(app)
    token_pages.init_app(app)


def begin(user: User, *, remember: bool = False) -> bool:
    """Log `user` in on this browser, in a new session; return whether it worked.

    Returns False, and changes nothing, if the account has become inactive or its
    password has changed after `user` was loaded. Commits, unless the caller has
    uncommitted work: then the caller commits.
    """
    token, account = secrets.token_urlsafe(32), user.id
    with transactions.commit_own_work(db.session()):
        if not lock_unchanged(user):
            return False
        add_session(user, token, remember=remember)

    start_over()
    user.session_token = token
    # Forced: the account is known to be active, and another check would be a query.
    login_user(user, remember=remember, force=True)
    g.logged_in = True
    set_csrf_secret(token)
    log("log-in", account)
    return True


def log(event: str, account: int, **fields: object) -> None:
    """Log an event of an account, with its id, never its e-mail address or a token."""
    fields = {"event": event, "account": account, **fields}
    logger.info(event, extra={"fields": fields})


def lock_unchanged(user: User) -> bool:
    """Lock the row of an account; return whether it may still log in."""
    chosen = sa.select(User.id).where(User.id == user.id, User.is_active)
    if requires_confirmation():
        chosen = chosen.where(User.is_confirmed)
    # The loaded value: an expired attribute would be loaded again and always match.
    if known := vars(user).get("password_hash"):
        chosen = chosen.where(User.password_hash == known)
    # On PostgreSQL, others can still add rows that refer to the account.
    return db.session.scalar(chosen.with_for_update(key_share=True)) is not None


def requires_confirmation() -> bool:
    """Return whether an account needs a confirmed address to log in.

    That needs mail: see EMAIL_CONFIRMATION in app/core/account_mail_settings.py.
    """
    check: Callable[[], bool]
    check = current_app.extensions.get("accounts.requires_confirmation", bool)
    return check()


def add_session(user: User, token: str, *, remember: bool) -> None:
    """Add the row of a session, and delete expired ones. The caller commits."""
    now = datetime.now(UTC)
    db.session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    if current_app.config["SINGLE_SESSION"]:
        end_all(user)

    g.session_ends_at = end_of_session(now, now, remembered=remember)
    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=digest(token),
            created_at=now,
            seen_at=now,
            expires_at=g.session_ends_at,
            browser=request.user_agent.string[:255],
            address=client_address(),
            remembered=remember,
        )
    )


class LogOutError(UnavailableError):
    """The database is down, so the session could not be deleted."""

    description = lazy("sessions.not_ended")


def end() -> None:
    """Log out on this browser. Commits as `begin()` does.

    Raises `LogOutError` if the database is down.
    """
    try:
        if current_token():
            with transactions.commit_own_work(db.session()):
                ended = delete_sessions(is_this())
            if ended:
                log("log-out", identity(logged_in_account()))
    except SQLAlchemyError as error:
        if unavailable.cause(error):
            raise LogOutError from error
        raise

    start_over()
    logout_user()


def is_remembered() -> bool:
    """Return whether this session was begun with "Keep me logged in"."""
    with db.session.session_factory() as own:
        return bool(own.scalar(sa.select(UserSession.remembered).where(is_this())))


def is_this() -> sa.ColumnElement[bool]:
    """Return the condition for the row of this browser's session."""
    return UserSession.token_hash == digest(current_token())


def current_token() -> str | None:
    """Return the token of this browser's session, without a query."""
    return getattr(current_user, "session_token", None)


def end_all(user: User) -> None:
    """Log `user` out everywhere. The caller commits."""
    log_ended(user.id, delete_all_of(user.id))


def delete_all_of(account: int) -> int:
    """Delete the sessions of an account, and return their number."""
    return delete_sessions(UserSession.user_id == account)


def log_ended(account: int, ended: int) -> None:
    """Log how many sessions of an account were ended, unless it is none."""
    if ended:
        log("sessions ended", account, sessions=ended)


def delete_sessions(which: sa.ColumnElement[bool]) -> int:
    """Delete sessions, and return their number."""
    result = db.session.execute(sa.delete(UserSession).where(which))
    return cast("sa.CursorResult[Any]", result).rowcount


def identity(user: User) -> int:
    """Return the id of an account without a query, also after a commit."""
    # Not None: a logged-in account has a row in the database.
    return cast("tuple[int]", sa.inspect(user).identity)[0]


def start_over() -> None:
    """Empty the session, except for flashed messages."""
    messages = session.get("_flashes")
    session.clear()
    if messages:
        session["_flashes"] = messages


def load(token: str) -> User | None:
    """Return the account of a session token, or None if the session is not valid.

    It is read in a separate database session, so that `current_user` holds no
    connection afterwards.
    """
    now = datetime.now(UTC)
    values = {"token_hash": digest(token), "now": now}
    with db.session.session_factory() as own:
        found = own.execute(session_query(), values).one_or_none()
        if found is None:
            return None
        g.session_ends_at = end_of_stored_session(found.created_at, found.expires_at)
        if g.session_ends_at <= now:
            return None

        user, g.remembered = found.User, found.remembered
        if now - found.seen_at >= min(SEEN_EVERY, lifetime(remember=False) / 4):
            own.expunge(user)  # a commit would expire it
            touch(own, found, now)

    g.logged_in = True
    user = attach(user)
    user.session_token = token
    return user


@cache
def session_query() -> sa.Executable:
    """Return the query for an account and its session, by `token_hash` and `now`.

    Built once: that takes longer than the database takes for it.
    """
    columns = (
        UserSession.id,
        UserSession.created_at,
        UserSession.seen_at,
        UserSession.expires_at,
        UserSession.remembered,
    )
    return (
        sa.select(User, *columns)
        .join(UserSession.user)
        .where(UserSession.token_hash == sa.bindparam("token_hash"))
        .where(UserSession.expires_at > sa.bindparam("now"), User.is_active)
        .options(WITHOUT_RELATED)
    )


def attach(user: User) -> User:
    """Return an account attached to the request's database session, without a query."""
    session = db.session()
    key: Any = sa.inspect(user).key
    present = session.identity_map.get(key) if key else None
    if present is None:
        session.add(user)
    return present or user


def touch(own: Session, row: Any, now: datetime) -> None:
    """Record that a session was used, which extends its lifetime.

    If this fails or would wait for a lock, a later request does it.
    """
    ends = g.session_ends_at
    if not row.remembered or current_app.config["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"]:
        ends = end_of_session(row.created_at, now, remembered=row.remembered)

    this = UserSession.id == row.id
    free = sa.select(UserSession.id).where(this).with_for_update(skip_locked=True)
    values = {"seen_at": now, "expires_at": ends}
    try:
        if own.scalar(free, execution_options={"lock_timeout": 0}) is None:
            return
        own.execute(sa.update(UserSession).where(this).values(values))
        own.commit()
    except SQLAlchemyError as error:
        current_app.logger.warning(
            "The last use of a session could not be saved: %s", type(error).__name__
        )
        return

    g.session_ends_at = ends
    session.modified = True  # renews the time in the cookie as well


def keep_private(response: Response) -> Response:
    """Keep responses for logged-in users out of shared caches.

    A Cache-Control of the view is kept, and is made private unless it says public. A
    page whose header shows the account is never stored.
    """
    shown = g.get("account_shown") or may_show_account_later(response)
    if not (g.get("logged_in") or shown):
        return response
    if shown:
        del response.headers["Cache-Control"]

    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store, private"
    elif not {"private", "public", "s-maxage"} & response.cache_control.keys():
        response.cache_control.private = True

    return response


def may_show_account_later(response: Response) -> bool:
    """Return whether the header of a page may show the account while it is sent."""
    return (
        response.is_streamed
        and not response.direct_passthrough  # a file
        and response.mimetype == "text/html"
        and may_be_logged_in()
    )


def lifetime(*, remember: bool) -> timedelta:
    """Return how long a session lasts if it is not used."""
    return duration(
        "REMEMBER_COOKIE_DURATION" if remember else "PERMANENT_SESSION_LIFETIME"
    )


def end_of_session(
    created_at: datetime, now: datetime, *, remembered: bool
) -> datetime:
    """Return when a session ends if it is not used again."""
    ends = now + lifetime(remember=remembered)
    longest = absolute_lifetime()
    return ends if longest is None else min(ends, created_at + longest)


def end_of_stored_session(created_at: datetime, expires_at: datetime) -> datetime:
    """Return when a session ends; the setting may have become shorter."""
    longest = absolute_lifetime()
    return expires_at if longest is None else min(expires_at, created_at + longest)


def absolute_lifetime() -> timedelta | None:
    """Return the maximum lifetime of a session that is in use; None: no maximum."""
    if "SESSION_ABSOLUTE_LIFETIME" not in current_app.config:
        return max(ABSOLUTE_LIFETIME, lifetime(remember=True), lifetime(remember=False))
    if current_app.config["SESSION_ABSOLUTE_LIFETIME"] is None:
        return None
    return duration("SESSION_ABSOLUTE_LIFETIME")


def digest(token: object) -> str:
    """Return the hash to store for a token; the token itself gives access."""
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()
