"""TRUSTED_HOSTS: host names in any case, and IPv6 addresses, which Werkzeug's own check
cannot match.

Settings: TRUSTED_HOSTS. Maintained by copier-flask.
"""

from __future__ import annotations

import ipaddress
import re

import flask
from werkzeug.wsgi import get_host

from app.core.rules import RuleError

NAME = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?(:[0-9]{1,5})?")
ADDRESS = re.compile(r"\[([0-9a-f:.]+)\](:[0-9]{1,5})?")


def init_app(app: flask.Flask) -> None:
    # ["*"] disables the check; in Flask, None does.
    if app.config["TRUSTED_HOSTS"] == ["*"]:
        app.config["TRUSTED_HOSTS"] = None


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
        host = address(get_host(self.environ))
        if hosts is None or (host and host in hosts):
            self._trusted_hosts = None
        else:
            # Werkzeug before 3.1.7 compares what is before the first colon, the "["
            # of every address. The empty name matches no host; an empty list would
            # match all.
            self._trusted_hosts = [name for name in hosts if name[0] != "["] or [""]

    _trusted_hosts: list[str] | None = None


def address(host: str) -> str | None:
    """Return the IPv6 address in a Host, without its port, or None."""
    if not (found := ADDRESS.fullmatch(host)):
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
    if not NAME.fullmatch(host):
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
