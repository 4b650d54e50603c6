"""Absolute links outside of a request: in mail, commands and jobs.

    links.link("main.index")

Settings: APP_CONFIG, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask.globals import app_ctx
from werkzeug.routing import MapAdapter

from app.core.texts import text

# Without SITE_URL: where `flask run` serves, and the host of Flask's test client. A
# cookie of the one is not sent to the other.
ADDRESSES = {
    "development": "http://127.0.0.1:5000",
    "testing": "http://localhost",
}


class NoSiteAddressError(ValueError):
    """There is no SITE_URL, so that no link can be made."""

    def __init__(self) -> None:
        super().__init__(text("links.no_site"))


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
    site = app.config["SITE_URL"] or ADDRESSES.get(app.config["APP_CONFIG"])
    if not site:
        raise NoSiteAddressError
    return site
