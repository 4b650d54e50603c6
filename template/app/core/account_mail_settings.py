"""The settings of accounts that are there only with mail.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

from app.core.limit_settings import limit
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting

SETTINGS: tuple[Setting, ...] = (
    # "required": an account logs in after its address is confirmed, and a registration
    # tells no one who has an account. "banner": it is logged in at once, and its pages
    # ask for the confirmation.
    one_of("EMAIL_CONFIRMATION", "required", ("required", "banner")),
    # How long a link works that confirms an address, or a new one.
    seconds("CONFIRMATION_LIFETIME", 86_400, low=60),
    # Mail of one kind to one address that a stranger can ask for: links to a new
    # password or to confirm it, and what else a form sends. More is not sent, and no
    # answer says so.
    limit("MAIL_ADDRESS_LIMIT", "5 per hour"),
    # Forms that send such mail, from one network.
    limit("MAIL_NETWORK_LIMIT", "30 per hour"),
)
