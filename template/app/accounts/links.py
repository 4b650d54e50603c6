"""Absolute links, for mail and for commands.

Settings: APP_CONFIG, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app

from app.core.texts import text

# Where `flask run` serves. A cookie of this host is not sent to localhost.
DEVELOPMENT = "http://127.0.0.1:5000"


class NoSiteAddressError(ValueError):
    """There is no SITE_URL, so that no link can be made."""

    def __init__(self) -> None:
        super().__init__(text("links.no_site"))


def link(endpoint: str, **values: str | int) -> str:
    """Return the absolute address of a view, below SITE_URL.

    Raises `NoSiteAddressError` without SITE_URL, except in development and in tests.
    """
    site = current_app.config["SITE_URL"]
    if not site and current_app.config["APP_CONFIG"] in {"development", "testing"}:
        site = DEVELOPMENT
    if not site:
        raise NoSiteAddressError
    # Not the host of this request, which a stranger chooses.
    place = urlsplit(site)
    urls = current_app.url_map.bind(
        place.netloc, script_name=place.path or "/", url_scheme=place.scheme
    )
    return urls.build(endpoint, values, force_external=True)
