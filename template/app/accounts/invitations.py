"""Invitations: a link with which one address makes an account, once.

The log has the number of an invitation, not the address that it is for. With
REGISTRATION = "closed" no invitation is valid.

Settings: INVITATION_LIFETIME, REGISTRATION. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from typing import Any
from typing import cast

import sqlalchemy as sa

from app.accounts import events
from app.accounts import passwords
from app.accounts import registration_mode
from app.accounts import sessions
from app.accounts import tokens
from app.accounts import users
from app.accounts.addresses import normalise
from app.core import links
from app.core import transactions
from app.core.pagination import Pages
from app.core.pagination import paginate_by_key
from app.core.rules import duration
from app.core.texts import text
from app.extensions import db
from app.models import AccountToken
from app.models import User

PURPOSE = "invite"
ENDPOINT = "auth.accept_invitation"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Invitation:
    """An invitation that was just made; its link is stored nowhere."""

    email: str
    link: str


def invite(email: str, by: int | None = None) -> Invitation:
    """Invite an address, and send the event `invited`; return the invitation.

    An earlier invitation of the address is no longer valid. `by` is the id of the
    account that invites, None in a command. Commits, unless the caller has uncommitted
    work. Raises `EmailTakenError`, ValueError for an address that is refused and if
    registration is closed, `NoSiteAddressError`, and `BuildError` if the project has no
    page for the link.
    """
    if registration_mode.is_closed():
        raise ValueError(text("registration.closed"))
    email = normalise(email)
    taken = sa.select(User.id).where(User.email == email, User.is_confirmed.is_(True))
    if db.session.scalar(taken) is not None:
        raise users.EmailTakenError
    links.link(ENDPOINT, token=PURPOSE)  # raises before there is a token without a link

    token = tokens.create(PURPOSE, email, duration("INVITATION_LIFETIME"))
    link = links.link(ENDPOINT, token=token)
    if made := tokens.find(PURPOSE, token):
        log("invited", made.id, by)
    events.send(events.invited, email=email, link=link)
    return Invitation(email, link)


def pending() -> Pages[AccountToken]:
    """Return a page of the open invitations, the newest first."""
    valid = AccountToken.expires_at > datetime.now(UTC)
    chosen = sa.select(AccountToken).where(AccountToken.purpose == PURPOSE, valid)
    return paginate_by_key(chosen, AccountToken.id, descending=True)


def withdraw(number: int, by: int | None = None) -> bool:
    """Make an invitation invalid, by its id; return whether it was there.

    Commits, unless the caller has uncommitted work.
    """
    this = sa.and_(AccountToken.id == number, AccountToken.purpose == PURPOSE)
    with transactions.commit_own_work(db.session()):
        gone = db.session.execute(sa.delete(AccountToken).where(this))
    if not cast("sa.CursorResult[Any]", gone).rowcount:
        return False
    log("invitation withdrawn", number, by)
    return True


def find(token: str) -> str | None:
    """Return the address that an invitation is for, None if it is not valid."""
    found = find_row(token)
    return found.email if found else None


def find_row(token: str) -> AccountToken | None:
    """Return the row of a valid invitation, or None."""
    return None if registration_mode.is_closed() else tokens.find(PURPOSE, token)


def accept(token: str, password: str, **fields: object) -> User | None:
    """Make the account of an invitation, with a confirmed address, and return it.

    `fields` are further fields of `User`, as in `users.create()`. Returns None if the
    invitation is not valid; of two simultaneous requests one makes the account.
    Commits, unless the caller has uncommitted work. Raises ValueError for a password
    that is refused, TypeError for a field that `User` does not have, `EmailTakenError`,
    `MissingFieldsError` and `HashingBusyError`; then the invitation stays valid.
    """
    found = find_row(token)
    if found is None:
        return None
    email, number = found.email, found.id
    passwords.check(password, email)
    transactions.release_connection(db.session())
    hashed = passwords.hash_password(password)

    lock = sa.select(AccountToken.id).where(AccountToken.id == number)
    with transactions.commit_own_work(db.session()):
        # First: what follows commits only together.
        db.session.scalar(lock.with_for_update())
        if tokens.use(PURPOSE, token) is None:
            return None
        user = account_of(email, hashed, fields)
    sessions.log("invitation accepted", sessions.identity(user), invitation=number)
    return user


def account_of(email: str, password_hash: str, fields: dict[str, Any]) -> User:
    """Return the account of an accepted invitation. The caller commits.

    A stranger may have registered the address: an account that was never confirmed gets
    the password, and who made it is logged out.
    """
    unconfirmed = sa.and_(User.email == email, User.is_confirmed.is_(False))
    user = db.session.scalar(sa.select(User).where(unconfirmed).with_for_update())
    if user is None:
        return users.add(email, password_hash, is_confirmed=True, **fields)

    user.password_hash, user.is_confirmed = password_hash, True
    # Not what the stranger has given.
    for name, value in fields.items():
        setattr(user, name, value)
    tokens.revoke(user.id)
    sessions.end_all(user)
    return user


def log(event: str, number: int, by: int | None) -> None:
    """Log what an administrator, or a command, has done to an invitation."""
    actor = "command" if by is None else by
    fields = {"event": event, "invitation": number, "by": actor}
    logger.info(event, extra={"fields": fields})
