"""Mail about accounts: what people ask for, and notices of changes.

The events of app/accounts/events.py call the notices, so that nothing else imports
this module or waits for mail. A listener of yours sends further ones.

`init_app()` binds confirmation.py too.

Settings: INVITATION_LIFETIME, RESET_LIFETIME. Maintained by copier-flask.
"""

from __future__ import annotations

from datetime import datetime
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app.accounts import confirmation
from app.accounts import events
from app.accounts import grace
from app.accounts import mail_limits
from app.accounts import resets
from app.core import mail
from app.core.rules import duration
from app.extensions import db
from app.models import User


def init_app(app: Flask) -> None:
    confirmation.init_app(app)
    events.account_deleted.connect(notify_deleted, app)
    events.deletion_planned.connect(notify_deletion_planned, app)
    events.email_changed.connect(notify_email_changed, app)
    events.invited.connect(notify_invited, app)
    events.password_changed.connect(notify_password_changed, app)


def ask_for_reset(email: str) -> None:
    """Send a link to a new password, after the answer.

    The account is looked up there too: the answer takes as long for an address without
    an account. `email` must be normalised.
    """
    mail.later(send_reset, email)


def send_reset(email: str) -> None:
    """Send the link to an account that is active, or that a log-in would keep.

    Raises `NoSiteAddressError` without SITE_URL, and `BuildError` if the project has no
    page for the link.
    """
    # Counted for each address alike.
    if not mail_limits.may_mail("reset", email):
        return
    user = db.session.scalar(sa.select(User).where(User.email == email))
    # A log-in with the new password keeps an account that is to be deleted.
    if user and (user.is_active or grace.may_be_kept(user.delete_after)):
        minutes = int(duration("RESET_LIFETIME").total_seconds() // 60)
        mail.send("reset", email, link=resets.link(user), minutes=minutes)


def notify_password_changed(app: Flask, user_id: int, email: str) -> None:
    """Tell the owner of an account that its password has changed."""
    mail.later(look_up_and_notify, "password_changed", user_id, email)


def notify_deletion_planned(
    app: Flask, user_id: int, email: str, is_confirmed: bool, when: datetime
) -> None:
    """Tell the owner of an account when it will be deleted, and what keeps it."""
    notify("deletion_planned", email, is_confirmed=is_confirmed, when=when)


def notify_deleted(app: Flask, user_id: int, email: str, is_confirmed: bool) -> None:
    """Tell the owner of an account that it has been deleted."""
    notify("account_deleted", email, is_confirmed=is_confirmed)


def look_up_and_notify(name: str, user_id: int, email: str) -> None:
    """Send a notice to the address of an account."""
    confirmed = sa.select(User.is_confirmed).where(User.id == user_id)
    notify(name, email, is_confirmed=bool(db.session.scalar(confirmed)))


def notify_email_changed(
    app: Flask, user_id: int, old: str, new: str, was_confirmed: bool
) -> None:
    """Tell the former address, whose owner may not have made the change."""
    notify("email_changed", old, is_confirmed=was_confirmed)


def notify(name: str, email: str, *, is_confirmed: bool, **values: Any) -> None:
    """Send a notice of a change, unless its mailbox may be a stranger's and is full.

    An address that nobody has confirmed may be one that a stranger has typed, so its
    mails are counted. Those to an owner are not: otherwise a stranger could use up
    MAIL_ADDRESS_LIMIT, and the owner would not hear of the change.
    """
    if is_confirmed or mail_limits.may_mail(name, email):
        mail.send(name, email, **values)


def notify_invited(app: Flask, email: str, link: str) -> None:
    """Send the link of an invitation to its address."""
    until = datetime.now(UTC) + duration("INVITATION_LIFETIME")
    mail.send("invited", email, link=link, until=until)
