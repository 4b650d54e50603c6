"""E-mail addresses: written in one way, so that one address is one account."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from email_validator import validate_email
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

LONGEST = 254  # characters


def normalise(address: str) -> str:
    """Return the one spelling of an address; raise ValueError for what is none.

    Capitals do not matter, accents do: `A@example.com` is `a@example.com`, and
    `jose@example.com` is not `josé@example.com`. Nothing is asked of the network.
    """
    # Longer ones would cost time before they are refused.
    if len(address) > LONGEST:
        raise ValueError(f"The e-mail address is longer than {LONGEST} characters.")

    checked = validate_email(address, check_deliverability=False)
    return unicodedata.normalize("NFC", checked.normalized.lower())


class EmailAddress(sa.types.TypeDecorator[str]):
    """A column for an e-mail address, which is normalised on its way in."""

    # MySQL would take josé for jose, by the collation that it has of its own accord.
    impl = sa.String(LONGEST).with_variant(
        mysql.VARCHAR(LONGEST, charset="utf8mb4", collation="utf8mb4_bin"), "mysql"
    )
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else normalise(value)
