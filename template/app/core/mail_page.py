"""The mails of development: files in instance/mail, and the page /dev/mail.

Files, because a command and the server are two processes. The page is only there in
development.

mail.py binds it. Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextlib import suppress
from email import message_from_bytes
from email import policy
from email.message import EmailMessage
from pathlib import Path

from flask import abort
from flask import Blueprint
from flask import current_app
from flask import Flask
from flask import render_template_string
from flask import Response

logger = logging.getLogger(__name__)

MAX_KEPT = 100
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")

# Of the HTML part: its own styles, no script, and links that open another tab.
HTML_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}

FRAME = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>{{ title }}</title>
  <link rel="stylesheet" href="{{ url_for('static', filename='css/style.css') }}">
</head>
<body>
<main>
"""
LIST = (
    FRAME
    + """<h1>{{ title }}</h1>
<p>Only development has this page. It shows the last {{ most }} mails, from all
processes; with <code>MAIL_URL</code> they are sent as well.</p>
{% if mails %}
<div class="table" tabindex="0" role="region" aria-label="Mails">
<table>
  <thead>
    <tr>
      <th scope="col">Subject</th><th scope="col">To</th><th scope="col">Date</th>
    </tr>
  </thead>
  <tbody>
  {% for name, mail in mails %}
    <tr>
      <td><a href="{{ url_for('dev_mail.one', name=name) }}">{{ mail.Subject }}</a></td>
      <td>{{ mail.To }}</td>
      <td>{{ mail.Date }}</td>
    </tr>
  {% endfor %}
  </tbody>
</table>
</div>
{% else %}
<p class="empty">No mail was sent yet.</p>
{% endif %}
</main>
</body>
</html>
"""
)
ONE = (
    FRAME
    + """<p><a href="{{ url_for('dev_mail.index') }}">All mails</a></p>
<h1>{{ title }}</h1>
<dl>
{% for header in ("From", "To", "Reply-To", "Date") if mail[header] %}
  <dt>{{ header }}</dt><dd>{{ mail[header] }}</dd>
{% endfor %}
</dl>
<h2>Text</h2>
<pre tabindex="0">{{ text | urlize }}</pre>
{% if has_html %}
<h2>HTML</h2>
<iframe title="The HTML part" width="100%" height="700"
  sandbox="allow-popups allow-popups-to-escape-sandbox"
  src="{{ url_for('dev_mail.html', name=name) }}"></iframe>
{% endif %}
</main>
</body>
</html>
"""
)

bp = Blueprint("dev_mail", __name__, url_prefix="/dev/mail")


def init_app(app: Flask) -> None:
    if app.config["APP_CONFIG"] == "development":
        app.register_blueprint(bp)


def folder() -> Path:
    """Return where the mails are."""
    return Path(current_app.instance_path) / "mail"


def keep(message: EmailMessage) -> None:
    """Write a mail into the folder, and remove the oldest ones above MAX_KEPT.

    A folder that cannot be written is logged.
    """
    path = folder() / f"{time.time_ns():020}-{secrets.token_hex(4)}.eml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another process must not read half of it.
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(message.as_bytes())
        unfinished.replace(path)
        for name in names()[MAX_KEPT:]:
            with suppress(FileNotFoundError):  # another process has removed it
                (path.parent / f"{name}.eml").unlink()
    except OSError as error:
        logger.warning("/dev/mail will not show the mail: %s", error)


def names() -> list[str]:
    """Return the names of the mails, newest first."""
    found = [path.stem for path in folder().glob("*.eml")]
    return sorted(filter(NAME.fullmatch, found), reverse=True)


def read(name: str) -> EmailMessage | None:
    """Return a mail, or None if there is none of this name."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (folder() / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return message_from_bytes(content, policy=policy.default)


def part(mail: EmailMessage, kind: str) -> str:
    """Return the text of a mail, or its page for "html"; empty if there is none."""
    found = mail.get_body((kind,))
    return str(found.get_content()) if found else ""


def found(name: str) -> EmailMessage:
    """Return a mail; raises NotFound."""
    return read(name) or abort(404)


@bp.get("/")
def index() -> str:
    mails = [(name, mail) for name in names()[:MAX_KEPT] if (mail := read(name))]
    return render_template_string(LIST, title="Mails", mails=mails, most=MAX_KEPT)


@bp.get("/<name>")
def one(name: str) -> str:
    mail = found(name)
    return render_template_string(
        ONE,
        title=mail["Subject"],
        name=name,
        mail=mail,
        text=part(mail, "plain"),
        has_html=bool(part(mail, "html")),
    )


@bp.get("/<name>/html")
def html(name: str) -> Response:
    page = part(found(name), "html")
    in_a_tab = re.sub(r"(?i)<head[^>]*>", r'\g<0><base target="_blank">', page, count=1)
    return Response(in_a_tab, headers=HTML_HEADERS)
