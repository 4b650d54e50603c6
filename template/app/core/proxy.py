"""Behind proxies, the client's address, scheme, host and prefix come from headers.

Settings: PROXY_HOPS, PROXY_PREFIX and SCRIPT_NAME, APPLICATION_ROOT. Maintained by
copier-flask.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import hosts

# A path without characters that need quoting. The prefix is written into links and
# redirects, where `//host` would lead to another site.
PLAIN_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")
MAX_PREFIX_LENGTH = 200  # each link of a page repeats it


def init_app(app: Flask) -> None:
    hosts.init_app(app)

    hops = app.config["PROXY_HOPS"]
    # Most proxies neither set nor remove this header, so a client could write it.
    if hops and app.config["PROXY_PREFIX"]:
        app.wsgi_app = ForwardedPrefix(app.wsgi_app, hops)  # type: ignore[method-assign]  # Flask's documented way

    # Exactly as many values are trusted as there are proxies: with one more, a client
    # could forge its address. The host is included because Flask-WTF compares it
    # with the Referer of every form sent over HTTPS.
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the same
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )

    if prefix := app.config["SCRIPT_NAME"]:
        app.wsgi_app = Prefix(app.wsgi_app, prefix)  # type: ignore[method-assign]  # the same
        # A server that reads it too answers 500 to a path without the prefix.
        os.environ.pop("SCRIPT_NAME", None)
        if app.config["APPLICATION_ROOT"] == "/":
            app.config["APPLICATION_ROOT"] = prefix


class Prefix:
    """Serves the site below SCRIPT_NAME, even if the proxy removes the prefix.

    Probes, which call the server itself, use paths without it.
    """

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if f"{path}/".startswith(f"{self.prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(self.prefix)
        environ["SCRIPT_NAME"] = self.prefix
        return self.app(environ, start_response)


class ForwardedPrefix:
    """Sets SCRIPT_NAME from X-Forwarded-Prefix if that is a plain path.

    ProxyFix accepts any text.
    """

    def __init__(self, app: WSGIApplication, hops: int) -> None:
        self.app = app
        self.hops = hops

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if prefix := plain_prefix(environ, self.hops):
            environ["SCRIPT_NAME"] = prefix
        return self.app(environ, start_response)


def plain_path(value: object) -> str:
    """Return a path without a slash at its end; raises ValueError for another text."""
    path = str(value).removesuffix("/")
    if path and not PLAIN_PATH.fullmatch(path):
        raise ValueError
    return path


def plain_prefix(environ: WSGIEnvironment, hops: int) -> str | None:
    """Return the prefix that the outermost trusted proxy sent, or None."""
    values = environ.get("HTTP_X_FORWARDED_PREFIX", "").split(",")
    if len(values) < hops:
        return None

    prefix: str = values[-hops].strip(" \t").removesuffix("/")
    if len(prefix) > MAX_PREFIX_LENGTH or not PLAIN_PATH.fullmatch(prefix):
        return None
    return prefix
