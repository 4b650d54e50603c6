"""Operations on accounts, for pages, the API and commands.

Each function commits its changes, unless the caller has uncommitted work: then it uses
a SAVEPOINT, and the caller commits. Hashing a password is slow on purpose; no
connection is held meanwhile, unless the caller has uncommitted work on it.

Maintained by copier-flask.
"""

from __future__ import annotations

import logging
from typing import Any
from typing import cast

import sqlalchemy as sa
from flask import has_request_context
from flask import request
from sqlalchemy.exc import IntegrityError

from app.accounts import events
from app.accounts import grace
from app.accounts import passwords
from app.accounts import sessions
from app.accounts import throttling
from app.accounts import tokens
from app.accounts.addresses import normalise
from app.core import transactions
from app.core.texts import text
from app.extensions import db
from app.models import User

logger = logging.getLogger(__name__)


class EmailTakenError(ValueError):
    """There is an account with this address already."""

    def __init__(self) -> None:
        super().__init__(text("addresses.taken"))


class MissingFieldsError(TypeError):
    """Columns of `User` that require a value have none."""

    def __init__(self, names: list[str]) -> None:
        listed = ", ".join(names)
        super().__init__(
            f"User requires a value for {listed}: pass it to users.create()."
        )
        self.names = names


def create(
    email: str, password: str, *, is_admin: bool = False, **fields: object
) -> User:
    """Create and return an account; `fields` are further fields of `User`, by name.

    Example: `users.create(email, password, nickname=form.text("nickname"))`.

    Raises `EmailTakenError`, ValueError for an address or a password that is refused,
    TypeError for a field that `User` does not have, and `MissingFieldsError`.
    """
    email = normalise(email)
    passwords.check(password, email)
    transactions.release_connection(db.session())
    hashed = passwords.hash_password(password)
    return add(email, hashed, is_admin=is_admin, **fields)


def add(email: str, password_hash: str, **fields: object) -> User:
    """Insert and return an account whose password is hashed already.

    `email` must be normalised. Raises `EmailTakenError`, TypeError for a field that
    `User` does not have, and `MissingFieldsError`.
    """
    # An IntegrityError of the caller's own work is not about this account.
    db.session.flush()

    try:
        # Not queried first: another request may insert the address in between.
        with transactions.commit_own_work(db.session()):
            # Not earlier: an object among the fields becomes dirty, which counts as
            # uncommitted work of the caller.
            user = User(email=email, password_hash=password_hash, **fields)
            insert(user)
    except IntegrityError:
        # Queried afterwards, so that no database's error text has to be parsed.
        same = sa.select(User.id).where(User.email == email)
        if db.session.scalar(same) is None:
            raise
        raise EmailTakenError from None

    return user


