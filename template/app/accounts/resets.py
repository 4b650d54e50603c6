"""A new password by a link, for people who have forgotten theirs.

The link comes from a mail, or from `flask users reset-link`. A GET of it changes
nothing. Settings: RESET_LIFETIME, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from app.accounts import passwords
from app.accounts import tokens
from app.accounts import users
from app.core import links
from app.core import transactions
from app.core.rules import duration
from app.extensions import db
from app.models import AccountToken
from app.models import User

# The purposes of tokens. Only a link that came by mail proves that the address is the
# user's; an operator may hand the other one over in any way.
BY_MAIL = "reset"
BY_COMMAND = "reset by command"

ENDPOINT = "auth.reset_token"


def link(user: User, purpose: str = BY_MAIL) -> str:
    """Return a link for an account, to be mailed to its address.

    Raises `NoSiteAddressError` without SITE_URL, and
    `BuildError` if the project has no page for such links.
    """
    # Once before: no token is made for a link that cannot be.
    links.link(ENDPOINT, token="-")  # noqa: S106  # no token
    lifetime = duration("RESET_LIFETIME")
    token = tokens.create(purpose, user.email, lifetime, user=user)
    return links.link(ENDPOINT, token=token)


def address_of(token: str) -> str | None:
    """Return the address of the account that a valid token is for, or None."""
    found = find(token)
    return found.email if found else None


def find(token: str) -> AccountToken | None:
    """Return the row of a valid token of either purpose, or None."""
    return tokens.find(BY_MAIL, token) or tokens.find(BY_COMMAND, token)


def set_password(token: str, password: str) -> bool:
    """Set the password of the account that a token is for; the token is used up.

    The account is logged out everywhere, and its other links are no longer valid. After
    a link that came by mail, its address is confirmed. Returns False, and changes
    nothing, if the token is not valid. Raises ValueError for a password that is
    refused, and `HashingBusyError`; the token is then still valid.
    """
    found = find(token)
    if found is None or found.user_id is None:
        return False
    passwords.check(password, found.email)
    transactions.release_connection(db.session())
    hashed = passwords.hash_password(password)

    confirmed = {"is_confirmed": True} if found.purpose == BY_MAIL else {}
    with transactions.commit_own_work(db.session()):
        if tokens.use(found.purpose, token) is None:  # another request was first
            return False
        ended = users.store_hash(found.user_id, hashed, **confirmed)
    users.announce_password(found.user_id, found.email, ended)
    return True
