"""Limits of the mail that a stranger can ask for: a mailbox cannot be flooded.

Forms that send it are counted per network, and the mail per address. Mail above the
limit of an address is not sent, and the answer is the same, because it must not tell
whose mailbox it is.

Settings: MAIL_ADDRESS_LIMIT, MAIL_NETWORK_LIMIT. Maintained by copier-flask.
"""

from __future__ import annotations

import logging

from flask import has_request_context

from app.accounts import throttling
from app.accounts.networks import client_network
from app.accounts.tries import Limit

logger = logging.getLogger(__name__)

NETWORK = Limit(
    "mail", "MAIL_NETWORK_LIMIT", client_network, is_divided=True, hashes=False
)
TO_ADDRESS = Limit("mail to", "MAIL_ADDRESS_LIMIT", lambda: None, is_divided=True)

# For views that send mail to an address which the visitor has typed.
limit_mails = throttling.limited(NETWORK, failures=False)


def count_form() -> None:
    """Count a form that a view without `limit_mails` has got.

    Raises `TooManyRequests`, or `HashingBusyError` while others are being answered.
    """
    known = throttling.tries() if has_request_context() else None
    if known:
        known.note_open(known.count((NETWORK,)), -1)


def may_mail(kind: str, email: str) -> bool:
    """Count a mail that a stranger has asked for; return whether it may be sent.

    False, with one log line, if the address has had as many as MAIL_ADDRESS_LIMIT
    allows. Each kind has its own count, so that registrations with the address of
    somebody else do not shut out the link to a new password. `email` must be
    normalised: other spellings of an address are the same mailbox. Call it before a
    token is made: a mail that is not sent must not end the link of the one before.
    """
    known = throttling.tries()
    if known is None:
        return True
    item = TO_ADDRESS.item
    count = known.counters.add(item, TO_ADDRESS.name, kind, email)
    if count <= known.allowed(TO_ADDRESS):
        return True

    fields = {"mail": kind, "account": email, "allowed": str(item)}
    logger.warning(
        "A mail is not sent: too many to this address.", extra={"fields": fields}
    )
    return False
