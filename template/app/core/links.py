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

# Where `flask run` serves. A cookie of this host is not sent to localhost.
DEVELOPMENT = "http://127.0.0.1:5000"


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
    """Return SITE_URL; without it, in development and tests, that of `flask run`.

    Raises `NoSiteAddressError` without it in other configurations.
    """
    site: str | None = app.config["SITE_URL"]
    if not site and app.config["APP_CONFIG"] in {"development", "testing"}:
        return DEVELOPMENT
    if not site:
        raise NoSiteAddressError
    return site
