"""The host, client, scheme and path of a request: trusted hosts, and proxies.

Templates have `canonical_url()`.

Behind proxies they come from headers. TRUSTED_HOSTS is compared in any case, and may
hold IPv6 addresses, which Werkzeug's own check cannot match.

Settings: TRUSTED_HOSTS, PROXY_HOPS, PROXY_PREFIX, SCRIPT_NAME, APPLICATION_ROOT,
SITE_URL.
Maintained by copier-flask.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from urllib.parse import quote
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment

import flask
from flask import current_app
from flask import Flask
from flask import request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wsgi import get_host

from app.core import request_log
from app.core.rules import RuleError

HOST_NAME = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?(:[0-9]{1,5})?")
IPV6_ADDRESS = re.compile(r"\[([0-9a-f:.]+)\](:[0-9]{1,5})?")

# A path without characters that need quoting. The prefix is written into links and
# redirects, where `//host` would lead to another site.
PLAIN_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")
MAX_PREFIX_LENGTH = 200  # each link of a page repeats it


# What a path may have besides letters and digits (RFC 3986).
PATH_CHARACTERS = "/:@!$&'()*+,;=~"
PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,9}")


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"canonical_url": canonical_url})
    # ["*"] disables the check; in Flask, None does.
    if app.config["TRUSTED_HOSTS"] == ["*"]:
        app.config["TRUSTED_HOSTS"] = None

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


def canonical_url() -> str | None:
    """Return the public address of the page that the request asks for.

    It is below SITE_URL, and None without that setting. Of the query it has the number
    of the page. None for any other query: only the view knows whether that makes
    another page, and a wrong address would keep pages out of search engines. None also
    for a path that holds a secret.
    """
    if request_log.PATH in request.environ:
        return None
    site = current_app.config["SITE_URL"]
    number = request.args.get("page", "1")
    if not site or request.args.keys() - {"page"} or not PAGE_NUMBER.fullmatch(number):
        return None
    query = "" if number == "1" else f"?page={number}"
    # SITE_URL has the prefix of a site below a path, and `request.path` does not.
    return f"{site}{quote(request.path, safe=PATH_CHARACTERS)}{query}"


class Request(flask.Request):
    """A request whose Host has no upper case and may be a trusted IPv6 address.

    app/core/bodies.py builds the project's request on it.
    """

    def __init__(self, environ: dict[str, object], *args: bool, **kwargs: bool) -> None:
        # Browsers send lower case, and Werkzeug's comparison is case-sensitive.
        if host := environ.get("HTTP_HOST"):
            environ["HTTP_HOST"] = str(host).lower()
        super().__init__(environ, *args, **kwargs)

    # Flask sets this and then gives it to Werkzeug, for which None is "no check".
    @property
    def trusted_hosts(self) -> list[str] | None:
        return self._trusted_hosts

    @trusted_hosts.setter
    def trusted_hosts(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, hosts: list[str] | None
    ) -> None:
        names = [name for name in hosts or () if name[0] != "["]
        if hosts is None or (len(names) < len(hosts) and self.host_address() in hosts):
            self._trusted_hosts = None
        else:
            # Werkzeug before 3.1.7 compares what is before the first colon, the "["
            # of every address. The empty name matches no host; an empty list would
            # match all.
            self._trusted_hosts = names or [""]

    def host_address(self) -> str | None:
        """Return the IPv6 address in the Host, without its port, or None."""
        return address(get_host(self.environ))

    _trusted_hosts: list[str] | None = None


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


def address(host: str) -> str | None:
    """Return the IPv6 address in a Host, without its port, or None."""
    if not (found := IPV6_ADDRESS.fullmatch(host)):
        return None
    try:
        return f"[{ipaddress.IPv6Address(found[1])}]"
    except ValueError:
        return None


def trusted_hosts(value: object) -> list[str]:
    """Return the normalised entries of TRUSTED_HOSTS; raises ValueError."""
    if not isinstance(value, list | tuple):
        raise ValueError  # the table of settings says the rule
    if list(value) == ["*"]:
        return ["*"]
    return [trusted_host(str(host).strip()) for host in value]


def trusted_host(entry: str) -> str:
    """Return a host name in ASCII and lower case, without its port.

    Raises RuleError for an invalid host name.
    """
    try:
        return f"[{ipaddress.IPv6Address(entry)}]"
    except ValueError:
        pass  # not an address without brackets

    host = entry.lower()
    if found := address(host):
        return found
    if not host.isascii():
        host = in_ascii(host)
    if not HOST_NAME.fullmatch(host):
        raise RuleError(
            f"TRUSTED_HOSTS cannot hold {entry[:60]!r}: give host names, separated by "
            "commas, such as example.com,.example.com (with the dot: every name below "
            "it), IPv6 addresses in brackets, or only * for any."
        )
    return host.partition(":")[0]


def in_ascii(host: str) -> str:
    """Return a name in ASCII, as browsers send it, or unchanged if that fails."""
    try:
        dot = "." if host.startswith(".") else ""
        return dot + host.removeprefix(".").encode("idna").decode("ascii")
    except UnicodeError:
        return host
