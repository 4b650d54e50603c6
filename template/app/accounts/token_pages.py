"""Pages whose address holds a token, such as the link in a mail.

Who reads such an address can use it. So it is in no log, no cache and no search engine,
and no other site gets it as the Referer. Wrong tokens are counted.

    @bp.route("/reset/<token>", methods=["GET", "POST"])
    @token_page
    def reset_with(token: str) -> ResponseReturnValue: ...

sessions.py binds it. Settings: LOGIN_NETWORK_LIMIT. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from wsgiref.types import WSGIEnvironment

from flask import Flask
from flask import request
from flask import Response

from app.accounts import throttling
from app.core import request_log
from app.core.responses import wrap

View = TypeVar("View", bound=Callable[..., object])

# The mark of a view, and the part of its rule that is the secret.
MARK = "has_token_in_address"
TOKEN = "<token>"  # the name

HEADERS = {
    "Cache-Control": "no-store, private",
    # Other sites and the logs of a proxy get the host only. Not "no-referrer": then
    # browsers send no Referer with a form, which Flask-WTF requires over HTTPS.
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex",
}

SLASHES = re.compile("//+")


def init_app(app: Flask) -> None:
    wrap(app).hide_secret = partial(hide_token, app)
    app.after_request(set_headers)


def token_page(view: View) -> View:
    """Return a marked view, whose rule ends with the variable `token`.

    The line of a request, of an error too, has `<token>` in place of the token, and
    every response to its addresses has HEADERS. A network that sends many wrong tokens
    with forms is refused for a time: see LOGIN_NETWORK_LIMIT.
    """
    limited = throttling.limit_links(view)
    vars(limited)[MARK] = True
    return limited


def hide_token(app: Flask, environ: WSGIEnvironment) -> None:
    """Set what is logged in place of the path of a request, if that has a token.

    By the path and not by the view: a wrong host, method or end of an address comes to
    no view.
    """
    path = SLASHES.sub("/", request_log.path_of(environ))
    if found := token_paths(app).match(path):
        environ[request_log.PATH] = f"{found[0]}{TOKEN}"


def token_paths(app: Flask) -> re.Pattern[str]:
    """Return the pattern of what is before the token, in all marked addresses.

    Raises RuntimeError as `before_token()` does.
    """
    known: re.Pattern[str] | None = app.extensions.get("accounts.token_paths")
    if known is None:
        rules = [
            rule.rule
            for rule in app.url_map.iter_rules()
            if hasattr(app.view_functions.get(rule.endpoint), MARK)
        ]
        known = re.compile("|".join(map(before_token, rules)) or r"(?!)")
        app.extensions["accounts.token_paths"] = known
    return known


def before_token(rule: str) -> str:
    """Return the pattern of what is before the token in an address.

    Raises RuntimeError for a view whose address has no token.
    """
    before, found, _ = rule.partition(TOKEN)
    if not found:
        raise RuntimeError(f"{rule} is marked with token_page: it must have {TOKEN}.")
    return throttling.paths_of(before)


def set_headers(response: Response) -> Response:
    """Keep a page with a token in its address out of caches and search engines."""
    if request_log.PATH in request.environ:
        response.headers.update(HEADERS)
    return response
