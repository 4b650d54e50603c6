"""E-mail addresses: normalised, so that one address is one account.

Maintained by copier-flask.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from email_validator import EmailNotValidError
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from email_validator import validate_email
from flask import current_app
from flask import has_app_context
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

from app.core.texts import from_english
from app.core.texts import text

MAX_LENGTH = 254  # characters

# Few addresses change in a second round of normalisation, and none in a third.
ROUNDS = 4

# Domain names that mail from other networks cannot reach. All are refused, except those
# in SPECIAL_EMAIL_DOMAINS.
SPECIAL_DOMAINS = tuple(SPECIAL_USE_DOMAIN_NAMES)
DOMAINS_SETTING = "SPECIAL_EMAIL_DOMAINS"

# Replaces a special domain while the rest of an address is checked.
STAND_IN = "example.com"


class SpecialDomainError(ValueError):
    """The domain is for private networks or tests; see SPECIAL_EMAIL_DOMAINS."""

    def __init__(self, domain: str) -> None:
        super().__init__(text("addresses.domain"))
        self.domain = domain


def normalise(email: str) -> str:
    """Return the normalised form of an address.

    Capitals do not matter, accents do: `A@example.com` is `a@example.com`, and
    `jose@example.com` is not `josé@example.com`. Uses no network. Normalising a
    result again does not change it. Raises ValueError for an invalid address, and
    `SpecialDomainError`.
    """
    for _ in range(ROUNDS):
        # Checked first: validating a long address takes time.
        if len(email) > MAX_LENGTH:
            raise ValueError(text("addresses.long", most=MAX_LENGTH))
        before, email = email, spelled(email)
        if email == before:
            return email

    raise ValueError(text("addresses.characters"))


def spelled(email: str) -> str:
    """Return an address in lower case and NFC.

    Raises ValueError for an invalid address, and `SpecialDomainError`.
    """
    local, _, domain = email.rpartition("@")
    special = special_domain(domain.lower())
    if special and special not in allowed_domains():
        raise SpecialDomainError(special)

    if special:
        domain = f"{domain[: -len(special)]}{STAND_IN}"
        email = f"{local}@{domain}"
    try:
        checked = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(from_english(str(error), "addresses.wrong")) from None
    if special:
        checked = checked.removesuffix(STAND_IN) + special
    return unicodedata.normalize("NFC", checked.lower())


def special_domain(domain: str) -> str | None:
    """Return the special domain that a domain belongs to, or None.

    A domain of the setting, such as "home.arpa", comes before a general one, such as
    "arpa".
    """
    for special in (*allowed_domains(), *SPECIAL_DOMAINS):
        if domain == special or domain.endswith(f".{special}"):
            return special
    return None


def allowed_domains() -> tuple[str, ...]:
    """Return the special domains of the setting; none without an application."""
    return (
        tuple(current_app.config.get(DOMAINS_SETTING, ())) if has_app_context() else ()
    )


class EmailAddress(sa.types.TypeDecorator[str]):
    """A column for an e-mail address, which is normalised when it is stored."""

    # By MySQL's default collation, josé equals jose.
    impl = sa.String(MAX_LENGTH).with_variant(
        mysql.VARCHAR(MAX_LENGTH, charset="utf8mb4", collation="utf8mb4_bin"), "mysql"
    )
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else normalise(value)
