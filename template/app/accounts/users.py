"""What can be done with an account, whoever asks for it: a page, a program, a command.

Hashing a password takes long on purpose. On SQLite a transaction that may write keeps
everybody else waiting, so each function here ends the one before, and what has not been
committed with it.
"""

from __future__ import annotations

import logging
from typing import Any
from typing import cast

import sqlalchemy as sa
from flask import has_request_context
from flask import request
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords
from app.accounts import sessions
from app.accounts.addresses import normalise
from app.extensions import db
from app.models import User

logger = logging.getLogger(__name__)


class AddressTakenError(ValueError):
    """There is an account with this address already."""

    def __init__(self) -> None:
        super().__init__("There is an account with this e-mail address already.")


def create(address: str, password: str, *, is_admin: bool = False) -> User:
    """Make an account and commit it.

    Ends the transaction before. Raises `AddressTakenError`, and ValueError for what is
    no address or no password.
    """
    address = normalise(address)
    passwords.check(password, address)
    db.session.rollback()
    user = User(email=address, is_admin=is_admin)
    user.set_password(password)

    # Asking first would not do: another request may come in between.
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
        note_failure(address)
        return None

    better = None
    if passwords.outdated(found.password_hash):
        better = passwords.hashed(password)

    # Only if nobody changed the password meanwhile: the old one must not get in then,
    # and must not be written back.
    unchanged = sa.and_(User.id == found.id, User.password_hash == found.password_hash)
    if better:
        values = {"password_hash": better}
        db.session.execute(sa.update(User).where(unchanged).values(values))
        db.session.commit()
        unchanged = sa.and_(User.id == found.id, User.password_hash == better)

    return db.session.scalar(sa.select(User).where(unchanged))


def note_failure(address: str) -> None:
    where = request.remote_addr if has_request_context() else None
    fields = {"account": address, "address": where}
    logger.warning("log-in failed", extra={"fields": fields})


def change_password(user: User, current: str, password: str) -> bool:
    """Set the password if `current` is the one so far; log the account out everywhere.

    Ends the transaction before. Returns False, and changes nothing, where `current` is
    wrong or another change came first.
    """
    address, before = user.email, user.password_hash
    db.session.rollback()
    if not passwords.matches(before, current):
        note_failure(address)
        return False

    unchanged = sa.and_(User.email == address, User.password_hash == before)
    values = {"password_hash": passwords.hashed(password)}
    done = db.session.execute(sa.update(User).where(unchanged).values(values))
    if not cast("sa.CursorResult[Any]", done).rowcount:
        db.session.rollback()
        return False

    sessions.end_all(user)
    db.session.commit()
    return True


def deactivate(user: User) -> None:
    """Let nobody in with this account any more, and log it out everywhere."""
    user.is_active = False
    sessions.end_all(user)
    db.session.commit()
