"""The settings of mail, and the addresses in them.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from email.headerregistry import Address
from urllib.parse import parse_qsl
from urllib.parse import unquote
from urllib.parse import urlsplit

import idna

from app.core import known_settings
from app.core.rules import RuleError
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import whole_number

PORTS = {"smtp": 587, "smtps": 465}
STARTTLS = ("required", "if-offered", "off")

# What every mail server takes; one @, and nothing that could end a header.
PART = r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+"
ADDRESS = re.compile(f"{PART}@{PART}")
DOMAIN = re.compile(r"[\w.-]+", re.ASCII)


@dataclass(frozen=True)
class MailServer:
    """What MAIL_URL says; `tls` is TLS from the first byte."""

    host: str
    port: int
    tls: bool
    starttls: str
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(url: str) -> MailServer:
    """Return the server that an address names; raises ValueError for another text.

    With a password, STARTTLS is required unless the address says something else: a
    stranger on the way could hide that the server offers it.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    default = "required" if parts.password else "if-offered"
    starttls = options.pop("starttls", default)
    if parts.scheme not in PORTS or not parts.hostname or options:
        raise ValueError
    if parts.path.strip("/") or parts.fragment or starttls not in STARTTLS:
        raise ValueError
    if parts.port == 0 or not url.isprintable() or " " in url:
        raise ValueError
    return MailServer(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        starttls=starttls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def mail_url(value: object) -> str:
    """Return the address of a mail server; raises RuleError for anything else."""
    try:
        mail_server(str(value))
    except ValueError:
        raise RuleError(
            "MAIL_URL must be an address such as smtp://NAME:PASSWORD@HOST:587 or "
            "smtps://NAME:PASSWORD@HOST, which may end in ?starttls=required, "
            "if-offered or off: in the name and in the password write %2F for /, %40 "
            "for @ and %3A for a colon."
        ) from None
    return str(value)


def parsed_address(given: str) -> Address:
    """Return one address, which may be written as `Name <address>`.

    Raises ValueError for anything else, also for two addresses.
    """
    name, bracket, rest = given.rpartition("<")
    address = rest.removesuffix(">") if bracket else rest
    if not given.isprintable() or not ADDRESS.fullmatch(address):
        raise ValueError(f"{given[:60]!r} is not one e-mail address.")
    user, _, domain = address.rpartition("@")
    try:
        return Address(name.strip(' "'), user, ascii_domain(domain))
    except UnicodeError:
        raise ValueError(f"{given[:60]!r} is not one e-mail address.") from None


def ascii_domain(domain: str) -> str:
    """Return a domain as mail servers look it up; raises UnicodeError for no domain.

    By the rules of 2008, as where addresses are stored: by those of 2003, which Python
    knows, straße.de is strasse.de, whose owner may be another one.
    """
    # The package refuses the underscore that a host of a private network may have.
    encoded = (
        domain.encode("idna") if domain.isascii() else idna.encode(domain, uts46=True)
    )
    if not DOMAIN.fullmatch(encoded.decode("ascii")):
        raise UnicodeError
    return encoded.decode("ascii")


def mail_from(value: object) -> str:
    """Return the address of the sender; raises ValueError for anything else."""
    parsed_address(str(value))
    return str(value)


SETTINGS: tuple[Setting, ...] = (
    # Links in mail begin with it.
    replace(
        next(each for each in known_settings.SETTINGS if each.name == "SITE_URL"),
        required="must be set to the address of the site, such as "
        "https://www.example.com, because mail has links.",
    ),
    # smtp:// uses TLS if the server offers it, smtps:// from the first byte.
    Setting(name="MAIL_URL", check=mail_url, variable="MAIL_URL", secret=True),
    # The sender; if not set, no-reply at the host of SITE_URL, with SITE_NAME.
    Setting(
        name="MAIL_FROM",
        check=mail_from,
        rule="an address such as mail@example.com or My Site <mail@example.com>",
        variable="MAIL_FROM",
    ),
    # Seconds that an attempt may take in all.
    seconds("MAIL_TIMEOUT", 20, low=1, high=300),
    # How often a mail is tried if the failure is temporary, and the seconds before the
    # second attempt; before the third it is twice as long.
    whole_number("MAIL_ATTEMPTS", 3, low=1, high=10),
    seconds("MAIL_RETRY_SECONDS", 5, high=300),
    # Of one process: how many mails are sent at once, and how many wait. With 0 threads
    # a mail is sent where send() is called, as in tests.
    whole_number("MAIL_THREADS", 2, high=64, by_config={"testing": 0}),
    whole_number("MAIL_QUEUE", 1_000, low=1),
)
