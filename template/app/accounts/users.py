"""What can be done with an account, whoever asks for it: a page, a program, a command.

Hashing a password takes long on purpose. On SQLite a transaction that may write keeps
everybody else waiting, so each function here ends the one before, and what has not been
committed with it.
"""

from __future__ import annotations

import logging

import sqlalchemy as sa
from flask import request
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords
from app.accounts import sessions
from app.extensions import db
from app.models import User

logger = logging.getLogger(__name__)


class AddressTakenError(ValueError):
    """There is an account with this address already."""

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail address: log in.")


def create(address: str, password: str, *, is_admin: bool = False) -> User:
    """Make an account and commit it.

    Raises `AddressTakenError`, and ValueError for what is no address or no password.
    """
    passwords.check(password, address)
    db.session.rollback()
    password_hash = passwords.hashed(password)

    # Asking first would not do: another request may come in between.
    user = User(email=address, password_hash=password_hash, is_admin=is_admin)
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        raise AddressTakenError from None

    return user


def authenticate(address: str, password: str) -> User | None:
    """Return the active account that has this address and password, or None.

    The work is the same for an account that does not exist or is not active: the
    time of an answer tells nobody who has an account.
    """
    decoy = passwords.decoy()
    found = db.session.execute(
        sa.select(User.id, User.password_hash, User.is_active).where(
            User.email == address
        )
    ).one_or_none()
    db.session.rollback()

    fits = passwords.matches(found.password_hash if found else decoy, password)
    if not (found and fits and found.is_active):
        logger.warning(
            "log-in failed",
            extra={"fields": {"account": address, "address": request.remote_addr}},
        )
        return None

    better = None
    if passwords.outdated(found.password_hash):
        better = passwords.hashed(password)

    user = db.session.get(User, found.id)
    if user and better:
        user.password_hash = better
        db.session.commit()

    return user


def has_password(user: User, password: str) -> bool:
    """Tell whether somebody who is logged in knows the password of the account."""
    password_hash = user.password_hash
    db.session.rollback()
    return passwords.matches(password_hash, password)


def change_password(user: User, password: str) -> None:
    """Set the password, and log the account out everywhere."""
    db.session.rollback()
    password_hash = passwords.hashed(password)

    user.password_hash = password_hash
    sessions.end_all(user)
    db.session.commit()


def deactivate(user: User) -> None:
    """Let nobody in with this account any more, and log it out everywhere."""
    user.is_active = False
    sessions.end_all(user)
    db.session.commit()
