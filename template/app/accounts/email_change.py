"""Change of the address: confirmed at the new one, and told to the old one.

Settings: CONFIRMATION_LIFETIME. Maintained by copier-flask.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.accounts import events
from app.accounts import mail_limits
from app.accounts import reauthentication
from app.accounts import sessions
from app.accounts import tokens
from app.core import mail
from app.core import transactions
from app.core.links import link
from app.core.rules import duration
from app.extensions import db
from app.models import User

PURPOSE = "email"


def ask(user: User, current: str, email: str) -> bool:
    """Send a link to a new address, if `current` is the password of the account.

    The answer and the work are the same for an address that has an account. `email`
    must be normalised. A wrong password is counted, so the view needs
    `throttling.limit_password_checks`. Raises `HashingBusyError`.
    """
    account = user.id
    if not reauthentication.is_right(user, current):
        return False
    mail.later(send_link, account, email)
    return True


def send_link(account: int, email: str) -> None:
    """Send the link to a new address, or tell its owner that it has an account.

    Raises `NoSiteAddressError` without SITE_URL, and `BuildError` if the project has no
    page for the link.
    """
    user = db.session.get(User, account)
    if user is None or user.email == email:
        return
    # In each case: the page of the link before must not tell whether the address has
    # an account.
    with transactions.commit_own_work(db.session()):
        tokens.revoke(account, PURPOSE)
    if not mail_limits.may_mail(PURPOSE, email):
        return
    if has_account(email):
        mail.send("email_taken", email)
        return
    token = tokens.create(PURPOSE, email, duration("CONFIRMATION_LIFETIME"), user=user)
    mail.send("email_change", email, link=link("auth.email_token", token=token))


def has_account(email: str) -> bool:
    """Return whether an address has an account."""
    same = sa.select(User.id).where(User.email == email)
    return db.session.scalar(same) is not None


def new_address(user: User, token: str) -> str | None:
    """Return the address that a token of this account is for; changes nothing.

    None if the token is not valid, or is one of another account: a mail to a mistyped
    address must not give the account to its reader.
    """
    found = tokens.find(PURPOSE, token)
    return found.email if found and found.user_id == user.id else None


def change(user: User, token: str) -> bool:
    """Give the account the address that a token is for.

    Returns False, and changes nothing, if the token is not valid for this account, or
    if another account has taken the address meanwhile. All other tokens die.
    """
    account, new = user.id, new_address(user, token)
    if new is None:
        return False
    try:
        with transactions.commit_own_work(db.session()):
            replaced = replace_address(account, token)
    except IntegrityError:
        if not has_account(new):
            raise
        return False
    if replaced is None:
        return False
    old, was_confirmed = replaced
    sessions.log("change of address", account)
    events.send(
        events.email_changed,
        user_id=account,
        old=old,
        new=new,
        was_confirmed=was_confirmed,
    )
    return True


def replace_address(account: int, token: str) -> tuple[str, bool] | None:
    """Use a token; return the former address, and whether it was confirmed.

    None if the token is not valid. The caller commits. Raises IntegrityError if the
    address is taken.
    """
    # First, so that no other change of the account comes in between.
    chosen = sa.select(User).where(User.id == account).with_for_update()
    user, used = db.session.scalar(chosen), tokens.use(PURPOSE, token)
    if user is None or used is None:
        return None
    replaced = user.email, user.is_confirmed
    user.email, user.is_confirmed = used.email, True
    tokens.revoke(account)
    db.session.flush()
    return replaced
