"""Confirming the address of an account, with a link in a mail.

With EMAIL_CONFIRMATION = "required", a registration answers alike for every address:
the account is looked up and made after the answer, in a job. With "banner" it makes the
account at once, and pages ask for the confirmation.

mails.py binds it. Settings: CONFIRMATION_LIFETIME, EMAIL_CONFIRMATION, REGISTRATION.
Maintained by copier-flask.
"""

from __future__ import annotations

import inspect
from typing import Any

import sqlalchemy as sa
from flask import current_app
from flask import Flask

from app.accounts import events
from app.accounts import mail_limits
from app.accounts import passwords
from app.accounts import registration
from app.accounts import registration_mode
from app.accounts import resets
from app.accounts import sessions
from app.accounts import tokens
from app.accounts import users
from app.accounts.addresses import normalise
from app.core import mail
from app.core import settings
from app.core import transactions
from app.core.links import link
from app.core.rules import duration
from app.extensions import db
from app.models import User

PURPOSE = "confirm"
ENDPOINT = "auth.confirm_token"

REMEDY = (
    f'EMAIL_CONFIRMATION must be "banner" in a project without the view {ENDPOINT}: '
    "nobody who registers could log in. Set it, or keep app/auth/mail_routes.py and "
    "its import in app/auth/__init__.py."
)


def init_app(app: Flask) -> None:
    app.extensions["accounts.register"] = register
    app.extensions["accounts.requires_confirmation"] = is_required
    app.extensions.setdefault(settings.CHECKS, []).append(missing_page)
    events.unconfirmed_login.connect(ask_after_login, app)


def is_required() -> bool:
    """Return whether only a confirmed address may log in."""
    return bool(current_app.config["EMAIL_CONFIRMATION"] == "required")


def missing_page(app: Flask) -> str | None:
    """Return why an application without the page of the link cannot start, or None."""
    config = app.config
    is_needed = config["EMAIL_CONFIRMATION"] == "required" and (
        config["REGISTRATION"] == "open" and has_registration(app)
    )
    return REMEDY if is_needed and not has_page(app) else None


def has_registration(app: Flask) -> bool:
    """Return whether visitors can register, with an address to be confirmed.

    A view of before 0.13.0 does not use `registration` but `users.create()`, which
    makes confirmed accounts.
    """
    view = inspect.unwrap(app.view_functions.get(registration_mode.ENDPOINT, bool))
    used = inspect.getclosurevars(view).globals if inspect.isfunction(view) else {}
    return any(value is registration for value in used.values())


def has_page(app: Flask) -> bool:
    """Return whether an application has the page that confirms an address."""
    return ENDPOINT in app.view_functions


def register(email: str, password: str, **fields: Any) -> User | None:
    """Do the work of `registration.register()`, which describes it.

    Raises `TooManyRequests` too: a registration sends mail in any case. Raises
    RuntimeError, before anything is done, if nobody could confirm the address.
    """
    # A view of another name is not known at the start.
    if is_required() and not has_page(current_app):
        raise RuntimeError(REMEDY)
    mail_limits.count_form()
    if is_required():
        register_later(email, password, fields)
        return None
    email = normalise(email)
    try:
        user = users.create(email, password, is_confirmed=False, **fields)
    except users.EmailTakenError:
        mail.later(tell_owner, email)
        raise
    mail.later(send_link, email)
    return user


def register_later(email: str, password: str, fields: dict[str, Any]) -> None:
    """Check what is given, hash the password, and let a job make the account.

    The work is the same for each address. Raises ValueError for an address or a
    password that is refused, TypeError and `MissingFieldsError` as `check_fields()`,
    and `HashingBusyError`.
    """
    email = normalise(email)
    passwords.check(password, email)
    check_fields(email, fields)
    transactions.release_connection(db.session())
    hashed = passwords.hash_password(password)
    # So that a database that is down is a 503, and not a mail that never comes.
    with db.session.session_factory() as own:
        own.execute(sa.select(sa.literal(1)))
    mail.later(make_account, email, hashed, fields)


