"""Makes a mail from its two templates, mail/NAME.txt and mail/NAME.html.

The first line of NAME.txt is `Subject: ...`, and nothing else names the subject.

Settings: MAIL_FROM, SITE_NAME, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from flask import render_template

from app.core.mail_settings import parsed_address

# What the design system has if the style sheet does not say it.
COLOURS = {
    "text": "#1c1b22",
    "quiet": "#56545e",
    "ground": "#ffffff",
    "raised": "#f3f3f7",
    "line": "#8b8a94",
    "accent": "#1d4fb8",
}
COLOUR = re.compile(r"--([a-z-]+):\s*(#[0-9a-fA-F]{3,8})\s*;")


def compose(
    name: str, to: str, reply_to: str | None, values: Mapping[str, object]
) -> EmailMessage:
    """Return the mail of two templates, in an application context.

    Raises ValueError for an address that is none, and for a text without a subject.
    """
    recipient = parsed_address(to)
    rendered = render_template(f"mail/{name}.txt", **values)
    first, _, text = rendered.lstrip().partition("\n")
    if not first.startswith("Subject:"):
        raise ValueError(f"mail/{name}.txt must begin with a line `Subject: ...`.")
    subject = one_line(first.removeprefix("Subject:"))
    page = {**values, "subject": subject, "colours": colours()}
    html = render_template(f"mail/{name}.html", **page)

    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = sender()
    message["To"] = recipient
    if reply_to:
        message["Reply-To"] = parsed_address(reply_to)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=sender().domain)
    # No answer by a program, such as "I am on holiday".
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.strip() + "\n", cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def one_line(text: str) -> str:
    """Return text without control characters, on one line."""
    words = "".join(each if each.isprintable() else " " for each in text).split()
    return " ".join(words)


def sender() -> Address:
    """Return MAIL_FROM, with SITE_NAME if it has no name."""
    config = current_app.config
    host = urlsplit(config["SITE_URL"] or "").hostname or "localhost"
    address = parsed_address(config["MAIL_FROM"] or f"no-reply@{host}")
    name = address.display_name or one_line(config["SITE_NAME"])
    return Address(name, address.username, address.domain)


def colours() -> dict[str, str]:
    """Return the light colours of static/css/style.css by their names."""
    path = Path(current_app.static_folder or "") / "css" / "style.css"
    styles = ""
    with suppress(OSError, UnicodeError):
        styles = path.read_text(encoding="utf-8")
    light = styles.partition("@media")[0]
    return COLOURS | dict(COLOUR.findall(light))
