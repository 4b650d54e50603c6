"""E-mail addresses: written in one way, so that one address is one account.

Maintained by copier-flask.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from email_validator import validate_email
from flask import current_app
from flask import has_app_context
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

MAX_LENGTH = 254  # characters

# A second round changes what the first has made of few addresses, a third of none.
ROUNDS = 4

# Domain names of which no address can be reached from elsewhere: all of them but those
# of a setting are refused.
SPECIAL_DOMAINS = tuple(SPECIAL_USE_DOMAIN_NAMES)
SETTING = "SPECIAL_EMAIL_DOMAINS"

# Takes the place of a special domain while the rest of an address is checked.
STAND_IN = "example.com"


class SpecialDomainError(ValueError):
    """The domain is for private networks or tests; see SPECIAL_EMAIL_DOMAINS."""

    def __init__(self, domain: str) -> None:
        super().__init__("Addresses with this domain are not accepted.")
        self.domain = domain


def normalise(email: str) -> str:
    """Return the one spelling of an address; raise ValueError for what is none.

    Capitals do not matter, accents do: `A@example.com` is `a@example.com`, and
    `jose@example.com` is not `josé@example.com`. Nothing is asked of the network. What
    it returns is its own one spelling.
    """
    for _ in range(ROUNDS):
        # Longer ones would cost time before they are refused.
        if len(email) > MAX_LENGTH:
            raise ValueError(
                f"The e-mail address is longer than {MAX_LENGTH} characters."
            )
        before, email = email, spelled(email)
        if email == before:
            return email

    raise ValueError("The e-mail address holds characters that cannot be used.")


def spelled(email: str) -> str:
    """Return an address in lower case and NFC.

    Raises ValueError for what is no address, and `SpecialDomainError`.
    """
    local, _, domain = email.rpartition("@")
    special = special_domain(domain.lower())
    if special and special not in allowed_domains():
        raise SpecialDomainError(special)

    if special:
        domain = f"{domain[: -len(special)]}{STAND_IN}"
        email = f"{local}@{domain}"
    checked = validate_email(email, check_deliverability=False).normalized
    if special:
        checked = checked.removesuffix(STAND_IN) + special
    return unicodedata.normalize("NFC", checked.lower())


def special_domain(domain: str) -> str | None:
    """Return the special domain to which a domain belongs.

    It is one of the setting, such as "home.arpa", before a general one, such as "arpa".
    """
    for special in (*allowed_domains(), *SPECIAL_DOMAINS):
        if domain == special or domain.endswith(f".{special}"):
            return special
    return None


def allowed_domains() -> tuple[str, ...]:
    return tuple(current_app.config.get(SETTING, ())) if has_app_context() else ()


class EmailAddress(sa.types.TypeDecorator[str]):
    """A column for an e-mail address, which is normalised on its way in."""

    # MySQL would take josé for jose, by the collation that it has of its own accord.
    impl = sa.String(MAX_LENGTH).with_variant(
        mysql.VARCHAR(MAX_LENGTH, charset="utf8mb4", collation="utf8mb4_bin"), "mysql"
    )
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else normalise(value)