def check_fields(email: str, fields: dict[str, Any]) -> None:
    """Check what can be known of the fields of an account before it is made.

    Raises TypeError for a field that `User` does not have or that a job cannot take,
    and `MissingFieldsError` for one that is missing and that nothing else can fill: a
    function that SQLAlchemy calls before an insert can fill any, and a relationship a
    foreign key.
    """
    for name in fields:
        if not hasattr(User, name):
            raise TypeError(f"User has no field {name!r}.")
    mail.check_values(fields.values())
    mapper, session = sa.inspect(User), db.session()
    if mapper.dispatch.before_insert or session.dispatch.before_flush:
        return
    user = User(email=email, password_hash="-", **fields)  # noqa: S106  # no password
    keys = {name for name, one in mapper.columns.items() if one.foreign_keys}
    if missing := [name for name in users.missing_fields(user) if name not in keys]:
        raise users.MissingFieldsError(missing)


def make_account(email: str, password_hash: str, fields: dict[str, Any]) -> None:
    """Make an account and send its link, or tell the owner of the one that is there."""
    try:
        user = users.add(email, password_hash, is_confirmed=False, **fields)
    except users.EmailTakenError:
        tell_owner(email)
    else:
        send_link(user.email)


def tell_owner(email: str) -> None:
    """Tell the owner of an address that it was registered once more.

    Raises `NoSiteAddressError` without SITE_URL, if the mail has a link.
    """
    # First: a mailbox that is full keeps no password of a stranger. Without the page
    # where its reader chooses another one, nobody could ever log in.
    gives_up = is_required() and resets.ENDPOINT in current_app.view_functions
    user = give_up_password(email) if gives_up else None
    if not mail_limits.may_mail("registered", email):
        return
    if user:
        mail.send("registered_again", email, link=resets.link(user))
    else:
        mail.send("registered", email)


def give_up_password(email: str) -> User | None:
    """Make the password of an unconfirmed account unusable, and return the account.

    Two people may have registered with the address, and one of them cannot read its
    mail. So neither password counts: who reads the mail chooses one.
    """
    unusable = passwords.dummy_hash()
    unconfirmed = sa.and_(User.email == email, User.is_confirmed.is_(False))
    with transactions.commit_own_work(db.session()):
        user = db.session.scalar(sa.select(User).where(unconfirmed).with_for_update())
        if user:
            ended = users.store_hash(user.id, unusable)
            sessions.log_ended(user.id, ended)
    return user


def send_link(email: str) -> None:
    """Send the link that confirms an address, unless there is nothing to confirm.

    Nothing is sent by a project without the page for it. Raises `NoSiteAddressError`
    without SITE_URL.
    """
    user = account_of(email) if has_page(current_app) else None
    if user is None or user.is_confirmed or not mail_limits.may_mail(PURPOSE, email):
        return
    token = tokens.create(PURPOSE, email, duration("CONFIRMATION_LIFETIME"), user=user)
    mail.send("confirm", email, link=link(ENDPOINT, token=token))


def account_of(email: str) -> User | None:
    """Return the account of an address, or None."""
    return db.session.scalar(sa.select(User).where(User.email == email))


def ask_again(email: str) -> None:
    """Send the link again, after the answer, which is the same for each address."""
    mail.later(send_link, email)


def ask_after_login(app: Flask, email: str) -> None:
    """Send the link again to a user who knows the password of the account."""
    ask_again(email)


def is_valid(token: str) -> bool:
    """Return whether a token confirms an address; changes nothing."""
    return tokens.find(PURPOSE, token) is not None


def confirm(token: str) -> bool:
    """Confirm the address that a token is for; return whether the token was valid."""
    found = tokens.find(PURPOSE, token)
    if found is None or found.user_id is None:
        return False
    account = found.user_id
    with transactions.commit_own_work(db.session()):
        # First, so that no change of the account comes in between.
        chosen = sa.select(User).where(User.id == account).with_for_update()
        user = db.session.scalar(chosen)
        used = tokens.use(PURPOSE, token)
        if user is None or used is None:
            return False
        user.is_confirmed = True
    sessions.log("address confirmed", account)
    return True
