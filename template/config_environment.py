"""The configuration: one class, and the environment decides what differs.

`APP_CONFIG` says where the project runs; secrets and addresses come from variables
too, which `app/core/settings.py` reads after this class. See `.env.example`.
Every setting of Flask: https://flask.palletsprojects.com/en/stable/config/
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

SITE = tomllib.loads(
    (Path(__file__).parent / "app" / "site.toml").read_text(encoding="utf-8")
)


class Config:
    """Every setting. `FLASK_<SETTING>` in the environment overrides any of them."""

    TESTING = False

    SITE_NAME: str = SITE["name"]
    SITE_DESCRIPTION: str = SITE["description"]

    SECRET_KEY: str | None = None
    SQLALCHEMY_DATABASE_URI: str | None = None
    TRUSTED_HOSTS: list[str] | None = None
    PROXY_HOPS = 0

    # In bytes: a larger request is refused with 413.
    MAX_CONTENT_LENGTH = 1024 * 1024

    SESSION_COOKIE_SAMESITE = "Lax"

    # The places that a page may load from. Nothing inline, nothing from elsewhere.
    CONTENT_SECURITY_POLICY: dict[str, str] = {
        "default-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }

    LOG_LEVEL = "INFO"

    # Add your settings below this line.

    def __init__(self, app_config: str | None = None) -> None:
        # A subclass that is for tests says so by TESTING.
        given = "testing" if self.TESTING else os.environ.get("APP_CONFIG")
        self.APP_CONFIG = app_config or given or "production"
        production = self.APP_CONFIG == "production"

        self.DEBUG = self.APP_CONFIG == "development"
        self.TESTING = self.APP_CONFIG == "testing"
        self.LOG_JSON = not self.DEBUG
        self.SESSION_COOKIE_SECURE = production

        # In seconds, on HTTPS answers only: a browser that saw it stays on HTTPS.
        self.HSTS_SECONDS = 31_536_000 if production else 0

        # Every form and every other unsafe request needs the token of its session.
        # Tests post without fetching the page first; one of them switches it on.
        self.WTF_CSRF_ENABLED = not self.TESTING

        # A relative path lies in the folder instance/.
        if self.DEBUG:
            self.SQLALCHEMY_DATABASE_URI = "sqlite:///app.db"

        # Add your settings that depend on the place below this line.


CONFIGS: dict[str, Callable[[], Config]] = {
    name: partial(Config, name) for name in ("development", "testing", "production")
}
