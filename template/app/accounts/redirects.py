"""The redirect target after a log-in: only pages of this site.

Maintained by copier-flask.
"""

from __future__ import annotations

from urllib.parse import parse_qs
from urllib.parse import quote
from urllib.parse import unquote
from urllib.parse import urlencode
from urllib.parse import urlsplit

from flask import current_app
from flask import request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from app.core import request_log

MAX_LENGTH = 2000  # characters of a target, quoted

# All other characters are quoted, such as tabs and line breaks, which browsers drop,
# and the backslash, which they read as a slash. "%" begins what is quoted already.
UNQUOTED = "%/?#:@!$&'()*+,;=-._~[]|"


def own_path(target: str | None) -> str | None:
    """Return `target`, quoted, if it is a path of this site; otherwise None.

    Also None if the path does not accept GET. Needs a request context.
    """
    path = quoted_path(target)
    return path if path and accepts_get(path) else None


def quoted_path(target: str | None) -> str | None:
    """Return `target` quoted as browsers do; None if it may lead to another site.

    Browsers read "//host" as another site, and servers may merge double slashes.
    """
    if not target or not target.startswith("/"):
        return None
    try:
        path = quote(target, UNQUOTED)
    except UnicodeEncodeError:  # an unpaired surrogate
        return None
    if len(path) > MAX_LENGTH or "//" in decoded_path(path):
        return None
    return path


def decoded_path(target: str) -> str:
    """Return the unquoted path of a target, without query and fragment."""
    return unquote(target.partition("#")[0].partition("?")[0])


def accepts_get(path: str) -> bool:
    """Return whether a link may lead to a quoted path of this site.

    False if a view is there that does not accept GET. A plain path without a view may
    belong to another application.
    """
    root, wanted = request.script_root, decoded_path(path)
    if wanted != root and not wanted.startswith(f"{root}/"):
        return False

    adapter = current_app.create_url_adapter(request)
    if adapter is None:  # Flask could not have matched this request either
        return False
    try:
        adapter.match(wanted.removeprefix(root) or "/", method="GET")
    except MethodNotAllowed:
        return False
    except NotFound:
        return is_plain(wanted)
    except RequestRedirect:  # such as to the same path with a slash at its end
        pass
    return True


def is_plain(path: str) -> bool:
    """Return whether browsers and servers read a path without changing it."""
    has_dots = any(part in {".", ".."} for part in path.split("/"))
    return path.isprintable() and "\\" not in path and not has_dots


def login_page(address: str) -> str:
    """Return the URL of the log-in page, with a page as its `next`.

    Flask-Login puts the requested URL there. If a form was sent after the session had
    ended, that URL may not accept GET: then `next` is the page of the form. An address
    with a token is not put there, because logs and the Referer have the query.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    if "next" not in query or (own_path(query["next"][0]) and not holds_secret()):
        return address

    del query["next"]
    if (page := own_path(referring_path())) and not holds_secret():
        query["next"] = [page]
    return parts._replace(query=urlencode(query, doseq=True)).geturl()


def holds_secret() -> bool:
    """Return whether the address of this request holds a token."""
    return request_log.PATH in request.environ


def referring_path() -> str | None:
    """Return path and query of the referring page, or None if it is on another host."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return None

    if parts.netloc != request.host:
        return None
    return parts._replace(scheme="", netloc="").geturl()
