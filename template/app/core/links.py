"""Absolute links outside of a request: in mail, commands and jobs.

    links.link("main.index")

mail.py binds it. Settings: APP_CONFIG, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask import request
from flask.globals import app_ctx
from werkzeug.routing import MapAdapter

from app.core.texts import text

# In the extensions of an application of development: the port of the last request.
PORT = "links.port"


class NoSiteAddressError(ValueError):
    """There is no SITE_URL, so that no link can be made."""

    def __init__(self) -> None:
        super().__init__(text("links.no_site"))


def init_app(app: Flask) -> None:
    if app.config["APP_CONFIG"] == "development":
        app.before_request(note_port)


def note_port() -> None:
    """Note the port that `flask run` listens on: other programs may have the usual one.

    A request cannot choose it, as it can its host.
    """
    app_ctx.app.extensions[PORT] = request.environ["SERVER_PORT"]


def link(endpoint: str, **values: str | int) -> str:
    """Return the absolute address of a view, below SITE_URL.

    Raises `NoSiteAddressError` as `site_url()` does, and `BuildError` if there is no
    such view.
    """
    return adapter(app_ctx.app).build(endpoint, values, force_external=True)


def adapter(app: Flask) -> MapAdapter:
    """Return what builds addresses below SITE_URL; raises `NoSiteAddressError`."""
    # Not the host of a request, which a stranger chooses.
    place = urlsplit(site_url(app))
    return app.url_map.bind(
        place.netloc, script_name=place.path or "/", url_scheme=place.scheme
    )


def site_url(app: Flask) -> str:
    """Return SITE_URL; without it, the address that development or a test has.

    Raises `NoSiteAddressError` without it in other configurations.
    """
    config = app.config
    if config["SITE_URL"]:
        return str(config["SITE_URL"])
    # Where `flask run` serves. A cookie of 127.0.0.1 is not sent to localhost.
    if config["APP_CONFIG"] == "development":
        return f"http://127.0.0.1:{app.extensions.get(PORT, 5000)}"
    # The host of Flask's test client.
    if config["APP_CONFIG"] == "testing":
        return "http://localhost"
    raise NoSiteAddressError