def insert(user: User) -> None:
    """Insert a row. Raises `MissingFieldsError`, and IntegrityError for other rules."""
    db.session.add(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        # Not checked before: an event of SQLAlchemy may have filled a field.
        if missing := missing_fields(user):
            raise MissingFieldsError(missing) from error
        raise


def missing_fields(user: User) -> list[str]:
    """Return the names of the fields that require a value and have none."""
    return [
        attribute.key
        for attribute in sa.inspect(User).column_attrs
        if vars(user).get(attribute.key) is None and is_required(attribute.columns[0])
    ]


def is_required(column: sa.ColumnElement[Any]) -> bool:
    """Return whether a row needs a value for a column, which fills in none itself."""
    if not isinstance(column, sa.Column) or column.nullable:
        return False
    sources = (column.default, column.server_default, column.computed, column.identity)
    is_numbered = column.table.autoincrement_column is column
    return not is_numbered and sources == (None,) * 4


def authenticate(email: str, password: str) -> User | None:
    """Return the active account that has this address and password, or None.

    An account that its owner has deleted is active again, if its time has not come.
    `email` must be normalised. Raises `HashingBusyError` in a request.
    The work is the same for an account that does not exist, is not active or is not
    confirmed: the response time does not reveal who has an account. No connection is
    held afterwards.
    """
    transactions.release_connection(db.session())
    found = find_verified(email, password)
    if found is None:
        log_failure(email)
        return None

    user_id, password_hash = found
    if passwords.needs_rehash(password_hash):
        password_hash = rehash(email, password, password_hash)
    # Only if the password has not changed meanwhile: the old one must not log in.
    query = sa.select(User).filter_by(
        id=user_id, password_hash=password_hash, is_active=True
    )
    query = query.options(sessions.WITHOUT_RELATED)
    with db.session.session_factory() as own:
        user = own.scalar(query)
    if user is None and grace.keep(user_id, password_hash):
        with db.session.session_factory() as own:
            user = own.scalar(query)
    throttling.forgive(email)
    return sessions.attach(user) if user else None


def find_verified(email: str, password: str) -> tuple[int, str] | None:
    """Return id and hash of the account with this address and password.

    It is active, or can be kept from being deleted. With EMAIL_CONFIRMATION =
    "required", its address has to be confirmed. Computes one hash in any case. Raises
    `HashingBusyError` in a request.
    """
    dummy = passwords.dummy_hash()
    columns = (
        User.id,
        User.password_hash,
        User.is_active,
        User.is_confirmed,
        User.delete_after,
    )
    with db.session.session_factory() as own:
        found = own.execute(
            sa.select(*columns).where(User.email == email)
        ).one_or_none()

    fits = passwords.verify(found.password_hash if found else dummy, password)
    if not (found and fits):
        return None
    if not (found.is_active or grace.may_be_kept(found.delete_after)):
        return None
    if sessions.requires_confirmation() and not found.is_confirmed:
        events.send(events.unconfirmed_login, email=email)
        return None
    return found.id, found.password_hash


def rehash(email: str, password: str, outdated: str) -> str:
    """Store a password with the current method, and return the stored hash.

    Raises `HashingBusyError` in a request.
    """
    better = passwords.hash_password(password)
    with transactions.commit_own_work(db.session()):
        if replace_hash(email, outdated, better):
            return better

    # Another log-in may have renewed it, or a change of the password came first.
    again = find_verified(email, password)
    return again[1] if again else outdated


def replace_hash(email: str, before: str, after: str) -> bool:
    """Replace the hash `before`; return False, without a change, if it was another."""
    unchanged = sa.and_(User.email == email, User.password_hash == before)
    change = sa.update(User).where(unchanged).values(password_hash=after)
    return bool(cast("sa.CursorResult[Any]", db.session.execute(change)).rowcount)


def log_failure(email: str) -> None:
    """Log a wrong password, with the IP address of the request, never the password."""
    where = request.remote_addr if has_request_context() else None
    fields = {"account": email, "address": where}
    logger.warning("log-in failed", extra={"fields": fields})


def has_password(user: User, password: str) -> bool:
    """Return whether this is the account's password; log a wrong one.

    No connection is held afterwards. Raises `HashingBusyError` in a request.
    """
    email, password_hash = user.email, user.password_hash
    transactions.release_connection(db.session())
    if passwords.verify(password_hash, password):
        return True
    log_failure(email)
    return False


def change_password(user: User, current: str, password: str) -> bool:
    """Set the password if `current` is right; log the account out everywhere.

    The links that were sent to it are no longer valid. Returns False, and changes
    nothing, if `current` is wrong or another change came first. Raises
    `HashingBusyError`.
    """
    account, email, before = user.id, user.email, user.password_hash
    if not has_password(user, current):
        return False

    after = passwords.hash_password(password)
    with transactions.commit_own_work(db.session()):
        if not replace_hash(email, before, after):
            return False
        ended = end_access(account)
    announce_password(account, email, ended)
    return True


def store_hash(account: int, hashed: str, **more: object) -> int:
    """Store the hash of a new password, and `more` fields. The caller commits.

    The account is logged out everywhere, and its links are no longer valid. Returns how
    many sessions it had.
    """
    change = sa.update(User).where(User.id == account)
    # First: it waits for a log-in that has locked the row, and later ones see it.
    db.session.execute(change.values(password_hash=hashed, **more))
    return end_access(account)


def end_access(account: int) -> int:
    """Delete the sessions and the tokens of an account; return how many sessions.

    The caller commits, and logs it.
    """
    ended = sessions.delete_all_of(account)
    tokens.revoke(account)
    return ended


def announce_password(account: int, email: str, ended: int) -> None:
    """Log a change of a password, which ended so many sessions; tell who listens."""
    sessions.log_ended(account, ended)
    sessions.log("password change", account)
    events.send(events.password_changed, user_id=account, email=email)


def deactivate(user: User) -> None:
    """Block log-in to this account, and log it out everywhere.

    If its owner has deleted it, a log-in can no longer keep it, and it stays. Unlike
    `administration.deactivate`, it does so with the last administrator too.
    """
    account = user.id
    off = sa.update(User).where(User.id == account)
    off = off.values(is_active=False, delete_after=None)
    with transactions.commit_own_work(db.session()):
        # First: it waits for a log-in that has locked the row, and later ones see it.
        db.session.execute(off)
        ended = end_access(account)
    sessions.log_ended(account, ended)


# Names of release 0.8, kept in this release because the owner's files may use them.
AddressTakenError = EmailTakenError
verified = find_verified
