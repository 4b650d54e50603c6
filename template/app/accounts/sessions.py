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
from sqlalchemy.orm import contains_eager

from app.accounts.login import duration
from app.core import unavailable
from app.core.unavailable import UnavailableError
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from app.models import UserSession

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

    app.after_request(note_seen)
    app.after_request(keep_private)


def begin(user: User, *, remember: bool = False) -> None:
    """Log `user` in on this browser. Nothing of the session before it stays."""
    now = datetime.now(UTC)
    db.session.execute(sa.delete(UserSession).where(UserSession.expires_at <= now))
    if current_app.config["SINGLE_SESSION"]:
        end_all(user)

    token = secrets.token_urlsafe(32)
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
    db.session.commit()

    start_over()
    user.session_token = token
    login_user(user, remember=remember)


class LogOutError(UnavailableError):
    """The database is away, and the session that it holds goes on."""

    description = (
        "You may still be logged in on this browser. Please try again in a few seconds."
    )


def end() -> None:
    """Log out on this browser. Raises `LogOutError` where the database is away."""
    try:
        if current_user.is_authenticated:
            ours = UserSession.token_hash == digest(current_user.session_token)
            db.session.execute(sa.delete(UserSession).where(ours))
            db.session.commit()
    except SQLAlchemyError as error:
        if unavailable.cause(error):
            raise LogOutError from error
        raise

    start_over()
    logout_user()


def is_remembered() -> bool:
    """Tell whether this browser asked to be kept logged in."""
    ours = UserSession.token_hash == digest(current_user.session_token)
    return bool(db.session.scalar(sa.select(UserSession.remembered).where(ours)))


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
    """Return the account behind the token of a cookie, if it still opens anything."""
    now = datetime.now(UTC)
    row = db.session.scalar(
        sa.select(UserSession)
        .join(UserSession.user)
        .options(contains_eager(UserSession.user))
        .where(UserSession.token_hash == digest(token))
        .where(UserSession.expires_at > now, User.is_active)
    )
    if row is None:
        return None

    if now - row.seen_at >= SEEN_EVERY:
        g.session_to_note = (row.id, row.remembered)
    row.user.session_token = token
    return row.user


def note_seen(response: Response) -> Response:
    """Note when the session was last seen; one that is not remembered lives on."""
    if "session_to_note" not in g:
        return response

    row, remembered = g.pop("session_to_note")
    now = datetime.now(UTC)
    values = {"seen_at": now}
    if not remembered:
        values["expires_at"] = now + lifetime(remember=False)
        session.modified = True  # the time in the cookie begins anew as well

    try:
        # What the view has not committed would be lost now in any case.
        db.session.rollback()
        db.session.execute(
            sa.update(UserSession).where(UserSession.id == row).values(values)
        )
        db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()
        current_app.logger.exception("When the session was seen could not be noted.")

    return response


def keep_private(response: Response) -> Response:
    """Let no cache keep what was made for somebody who is logged in."""
    user = g.get("_login_user")
    if user and user.is_authenticated and "Cache-Control" not in response.headers:
        response.cache_control.no_store = True
        response.cache_control.private = True

    return response


def lifetime(*, remember: bool) -> timedelta:
    return duration(
        "REMEMBER_COOKIE_DURATION" if remember else "PERMANENT_SESSION_LIFETIME"
    )


def digest(token: object) -> str:
    """Return what the row holds of a token: the token itself would open the session."""
    return hashlib.sha256(str(token).encode("utf-8", "replace")).hexdigest()
