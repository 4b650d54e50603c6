"""Sessions: a row for each browser that somebody is logged in with.

The cookie holds a random token, the row its hash. Without the row the cookie opens
nothing: not after a log-out, nor after a change of password, nor when its time is over.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from datetime import timedelta
from datetime import UTC

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

from app.accounts.login import duration
from app.core import transactions
from app.core import unavailable
from app.core.unavailable import UnavailableError
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from app.models import UserSession

# No other objects come with an account: the request's session may have them already.
ALONE = lazyload("*")

# A row is written this often at most, not at every request.
SEEN_EVERY = timedelta(minutes=5)


def init_app(app: Flask) -> None:
    # Its own context processor asks who is logged in for every page, public ones too.
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user

    login_manager.login_view = "auth.login"
    login_manager.login_message = "Please log in to see this page."
    login_manager.login_message_category = "info"
    login_manager.user_loader(load)

    app.after_request(keep_private)


def begin(user: User, *, remember: bool = False) -> bool:
    """Log `user` in on this browser. Nothing of the session before it stays.

    Returns False, and changes nothing, where the account is inactive by now or has
    another password than when `user` was loaded. Commits, unless the caller has work
    that is not committed: then the caller commits.
    """
    token = secrets.token_urlsafe(32)
    with transactions.commit_own_work(db.session()):
        if not lock_unchanged(user):
            return False
        add_session(user, token, remember=remember)

    start_over()
    user.session_token = token
    # Forced: that it is active is known, and to ask again would be a query.
    login_user(user, remember=remember, force=True)
    g.logged_in = True
    return True


def lock_unchanged(user: User) -> bool:
    """Lock the row of an account; tell whether it may still be logged in."""
    chosen = sa.select(User.id).where(User.id == user.id, User.is_active)
    # The loaded value: an expired attribute would be loaded again, and prove nothing.
    if known := vars(user).get("password_hash"):
        chosen = chosen.where(User.password_hash == known)
    # On PostgreSQL, others can still add rows that refer to the account.
    return db.session.scalar(chosen.with_for_update(key_share=True)) is not None


def add_session(user: User, token: str, *, remember: bool) -> None:
    now = datetime.now(UTC)
    db.session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    if current_app.config["SINGLE_SESSION"]:
        end_all(user)

    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=digest(token),
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime(remember=remember),
            browser=request.user_agent.string[:255],
            remembered=remember,
        )
    )


class LogOutError(UnavailableError):
    """The database is down, so the session could not be deleted."""

    description = (
        "You may still be logged in on this browser. Please try again in a few seconds."
    )


def end() -> None:
    """Log out on this browser. Commits as `begin()` does.

    Raises `LogOutError` if the database is down.
    """
    try:
        if token := token_of_now():
            ours = UserSession.token_hash == digest(token)
            with transactions.commit_own_work(db.session()):
                db.session.execute(sa.delete(UserSession).where(ours))
    except SQLAlchemyError as error:
        if unavailable.cause(error):
            raise LogOutError from error
        raise

    start_over()
    logout_user()


def is_remembered() -> bool:
    """Tell whether this browser asked to be kept logged in."""
    ours = UserSession.token_hash == digest(token_of_now())
    with db.session.session_factory() as own:
        return bool(own.scalar(sa.select(UserSession.remembered).where(ours)))


def token_of_now() -> str | None:
    """Return the token of this browser's session; it is no column, so always known."""
    return getattr(current_user, "session_token", None)


def end_all(user: User) -> None:
    """Log `user` out everywhere. The caller commits."""
    db.session.execute(sa.delete(UserSession).where(UserSession.user_id == user.id))


def start_over() -> None:
    """Empty the session, but for the messages that wait to be shown."""
    messages = session.get("_flashes")
    session.clear()
    if messages:
        session["_flashes"] = messages


def load(token: str) -> User | None:
    """Return the account behind the token of a cookie, if it still opens anything.

    It is read in a separate database session, so that `current_user` holds no
    connection afterwards.
    """
    now = datetime.now(UTC)
    chosen = (
        sa.select(User, UserSession.id, UserSession.seen_at, UserSession.remembered)
        .join(UserSession.user)
        .where(UserSession.token_hash == digest(token))
        .where(UserSession.expires_at > now, User.is_active)
        .options(ALONE)
    )
    with db.session.session_factory() as own:
        found = own.execute(chosen).one_or_none()
        if found is None:
            return None

        user, row, seen_at, remembered = found
        own.expunge(user)
        if now - seen_at >= SEEN_EVERY:
            note_seen(own, row, remembered=remembered)

    g.logged_in = True
    user = attached(user)
    user.session_token = token
    return user


def attached(user: User) -> User:
    """Return an account as one of the request's session, without a query."""
    session = db.session()
    present = session.identity_map.get(sa.inspect(user).key)
    if present is None:
        session.add(user)
    return present or user


def note_seen(own: Session, row: int, *, remembered: bool) -> None:
    """Note when a session was last seen; one that is not remembered lives on.

    Where it would wait for a lock, or fails, a later request does it.
    """
    now = datetime.now(UTC)
    values = {"seen_at": now}
    if not remembered:
        values["expires_at"] = now + lifetime(remember=False)

    this = UserSession.id == row
    free = sa.select(UserSession.id).where(this).with_for_update(skip_locked=True)
    try:
        if own.scalar(free, execution_options={"lock_timeout": 0}) is None:
            return
        own.execute(sa.update(UserSession).where(this).values(values))
        own.commit()
    except SQLAlchemyError as error:
        current_app.logger.warning(
            "When a session was seen could not be noted: %s", type(error).__name__
        )
        return

    if not remembered:
        session.modified = True  # renew the time in the cookie as well


def keep_private(response: Response) -> Response:
    """Keep responses for logged-in users out of shared caches.

    What the view itself says about caches stays, and is private where it does not say
    that it is public.
    """
    cache = response.cache_control
    if g.get("logged_in") and "Cache-Control" not in response.headers:
        cache.no_store = True
        cache.private = True
    elif g.get("logged_in") and not {"private", "public", "s-maxage"} & cache.keys():
        cache.private = True

    return response


def lifetime(*, remember: bool) -> timedelta:
    return duration(
        "REMEMBER_COOKIE_DURATION" if remember else "PERMANENT_SESSION_LIFETIME"
    )


def digest(token: object) -> str:
    """Return what the row holds of a token: the token itself would open the session."""
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()
